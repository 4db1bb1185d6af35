import type { FastifyInstance } from 'fastify';
import { problem } from './problem.js';

export interface RouteEntry {
  readonly method: string;
  /** The pattern, such as `/api/v1/jobs/:id`. */
  readonly url: string;
}

/** Routes whose answer or body is a stream, or that wait on purpose; they end by their own rules, not by the request deadline. */
const unhurried =
  /\/(events|wait|uploads|parts|file|files|content|download|artifacts)(\/|$)|^\/api\/v1\/(datasets|jobs|lineage)$|^\/api\/v1\/plugins\/installs/;

/** Every route of the router as it is, for the walk of the tests and for 405. */
export class RouteTable {
  readonly entries: RouteEntry[] = [];

  /** @param deadlineMs - that a request may take */
  constructor(fastify: FastifyInstance, deadlineMs: number) {
    fastify.addHook('onRoute', (route) => {
      for (const method of Array.isArray(route.method) ? route.method : [route.method]) this.entries.push({ method, url: route.url });
      if (!unhurried.test(route.url)) route.handlerTimeout = deadlineMs;
    });
    // Hooks of `onRequest` run for paths that no route matched, too.
    fastify.addHook('onRequest', (request, _reply, done) => {
      if (!request.is404) return done();
      const allowed = this.methodsOf(request.url.split('?', 1)[0] ?? '/');
      if (allowed.length === 0 || allowed.includes(request.method)) return done();
      done(
        problem('method_not_allowed', {
          detail: `${request.method} is not possible here; ${allowed.join(', ')} is.`,
          headers: { allow: allowed.join(', ') },
        }),
      );
    });
  }

  private methodsOf(path: string): string[] {
    const steps = path.split('/');
    const found = this.entries.filter(({ url }) => {
      const pattern = url.split('/');
      return pattern.length === steps.length && pattern.every((part, i) => (part.startsWith(':') ? steps[i] !== '' : part === steps[i]));
    });
    return [...new Set(found.map((entry) => entry.method))].sort();
  }
}
