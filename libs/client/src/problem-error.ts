import type { ErrorCode, Problem, ProblemIssue } from '@crisol/contracts';

/**
 * The server refused or failed: RFC 9457 problem details as an error.
 * @example if (error instanceof ProblemError && error.code === 'name_taken') …
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** HTTP status. */
  readonly status: number;
  /** Stable code; `unknown` when something before the server answered, such as a proxy. Newer servers may send codes that this type lacks. */
  readonly code: ErrorCode | 'unknown';
  /** Names the call in the server's log. */
  readonly requestId: string | null;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** Every fault of the body, each with a JSON pointer. */
  readonly issues: readonly ProblemIssue[];

  constructor(
    status: number,
    /** The body as sent; null when it was no problem document. */
    readonly problem: Problem | null,
    requestId: string | null,
  ) {
    super(problem ? problem.detail || problem.title : `The answer was ${status}.`);
    this.status = status;
    this.code = problem?.code ?? 'unknown';
    this.requestId = problem?.requestId ?? requestId;
    this.retryable = problem?.retryable ?? false;
    this.issues = problem?.errors ?? [];
  }

  /** Reads an answer that is not 2xx. */
  static async from(response: Response): Promise<ProblemError> {
    const body: unknown = await response.json().catch(() => null);
    return new ProblemError(response.status, isProblem(body) ? body : null, response.headers.get('x-request-id'));
  }
}

/** The server could not be reached, or the connection broke on every try. The cause is fetch's own error. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' && 'title' in body;
}
