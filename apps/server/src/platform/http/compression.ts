import type { FastifyInstance } from 'fastify';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);
/** Smaller answers do not get shorter by it. */
const smallestBytes = 1024;
const compressible = /^(application\/(json|problem\+json|javascript)|text\/|image\/svg)/;

/** What the client takes, best first; an encoding with `q=0` is refused by it. */
export function chooseEncoding(header: string | undefined): 'br' | 'gzip' | undefined {
  const offered = new Map(
    (header ?? '').split(',').map((part) => {
      const [name = '', ...parameters] = part.trim().toLowerCase().split(';');
      return [name.trim(), !parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter))] as const;
    }),
  );
  if (offered.get('br')) return 'br';
  return offered.get('gzip') ? 'gzip' : undefined;
}

/** Compresses finished answers; streams go out as they are, since a compressor would hold events back. */
export function compressAnswers(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload: unknown, done) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return done(null, payload);
    const type = String(reply.getHeader('content-type') ?? '');
    if (!compressible.test(type) || reply.hasHeader('content-encoding')) return done(null, payload);
    void reply.header('vary', varyWith(reply.getHeader('vary'), 'Accept-Encoding'));
    if (Buffer.byteLength(payload) < smallestBytes) return done(null, payload);
    const encoding = chooseEncoding(request.headers['accept-encoding']);
    if (encoding === undefined) return done(null, payload);
    const compressed =
      encoding === 'br' ? toBrotli(payload, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }) : toGzip(payload, { level: 5 });
    compressed.then((bytes) => {
      void reply.header('content-encoding', encoding).removeHeader('content-length');
      done(null, bytes);
    }, done);
  });
}

export function varyWith(current: number | string | string[] | undefined, name: string): string {
  const names = current === undefined ? [] : String(current).split(/\s*,\s*/);
  return names.some((known) => known.toLowerCase() === name.toLowerCase()) ? names.join(', ') : [...names, name].join(', ');
}
