import { describe, expect, it } from '@jest/globals';
import type { Scope } from '@crisol/contracts';
import type { Actor } from '../auth/actor.js';
import { covers, mayHear } from './event-topics.js';

const actor = (...scopes: Scope[]): Actor => ({
  kind: 'key',
  id: 'key_1',
  name: 'x',
  scopes: new Set(scopes),
  endpoints: null,
  requestId: null,
});
const about = (topic: string) => ({ topic, type: 'thing.changed', data: {} });

describe('topics of events', () => {
  it('are heard with the scope that reads them, and write includes read', () => {
    expect(mayHear(actor('datasets:read'), about('datasets.ds_1'), new Map())).toBe(true);
    expect(mayHear(actor('datasets:write'), about('datasets'), new Map())).toBe(true);
    expect(mayHear(actor('models:read'), about('datasets'), new Map())).toBe(false);
  });

  it.each(['nobody-knows-it', 'constructor', '__proto__', '*', ''])('are for nobody when nobody knows them: %j', (topic) => {
    expect(mayHear(actor('datasets:read', 'users:admin', 'plugins:admin'), about(topic), new Map())).toBe(false);
  });

  it('follow the rule of their part where it has one', () => {
    const rules = new Map([
      ['jobs', (_actor: Actor, { data }: { data: Readonly<Record<string, unknown>> }) => data.kind === 'model.train'],
    ]);
    expect(mayHear(actor(), { ...about('jobs.1'), data: { kind: 'model.train' } }, rules)).toBe(true);
    expect(mayHear(actor(), about('jobs.1'), rules)).toBe(false);
  });

  it('cover what is below them and nothing beside them', () => {
    expect([covers('jobs', 'jobs'), covers('jobs', 'jobs.1'), covers('jobs.1', 'jobs.1')]).toEqual([true, true, true]);
    expect([covers('jobs.1', 'jobs.11'), covers('jobs.1', 'jobs'), covers('job', 'jobs')]).toEqual([false, false, false]);
  });
});
