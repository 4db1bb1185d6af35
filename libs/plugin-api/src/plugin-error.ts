/**
 * Why a plugin's call failed, in words that the host acts on:
 * - `retry`: the other side is down or busy; the same call may succeed later.
 * - `rejected`: the other side refuses this call for good.
 * - `invalid_input`: what the caller gave cannot be worked on; `detail` says what would be right.
 * - `refused_address`: the network guard does not allow the address.
 * - `unusable_data`: the table cannot be trained on or judged.
 * - `internal`: a fault of the plugin itself.
 * @public
 * @since 1.0
 */
export type PluginErrorCode = 'retry' | 'rejected' | 'invalid_input' | 'refused_address' | 'unusable_data' | 'internal';

const codes: ReadonlySet<unknown> = new Set(['retry', 'rejected', 'invalid_input', 'refused_address', 'unusable_data', 'internal']);

/** The one error class of plugins. Anything else that a plugin throws is taken as `internal`. @public @since 1.0 */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  /** Seconds after which a retry makes sense, when the other side said so. */
  readonly retryAfterSeconds?: number;
  /** With `rejected`: the other side is gone for good (HTTP 410), so that nothing more should be sent to it. @since 1.0 */
  readonly gone?: boolean;

  constructor(
    readonly code: PluginErrorCode,
    message: string,
    options?: { cause?: unknown; retryAfterSeconds?: number; gone?: boolean },
  ) {
    super(message, { cause: options?.cause });
    this.retryAfterSeconds = options?.retryAfterSeconds;
    this.gone = options?.gone;
  }
}

/** Whether a thrown value is a plugin error, judged by shape, so that a second copy of this package counts too. @public @since 1.0 */
export function isPluginError(error: unknown): error is PluginError {
  return error instanceof Error && error.name === 'PluginError' && 'code' in error && codes.has(error.code);
}
