import { describe, expect, it } from '@jest/globals';
import { notificationEvents, type NotificationEvent } from '@crisol/contracts';
import { draftMessage } from './message-text.js';

/** What the rooms record. */
const facts: Readonly<Record<NotificationEvent, Record<string, unknown>>> = {
  'job.finished': { id: 'job_1', kind: 'model.train', name: 'penguins', state: 'succeeded' },
  'job.failed': { id: 'job_1', kind: 'model.train', name: 'penguins', state: 'failed', error: { code: 'job_crashed', detail: 'It died.' } },
  'dataset_version.created': { dataset: 'penguins', version: 2 },
  'validation.failed': { id: 'val_1', suite: 'basics', dataset: 'penguins', version: 2, outcome: 'failed', unsuccessful: 3 },
  'model_version.created': { model: 'species', version: 4 },
  'model_version.admitted': { model: 'species', version: 4 },
  'model_version.refused': { model: 'species', version: 4, reason: 'Its graph has a Loop.' },
  'model_version.stage_moved': { model: 'species', version: 4, from: 'None', to: 'Production' },
  'alias.moved': { model: 'species', alias: 'champion', fromVersion: 3, toVersion: 4 },
  'traffic.changed': { endpoint: 'species' },
  'plugin.state_changed': { id: 'notifier-webhook', from: 'active', state: 'quarantined', message: 'send: boom' },
};

describe(draftMessage, () => {
  it.each(notificationEvents)('puts %s into words without a gap', (type) => {
    const draft = draftMessage(type, { topic: 'x', type, data: facts[type] }, 'https://crisol.example');
    expect(`${draft.title} ${draft.text} ${draft.link}`).not.toContain('?');
    expect(draft.link).toMatch(/^https:\/\/crisol\.example\/console\//);
    expect(draft.data).toBe(facts[type]);
  });

  it('says that an alias is gone when it was taken away', () => {
    const data = { model: 'species', alias: 'champion', fromVersion: 3, toVersion: null };
    expect(draftMessage('alias.moved', { topic: 'x', type: 'alias.moved', data }, '')).toMatchObject({
      title: 'species@champion was taken away',
      text: 'The alias champion, which was on version 3, is gone.',
    });
  });

  it('warns of an alias that its guardrail took back, with the figures', () => {
    const comment = 'Guardrail: version 4 was taken back, since 10 % of 100 requests failed, more than 5 %.';
    const data = { model: 'species', alias: 'champion', fromVersion: 4, toVersion: 3, kind: 'demoted', comment };
    expect(draftMessage('alias.moved', { topic: 'x', type: 'alias.moved', data }, '')).toMatchObject({
      severity: 'warning',
      title: 'species@champion was taken back',
      text: `The alias champion is on version 3 now. ${comment}`,
    });
  });

  it('names the cause of a failed job and calls it critical', () => {
    const draft = draftMessage('job.failed', { topic: 'x', type: 'job.failed', data: facts['job.failed'] }, '');
    expect(draft).toMatchObject({ severity: 'critical', title: 'penguins failed', text: 'The model.train job failed: It died.' });
  });
});
