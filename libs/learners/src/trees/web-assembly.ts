/** The part of WebAssembly's JavaScript interface that is used here; Node's types leave it to the DOM's. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => { readonly buffer: SharedArrayBuffer };
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, object>>>>,
  ) => {
    readonly exports: Readonly<Record<string, unknown>>;
  };
}

// The name exists in every Node at run time, but in no type that this package may include.
export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
