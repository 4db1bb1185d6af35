import type { Problem } from '@crisol/contracts';

/** What a failed call throws: the server's problem document, or one made here when no server answered. */
export class ProblemError extends Error {
  constructor(
    readonly problem: Omit<Problem, 'code'> & { code: string },
    readonly etag: string | null = null,
    readonly retryAfterMs: number | null = null,
  ) {
    super(problem.detail || problem.title);
    this.name = 'ProblemError';
  }

  get status(): number {
    return this.problem.status;
  }

  /** The message for a field, found by its JSON pointer. */
  messageAt(pointer: string): string | undefined {
    return this.problem.errors?.find((issue) => issue.pointer === pointer)?.message;
  }
}

/** The problem shown when the network, not the server, failed. */
export function unreachable(path: string, cause: unknown): ProblemError {
  const error = new ProblemError({
    type: 'about:blank',
    title: '',
    status: 0,
    detail: '',
    instance: path,
    code: 'unreachable',
    requestId: '',
    retryable: true,
  });
  error.cause = cause;
  return error;
}

export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const wrapped = unreachable('', error);
  return new ProblemError({
    ...wrapped.problem,
    code: 'console_failed',
    detail: error instanceof Error ? error.message : String(error),
    retryable: false,
  });
}

/** Maps `errors[].pointer` to messages, under a prefix that the form does not know of. */
export function fieldErrors(error: unknown, prefix = ''): Record<string, string> {
  if (!(error instanceof ProblemError)) return {};
  const issues = (error.problem.errors ?? []).filter((issue) => issue.pointer.startsWith(prefix));
  return Object.fromEntries(issues.map((issue) => [issue.pointer.slice(prefix.length), issue.message]));
}
