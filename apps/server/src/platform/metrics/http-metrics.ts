import type { FastifyInstance } from 'fastify';
import { Histogram, register } from 'prom-client';

const name = 'crisol_http_request_duration_seconds';

function histogram(): Histogram<'method' | 'route' | 'status_class'> {
  const known = register.getSingleMetric(name);
  if (known instanceof Histogram) return known;
  return new Histogram({
    name,
    help: 'Time from request to answer',
    labelNames: ['method', 'route', 'status_class'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
  });
}

/** Measures every request by its route's pattern, never by its path. */
export function measureRequests(fastify: FastifyInstance): void {
  const durations = histogram();
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    durations.observe({ method: request.method, route, status_class: `${Math.floor(reply.statusCode / 100)}xx` }, reply.elapsedTime / 1000);
    done();
  });
}
