import { ConnectionError, ProblemError } from '@crisol/client';

export const exitCodes = {
  ok: 0,
  error: 1,
  usage: 2,
  notAuthorised: 3,
  notFound: 4,
  conflict: 5,
  jobFailed: 6,
  timedOut: 124,
  interrupted: 130,
} as const;

/** The command line is wrong; the message says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command ends with this code, after it has said why on stderr. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** The code that a script sees. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ExitError) return error.exitCode;
  if (error instanceof UsageError) return exitCodes.usage;
  // What a signal gives as its reason is a DOMException.
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
  if (name === 'TimeoutError') return exitCodes.timedOut;
  if (name === 'AbortError') return exitCodes.interrupted;
  if (!(error instanceof ProblemError)) return exitCodes.error;
  if (error.status === 401 || error.status === 403) return exitCodes.notAuthorised;
  if (error.status === 404 || error.status === 410) return exitCodes.notFound;
  return error.status === 409 || error.status === 412 ? exitCodes.conflict : exitCodes.error;
}

/** What went wrong, for stderr: with the problem's code, its request id, and every fault of the body. */
export function describeError(error: unknown): string {
  if (error instanceof ProblemError) {
    const issues = error.issues
      .filter((issue) => !error.message.includes(issue.message))
      .map((issue) => `\n  ${issue.pointer || '/'}: ${issue.message}`)
      .join('');
    return `${error.message}${issues}\n  ${error.code} (${error.status})${error.requestId ? `, request ${error.requestId}` : ''}`;
  }
  if (error instanceof ConnectionError) return `${error.message}. Is it started (npm start), and is --url or CRISOL_URL right?`;
  return error instanceof Error ? error.message : String(error);
}
