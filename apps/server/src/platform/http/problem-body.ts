import { errors, type ErrorCode, type Problem, type ProblemIssue } from '@crisol/contracts';
import { ProblemError, type ProblemOptions } from './problem.js';

/** Whether the caller would rather read Spanish than English. */
export function prefersSpanish(acceptLanguage: string | undefined): boolean {
  const first = (acceptLanguage ?? '').split(',', 1)[0]?.trim().toLowerCase() ?? '';
  return first === 'es' || first.startsWith('es-');
}

/** The RFC 9457 body of an error. */
export function problemBody(
  code: ErrorCode,
  options: ProblemOptions,
  facts: { requestId: string; path: string; acceptLanguage: string | undefined },
): Problem {
  const row = errors[code];
  const title = prefersSpanish(facts.acceptLanguage) ? row.titleEs : row.title;
  const issues: ProblemIssue[] | undefined = options.errors ? [...options.errors] : undefined;
  const first = issues?.[0];
  return {
    type: `/docs/errors#${code}`,
    title,
    status: row.status,
    detail: options.detail ?? (first ? `${first.pointer || 'The body'}: ${first.message}` : title),
    instance: facts.path,
    code,
    requestId: facts.requestId,
    retryable: row.retry,
    ...(issues ? { errors: issues } : {}),
    ...(options.usedBy ? { usedBy: options.usedBy.map((user) => ({ ...user })) } : {}),
  };
}

/** What an error thrown anywhere means to the caller. Whatever is not planned is `internal_error`. */
export function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const code = fieldOf(error, 'code');
  const known = typeof code === 'string' && Object.hasOwn(byErrorCode, code) ? byErrorCode[code] : undefined;
  if (known) return new ProblemError(known, { detail: detailOf(known), cause: error });
  if (typeof code === 'string' && zeroCharacter.has(code)) {
    const detail = 'A text in the path, the query or the body holds the character 0 (U+0000), which cannot be kept; leave it out.';
    return new ProblemError('malformed_request', { detail, cause: error });
  }
  if (typeof code === 'string' && /^(08|57P0|53300)/.test(code))
    return new ProblemError('database_unavailable', { retryAfterSeconds: 2, cause: error });
  const status = fieldOf(error, 'status') ?? fieldOf(error, 'statusCode');
  const planned = typeof status === 'number' ? byStatus.get(status) : undefined;
  if (planned) return new ProblemError(planned, { detail: detailOf(planned), cause: error });
  const cause = fieldOf(error, 'cause') ?? fieldOf(error, 'previous');
  if (cause !== undefined && cause !== error) {
    const inner = asProblem(cause);
    if (inner.code !== 'internal_error') return inner;
  }
  return new ProblemError('internal_error', { cause: error });
}

/** What PostgreSQL answers to U+0000: in a parameter, where it ends the message early, in a text, and in JSON. */
const zeroCharacter: ReadonlySet<string> = new Set(['08P01', '22021', '22P05']);

const byErrorCode: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_request',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_BAD_URL: 'malformed_request',
  FST_REQ_FILE_TOO_LARGE: 'file_too_large',
  FST_FILES_LIMIT: 'malformed_request',
  FST_FIELDS_LIMIT: 'malformed_request',
  FST_PARTS_LIMIT: 'malformed_request',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported_media_type',
  FST_ERR_HANDLER_TIMEOUT: 'request_timeout',
  ECONNREFUSED: 'database_unavailable',
  ENOSPC: 'storage_full',
  EDQUOT: 'storage_full',
};
const byStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [400, 'malformed_request'],
  [401, 'not_authenticated'],
  [404, 'not_found'],
  [405, 'method_not_allowed'],
  [406, 'not_acceptable'],
  [413, 'payload_too_large'],
  [415, 'unsupported_media_type'],
  [422, 'validation_failed'],
  [429, 'rate_limited'],
]);

function detailOf(code: ErrorCode): string | undefined {
  if (code === 'unsupported_media_type') return 'Send application/json, or the stream type that the route documents.';
  if (code === 'malformed_request') return 'The body, the query or a header could not be parsed.';
  if (code === 'not_found') return 'There is nothing under this path.';
  return undefined;
}

function fieldOf(error: unknown, name: string): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, name);
  return value;
}
