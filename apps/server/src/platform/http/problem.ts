import { errors, type ErrorCode, type ProblemIssue } from '@crisol/contracts';

export interface ProblemOptions {
  /** Which value, what was wrong, what would be right. Goes to the caller: no path, SQL, stack or class name. */
  readonly detail?: string;
  readonly errors?: readonly ProblemIssue[];
  readonly usedBy?: readonly { readonly kind: string; readonly id: string; readonly name: string }[];
  /** Seconds for the Retry-After header. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes to the log under the same request id, never to the caller. */
  readonly cause?: unknown;
}

/** The one error that rooms and platform throw; the problem filter writes it as RFC 9457. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;

  constructor(
    readonly code: ErrorCode,
    readonly options: ProblemOptions = {},
  ) {
    super(options.detail ?? errors[code].title, { cause: options.cause });
    this.status = errors[code].status;
  }
}

/** @example throw problem('version_not_admitted', { detail: `Version ${n} is ${state}; run admission first.` }) */
export function problem(code: ErrorCode, options?: ProblemOptions): ProblemError {
  return new ProblemError(code, options);
}
