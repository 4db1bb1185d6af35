import { grants, type Scope } from '@crisol/contracts';
import type { Actor } from '../auth/actor.js';
import type { DomainEvent } from './event-bus.js';

/** Who may hear events of a topic, by the topic's first word. */
const scopeOfTopic: Readonly<Record<string, Scope>> = {
  datasets: 'datasets:read',
  uploads: 'datasets:read',
  suites: 'quality:read',
  validations: 'quality:read',
  quality: 'quality:read',
  features: 'features:read',
  'feature-views': 'features:read',
  experiments: 'experiments:read',
  runs: 'experiments:read',
  studies: 'training:read',
  training: 'training:read',
  models: 'models:read',
  endpoints: 'endpoints:read',
  monitors: 'monitoring:read',
  alerts: 'monitoring:read',
  'alert-rules': 'monitoring:read',
  pipelines: 'pipelines:read',
  'pipeline-runs': 'pipelines:read',
  lineage: 'lineage:read',
  channels: 'notifications:read',
  deliveries: 'notifications:read',
  notifications: 'notifications:read',
  plugins: 'plugins:admin',
  keys: 'keys:admin',
  users: 'users:admin',
  settings: 'settings:admin',
};

export type TopicRule = (actor: Actor, event: DomainEvent) => boolean;

/** Whether the actor may hear the event. A topic that nobody knows is for nobody. */
export function mayHear(actor: Actor, event: DomainEvent, rules: ReadonlyMap<string, TopicRule>): boolean {
  const first = event.topic.split('.', 1)[0] ?? '';
  const rule = rules.get(first);
  if (rule) return rule(actor, event);
  const scope = Object.hasOwn(scopeOfTopic, first) ? scopeOfTopic[first] : undefined;
  return scope !== undefined && grants(actor.scopes, scope);
}

/** Whether a subscription covers a topic: `datasets` covers `datasets` and `datasets.<id>`. */
export function covers(subscription: string, topic: string): boolean {
  return topic === subscription || topic.startsWith(`${subscription}.`);
}
