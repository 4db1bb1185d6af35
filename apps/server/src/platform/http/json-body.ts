import type { FastifyInstance } from 'fastify';
import { problem } from './problem.js';

/** Deeper bodies would overflow the walks that come after the parser. */
const deepest = 64;
/** Ten thousand rows of fifty columns, the largest prediction request, have as many. */
const mostKeys = 500_000;

/**
 * Parses a JSON body.
 * @throws ProblemError `malformed_request` for what is not JSON, nests too deeply, repeats a key, names `__proto__`, or
 *   holds a number beyond the range of doubles: readers disagree on what these mean
 */
export function parseJsonBody(text: string): unknown {
  checkShape(text);
  try {
    // A number needs three digits of exponent, or 309 digits, to leave the range; only then is each value looked at.
    return /[eE]\+?\d{3}|\d{309}/.test(text) ? JSON.parse(text, refuseInfinite) : JSON.parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw problem('malformed_request', { detail: 'The body holds a number that is too large.' });
    throw problem('malformed_request', { detail: 'The body is not valid JSON.', cause: error });
  }
}

function refuseInfinite(_key: string, value: unknown): unknown {
  if (value === Infinity || value === -Infinity) throw new RangeError('out of range');
  return value;
}

const quote = 34;
const backslash = 92;
const colon = 58;

/** One pass over the text, before anything recursive sees it: how deep it nests, how many keys it has and which repeat. */
function checkShape(text: string): void {
  const open: Set<string>[] = [];
  let keys = 0;
  let stringStart = 0;
  let stringEnd = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case quote:
        stringStart = i + 1;
        for (i++; i < text.length && text.charCodeAt(i) !== quote; i++) if (text.charCodeAt(i) === backslash) i++;
        stringEnd = i;
        break;
      case 123:
      case 91:
        if (open.length >= deepest) throw problem('malformed_request', { detail: `The body nests deeper than ${deepest} levels.` });
        open.push(new Set());
        break;
      case 125:
      case 93:
        open.pop();
        break;
      case colon: {
        if (++keys > mostKeys) throw problem('malformed_request', { detail: `The body has more than ${mostKeys} fields.` });
        const key = keyOf(text.slice(stringStart, stringEnd));
        if (key === '__proto__') throw problem('malformed_request', { detail: 'The body names __proto__, which is no field of anything.' });
        const seen = open.at(-1);
        if (seen?.has(key)) throw problem('malformed_request', { detail: 'The body has a field twice in one object.' });
        seen?.add(key);
      }
    }
  }
}

/** `"\u0061"` and `"a"` are the same key. */
function keyOf(raw: string): string {
  if (!raw.includes('\\')) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
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
