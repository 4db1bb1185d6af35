/** What crosses the pipe between the host and a plugin's process. */

/** How an error crosses: a plugin's own, one of loading, or a fault. */
export interface WireError {
  readonly kind: 'plugin' | 'load' | 'fault';
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly gone?: boolean | undefined;
}

/** Requests carry an id and get one `answer` or `error`; `call` of an `ask` says during which request it was asked, 0 for none. */
export type FromPlugin =
  | { readonly t: 'ready' }
  | { readonly t: 'answer'; readonly id: number; readonly value?: unknown }
  | { readonly t: 'error'; readonly id: number; readonly error: WireError }
  | {
      readonly t: 'ask';
      readonly id: number;
      readonly call: number;
      readonly of: string;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly t: 'ask-abort'; readonly id: number }
  | { readonly t: 'tell'; readonly call: number; readonly of: string; readonly method: string; readonly args: readonly unknown[] }
  | { readonly t: 'free'; readonly file: string }
  | { readonly t: 'fault'; readonly cause: string };

export type PluginRequest =
  | { readonly op: 'load'; readonly entry: string; readonly pluginId: string }
  | { readonly op: 'parse'; readonly values: unknown }
  | {
      readonly op: 'start';
      readonly settings: unknown;
      readonly kinds: readonly string[];
      readonly secrets: readonly string[];
    }
  | { readonly op: 'call'; readonly kind: string; readonly name: string; readonly method: string; readonly args: readonly unknown[] }
  | { readonly op: 'dispose' };

export type ToPlugin =
  | { readonly t: 'request'; readonly id: number; readonly request: PluginRequest }
  | { readonly t: 'abort'; readonly id: number }
  | { readonly t: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly t: 'reply-error'; readonly id: number; readonly error: WireError }
  | { readonly t: 'line'; readonly id: number; readonly line: string; readonly stream: 'stdout' | 'stderr' };
