export type Prepared =
  { readonly python: string; readonly missing?: undefined } | { readonly missing: string; readonly python?: undefined };
export function prepareMlflow(major: 2 | 3): Prepared;
export type PreparedJava =
  { readonly command: readonly string[]; readonly missing?: undefined } | { readonly missing: string; readonly command?: undefined };
export function prepareMlflowJava(): PreparedJava;
