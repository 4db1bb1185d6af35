import type { ErrorCode } from '@crisol/contracts';
import { asProblem } from '../../platform/http/problem-body.js';

/** The codes that MLflow's clients branch on, with the status that its own server gives them. */
const statuses = {
  INVALID_PARAMETER_VALUE: 400,
  BAD_REQUEST: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_CONFLICT: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;
export type MlflowCode = keyof typeof statuses;

/** A refusal in MLflow's words: `{"error_code", "message"}`. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError';

  constructor(
    readonly code: MlflowCode,
    message: string,
    /** Where a protocol has a finer status for the same code. */
    readonly status: number = statuses[code],
  ) {
    super(message);
  }
}

export const invalid = (message: string): MlflowError => new MlflowError('INVALID_PARAMETER_VALUE', message);
export const missing = (message: string): MlflowError => new MlflowError('RESOURCE_DOES_NOT_EXIST', message);
export const alreadyExists = (message: string): MlflowError => new MlflowError('RESOURCE_ALREADY_EXISTS', message);

/** What a client is told, and what the log is told instead (`cause`) when the fault is ours. */
export interface MlflowAnswer {
  readonly status: number;
  readonly code: MlflowCode;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

const byProblem: Partial<Record<ErrorCode, MlflowCode>> = {
  not_found: 'RESOURCE_DOES_NOT_EXIST',
  name_taken: 'RESOURCE_ALREADY_EXISTS',
  not_authenticated: 'UNAUTHENTICATED',
  invalid_credentials: 'UNAUTHENTICATED',
  missing_scope: 'PERMISSION_DENIED',
  csrf_failed: 'PERMISSION_DENIED',
  rate_limited: 'REQUEST_LIMIT_EXCEEDED',
  method_not_allowed: 'ENDPOINT_NOT_FOUND',
  malformed_request: 'BAD_REQUEST',
};

/** Any error of ours as MLflow's clients read it. A caller's mistake is never a 5xx or 429: they would send it again. */
export function toMlflowAnswer(error: unknown): MlflowAnswer {
  if (error instanceof MlflowError) return { status: error.status, code: error.code, message: error.message };
  const found = asProblem(error);
  const retryAfterSeconds = found.options.retryAfterSeconds;
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  if (found.status >= 500) {
    const code = found.status === 503 ? 'TEMPORARILY_UNAVAILABLE' : 'INTERNAL_ERROR';
    return { status: found.status, code, message: found.message, cause: found.options.cause ?? found, ...retry };
  }
  const code = byProblem[found.code] ?? 'INVALID_PARAMETER_VALUE';
  const faults = (found.options.errors ?? []).flatMap(({ pointer, message }) =>
    found.message.includes(message) ? [] : [`${pointer.slice(1)} ${message}`],
  );
  const message = [found.message, ...faults].join(' ');
  return { status: statuses[code], code, message, ...retry };
}
