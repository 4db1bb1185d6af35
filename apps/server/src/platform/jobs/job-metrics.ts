import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, register } from 'prom-client';

/** The figures that the jobs give to Prometheus. */
@Injectable()
export class JobMetrics {
  readonly runs = single(
    'crisol_job_runs_total',
    (name) => new Counter({ name, help: 'Attempts that ended, by outcome', labelNames: ['kind', 'outcome'] }),
  );
  readonly duration = single(
    'crisol_job_duration_seconds',
    (name) =>
      new Histogram({
        name,
        help: 'Time that an attempt ran',
        labelNames: ['kind'],
        buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400],
      }),
  );
  readonly jobs = single('crisol_jobs', (name) => new Gauge({ name, help: 'Jobs that wait or run', labelNames: ['kind', 'state'] }));
  readonly refusedRings = single(
    'crisol_doorbell_refused_total',
    (name) => new Counter({ name, help: 'Rings whose payload was not an id' }),
  );
}

const made = new Map<string, unknown>();

/** One process may hold several applications (tests do); a metric exists once in its registry. */
function single<Metric>(name: string, make: (name: string) => Metric): Metric {
  if (!register.getSingleMetric(name)) made.set(name, make(name));
  // The map holds under each name what this very factory made.
  return made.get(name) as Metric;
}
