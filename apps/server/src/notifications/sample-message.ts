import type { NotificationEvent } from '@crisol/contracts';
import type { NotificationMessage } from '@crisol/plugin-api';
import { draftMessage } from './message-text.js';

const model = { model: 'fraud', version: 7 };
/** The facts of one made-up event of each type, with the fields of the real ones. */
const facts: Readonly<Record<NotificationEvent, Readonly<Record<string, unknown>>>> = {
  'job.finished': { id: 'job_01j8000000e008000000000001', kind: 'model.train', name: 'Train fraud', state: 'succeeded', attempt: 1 },
  'job.failed': {
    id: 'job_01j8000000e008000000000001',
    kind: 'model.train',
    name: 'Train fraud',
    state: 'failed',
    attempt: 3,
    error: { code: 'training_data_unusable', detail: 'The target is_fraud has one class only.' },
  },
  'dataset_version.created': { dataset: 'transactions', version: 12 },
  'validation.failed': {
    id: 'val_01j8000000e008000000000001',
    dataset: 'transactions',
    version: 12,
    suite: 'basics',
    outcome: 'failed',
    unsuccessful: 2,
  },
  'model_version.created': model,
  'model_version.admitted': model,
  'model_version.refused': { ...model, reason: 'p95 latency is 74 ms, allowed are 50 ms' },
  'model_version.stage_moved': { ...model, from: 'Staging', to: 'Production' },
  'alias.moved': { ...model, alias: 'champion', from: 6, to: 7 },
  'traffic.changed': { endpoint: 'fraud-api' },
  'plugin.state_changed': { id: 'feature-store-redis', from: 'active', state: 'degraded', message: 'Five calls failed within a minute.' },
};

/** What a channel would be told of an event of this type. */
export function sampleMessage(type: NotificationEvent, publicUrl: string, at: number): NotificationMessage {
  return { id: 'dlv_01j8000000e008000000000001', type, at, ...draftMessage(type, { topic: 'sample', type, data: facts[type] }, publicUrl) };
}
