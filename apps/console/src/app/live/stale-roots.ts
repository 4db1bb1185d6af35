import type { ServerEvent } from '@crisol/contracts';

/** First words of the query keys that an event makes stale, by the noun of its type or its topic. */
const rootsOf: Record<string, readonly string[]> = {
  job: ['jobs', 'workers', 'training'],
  jobs: ['jobs', 'workers', 'training'],
  worker: ['workers'],
  dataset: ['datasets'],
  dataset_version: ['datasets'],
  datasets: ['datasets'],
  suite: ['suites'],
  validation: ['validations', 'datasets'],
  run: ['runs', 'training', 'experiments'],
  experiment: ['experiments'],
  experiments: ['experiments'],
  runs: ['runs'],
  model: ['models'],
  models: ['models'],
  model_version: ['models', 'endpoints'],
  alias: ['models', 'endpoints'],
  endpoint: ['endpoints'],
  endpoints: ['endpoints'],
  traffic: ['endpoints'],
  variant: ['endpoints'],
  plugin: ['plugins', 'model-types', 'check-types', 'notifiers', 'feature-stores'],
  plugins: ['plugins', 'model-types', 'check-types', 'notifiers', 'feature-stores'],
  key: ['keys'],
  keys: ['keys'],
  user: ['users'],
  channel: ['channels'],
  channels: ['channels'],
  delivery: ['channels'],
  setting: ['settings'],
};

export function staleRoots(event: ServerEvent): string[] {
  const noun = event.type.split('.')[0] ?? '';
  const topic = event.topic.split('.')[0] ?? '';
  // Progress of a job comes many times a second: it makes nothing but the job itself stale.
  if (event.type === 'job.progressed') return ['jobs'];
  return [...new Set([...(rootsOf[noun] ?? []), ...(rootsOf[topic] ?? []), 'audit'])];
}
