import type { FastifyInstance } from 'fastify';
import { Config } from '../config/config.js';
import { problem } from './problem.js';

/** Loopback under any of its names, as a browser on this machine writes it. */
const loopback = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/**
 * Refuses requests for hosts that are not ours (421): a page that points its own name at this machine must not be able to
 * talk to it with a browser's help (DNS rebinding). Probes of health are let through, since orchestrators call by address.
 */
export function checkHost(fastify: FastifyInstance, config: Config): void {
  if (config.allowedHosts.includes('*')) return;
  const allowed = new Set([
    ...loopback,
    ...config.allowedHosts.map((host) => host.toLowerCase()),
    new URL(config.publicUrl).hostname.toLowerCase(),
    config.host.toLowerCase(),
  ]);
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.url === '/healthz' || request.url === '/readyz') return done();
    const host = request.hostname.toLowerCase();
    if (allowed.has(host)) return done();
    done(problem('misdirected_request', { detail: 'Call this server by its own name, or add the name to CRISOL_ALLOWED_HOSTS.' }));
  });
}
