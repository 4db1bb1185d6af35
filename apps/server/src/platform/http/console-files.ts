import type { FastifyInstance, FastifyReply } from 'fastify';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { installationFolder } from '../config/load-config.js';

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** The console's content security policy; the nonce is new for each page. */
export function consolePolicy(nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self' data: blob:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `worker-src 'self'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types vue default`,
  ].join('; ');
}

/** Serves the console's built files under `/console/`; every other path below it is the application's own route. */
export function serveConsole(fastify: FastifyInstance): void {
  const folder = join(installationFolder, 'apps', 'console', 'dist');
  const indexFile = join(folder, 'index.html');
  const index = existsSync(indexFile) ? readFileSync(indexFile, 'utf8') : undefined;
  fastify.get('/', (_request, reply) => reply.redirect('/console/', 302));
  fastify.get('/console', (_request, reply) => reply.redirect('/console/', 302));
  fastify.get('/console/*', async (request, reply) => {
    const asked = request.url.split('?', 1)[0]?.slice('/console/'.length) ?? '';
    const file = normalize(join(folder, asked));
    const type = types[extname(asked)];
    if (type && /^[A-Za-z0-9._/-]+$/.test(asked) && file.startsWith(folder + sep)) {
      const bytes = await readFile(file).catch(() => undefined);
      if (bytes) {
        const hashed = asked.startsWith('assets/');
        return reply
          .header('content-type', type)
          .header('x-content-type-options', 'nosniff')
          .header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
          .send(bytes);
      }
      return reply.callNotFound();
    }
    return sendIndex(reply, index);
  });
}

function sendIndex(reply: FastifyReply, index: string | undefined): FastifyReply {
  if (index === undefined) {
    return reply
      .status(503)
      .header('content-type', 'text/plain; charset=utf-8')
      .send('The console is not built. Run "npm run build" and start again.\n');
  }
  const nonce = randomBytes(16).toString('base64');
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', consolePolicy(nonce))
    .header('referrer-policy', 'no-referrer')
    .header('x-content-type-options', 'nosniff')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cache-control', 'no-store')
    .send(index.replaceAll('__CSP_NONCE__', nonce));
}
