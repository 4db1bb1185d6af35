import type { FastifyRequest } from 'fastify';
import type { Identity } from '../identity.js';
import { problem } from '../../http/problem.js';
import { equalSecrets } from '../secret-token.js';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD']);

function sameOrigin(origin: string, host: string | undefined, publicUrl: string): boolean {
  if (!URL.canParse(origin)) return false;
  const parsed = new URL(origin);
  return parsed.origin === new URL(publicUrl).origin || (host !== undefined && parsed.host === host.toLowerCase());
}

/**
 * Refuses a change that another site's page set off. Browsers send Sec-Fetch-Site and Origin with each, and a page cannot
 * forge them; a session must send its token too. A key is never sent by a browser on its own, so it needs neither.
 */
export function checkOrigin(request: FastifyRequest, identity: Identity | null, publicUrl: string): void {
  if (safeMethods.has(request.method)) return;
  if (identity !== null && identity.session === null) return;
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw problem('csrf_failed', { detail: 'Another site sent this request.' });
  }
  if (origin !== undefined && !sameOrigin(origin, host, publicUrl)) {
    throw problem('csrf_failed', { detail: 'The Origin is not this server.' });
  }
  if (identity?.session) {
    const token = request.headers['x-csrf-token'];
    if (typeof token !== 'string' || !equalSecrets(token, identity.session.csrfToken)) {
      throw problem('csrf_failed', { detail: 'Send the csrfToken of GET /api/v1/me as X-CSRF-Token.' });
    }
  }
}
