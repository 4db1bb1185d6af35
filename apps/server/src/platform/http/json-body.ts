import type { FastifyInstance } from 'fastify';
import { problem } from './problem.js';

/** Deeper bodies would overflow the walks that come after the parser. */
const deepest = 64;
const mostKeys = 100_000;

/**
 * Parses a JSON body.
 * @throws ProblemError `malformed_request` for what is not JSON, is nested too deeply, or names `__proto__`
 */
export function parseJsonBody(text: string): unknown {
  checkShape(text);
  let forbidden = false;
  let value: unknown;
  try {
    value = JSON.parse(text, function (key, inner: unknown) {
      forbidden ||= key === '__proto__';
      return inner;
    });
  } catch (error) {
    throw problem('malformed_request', { detail: 'The body is not valid JSON.', cause: error });
  }
  if (forbidden) throw problem('malformed_request', { detail: 'The body names __proto__, which is no field of anything.' });
  return value;
}

/** One pass over the text: how deep it nests and how many keys it has, before anything recursive sees it. */
function checkShape(text: string): void {
  let depth = 0;
  let keys = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (inString) {
      if (character === 92) i++;
      else if (character === 34) inString = false;
    } else if (character === 34) inString = true;
    else if (character === 123 || character === 91) {
      if (++depth > deepest) throw problem('malformed_request', { detail: `The body nests deeper than ${deepest} levels.` });
    } else if (character === 125 || character === 93) depth--;
    else if (character === 58 && ++keys > mostKeys)
      throw problem('malformed_request', { detail: `The body has more than ${mostKeys} fields.` });
  }
}

/** JSON and the stream types that routes document; anything else is 415. */
export function useBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(/^application\/(merge-patch\+)?json$/, { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : parseJsonBody(String(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
  for (const type of ['application/octet-stream', 'application/vnd.apache.parquet', 'text/csv', 'application/x-ndjson']) {
    fastify.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
  }
}
