import type { Provided } from '@crisol/plugin-api';
import type { PluginIsolation, PluginKind } from '@crisol/contracts';
import type { PluginPackage } from '../discovery/read-manifest.js';
import type { PluginScope } from '../scope/plugin-scope.js';

const DRAIN_MS = 30_000;

const named: Readonly<Record<PluginKind, (provided: Provided) => readonly { readonly name: string; readonly title: string }[]>> = {
  'model-type': (provided) => provided.modelTypes ?? [],
  'feature-store': (provided) => provided.featureStores ?? [],
  validator: (provided) => provided.validators ?? [],
  notifier: (provided) => provided.notifiers ?? [],
};
const kinds: readonly PluginKind[] = ['model-type', 'feature-store', 'validator', 'notifier'];

/** What a plugin brings, by kind and name. */
export function listProvided(provided: Provided): { kind: PluginKind; name: string; title: string }[] {
  return kinds.flatMap((kind) => named[kind](provided).map(({ name, title }) => ({ kind, name, title })));
}

/** One running instance of a plugin. It counts its calls and is disposed once none is running. */
export class PluginInstance {
  readonly pluginId: string;
  private running = 0;
  private retired: PromiseWithResolvers<void> | undefined;
  private disposed: Promise<void> | undefined;
  private faultListener: (cause: string) => void = () => undefined;

  constructor(
    readonly package_: PluginPackage,
    readonly generation: number,
    readonly settings: Readonly<Record<string, unknown>>,
    readonly provided: Provided,
    private readonly scope: Pick<PluginScope, 'end' | 'close'>,
    readonly isolation: PluginIsolation = 'in_process',
  ) {
    this.pluginId = package_.manifest.id;
  }

  names(kind: PluginKind): string[] {
    return named[kind](this.provided).map((own) => own.name);
  }

  /** Hears of faults outside of any call, such as a process that died. */
  onFault(listener: (cause: string) => void): void {
    this.faultListener = listener;
  }

  fault(cause: string): void {
    this.faultListener(cause);
  }

  enter(): void {
    this.running++;
  }

  leave(): void {
    this.running--;
    if (this.running === 0) this.retired?.resolve();
  }

  /** Waits until no call runs (at most `drainMs`: a call that ignores its abort may never end), then disposes once. */
  retire(drainMs = DRAIN_MS): Promise<void> {
    this.disposed ??= this.drainAndDispose(drainMs);
    return this.disposed;
  }

  private async drainAndDispose(drainMs: number): Promise<void> {
    if (this.running > 0) {
      this.retired = Promise.withResolvers();
      const timer = setTimeout(() => this.retired?.resolve(), drainMs);
      await this.retired.promise;
      clearTimeout(timer);
    }
    try {
      await this.scope.end();
      await this.provided.dispose?.();
    } finally {
      await this.scope.close();
    }
  }
}
