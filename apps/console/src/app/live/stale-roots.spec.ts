import { describe, expect, it } from 'vitest';
import { staleRoots } from './stale-roots';

const event = (topic: string, type: string) => ({ topic, type, at: '2026-01-01T00:00:00Z', data: {} });
describe(staleRoots, () => {
  it('renews models and endpoints when an alias moves', () => {
    expect(staleRoots(event('models.mdl_1', 'alias.moved'))).toEqual(expect.arrayContaining(['models', 'endpoints']));
  });
  it('renews nothing but jobs when a job only advances', () => {
    expect(staleRoots(event('jobs.job_1', 'job.progressed'))).toEqual(['jobs']);
  });
  it('renews what plugins provide when one changes its state', () => {
    expect(staleRoots(event('plugins', 'plugin.state_changed'))).toEqual(
      expect.arrayContaining(['plugins', 'model-types', 'check-types', 'notifiers']),
    );
  });
});
