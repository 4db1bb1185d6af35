import { Injectable } from '@nestjs/common';
import { Counter, Histogram, register } from 'prom-client';

const made = new Map<string, unknown>();

/** One process may hold several applications (tests do); a metric exists once in its registry. */
function single<Metric>(name: string, make: (name: string) => Metric): Metric {
  if (!register.getSingleMetric(name)) made.set(name, make(name));
  // The map holds under each name what this very factory made.
  return made.get(name) as Metric;
}

/** The figures that serving gives to Prometheus. */
@Injectable()
export class ServingMetrics {
  readonly requests = single(
    'crisol_inference_requests_total',
    (name) => new Counter({ name, help: 'Prediction requests', labelNames: ['endpoint', 'variant', 'model', 'version', 'outcome'] }),
  );
  readonly duration = single(
    'crisol_inference_duration_seconds',
    (name) =>
      new Histogram({
        name,
        help: 'Time of one request in the model',
        labelNames: ['endpoint', 'model', 'version', 'phase'],
        buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      }),
  );
  readonly batchRows = single(
    'crisol_inference_batch_rows',
    (name) =>
      new Histogram({
        name,
        help: 'Rows of one request',
        labelNames: ['endpoint'],
        buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 10_000],
      }),
  );
  readonly laneRestarts = single(
    'crisol_lane_restarts_total',
    (name) => new Counter({ name, help: 'Processes of models that were replaced', labelNames: ['lane', 'reason'] }),
  );
}
