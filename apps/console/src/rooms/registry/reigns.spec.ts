import type { HistoryEvent } from '@crisol/contracts';
import { describe, expect, it } from 'vitest';
import { reignAt, reignsOf } from './reigns';

let ids = 0;
const event = (at: string, to: string | null, changes: Partial<HistoryEvent> = {}): HistoryEvent => ({
  id: `evt_${String(++ids).padStart(4, '0')}`,
  kind: 'alias_moved',
  alias: 'champion',
  version: null,
  from: null,
  to,
  actor: null,
  actorName: 'ada',
  comment: '',
  at,
  evidence: {},
  hasBundle: false,
  ...changes,
});
const march = '2026-03-01T00:00:00.000Z';
const april = '2026-04-01T00:00:00.000Z';
const may = '2026-05-01T00:00:00.000Z';
const short = (reigns: ReturnType<typeof reignsOf>) => reigns.map(({ version, from, to }) => ({ version, from, to }));

describe(reignsOf, () => {
  it('lets one version hold the alias until the next one takes it, whatever the order of the events', () => {
    expect(short(reignsOf([event(april, '2'), event(march, 'v1')], 'champion'))).toEqual([
      { version: 1, from: march, to: april },
      { version: 2, from: april, to: null },
    ]);
  });
  it('leaves a gap after the alias was taken away', () => {
    const events = [event(march, '1'), event(april, null, { kind: 'alias_removed' }), event(may, '3')];
    expect(short(reignsOf(events, 'champion'))).toEqual([
      { version: 1, from: march, to: april },
      { version: 3, from: may, to: null },
    ]);
  });
  it('looks at no other alias and no other kind of event', () => {
    expect(reignsOf([event(march, '1', { alias: 'challenger' }), event(april, '2', { kind: 'approved' })], 'champion')).toEqual([]);
  });
  it('takes a demotion that stands beside its move for one change', () => {
    const events = [event(march, '2'), event(april, '1', { kind: 'demoted' }), event(april, '1')];
    expect(short(reignsOf(events, 'champion'))).toEqual([
      { version: 2, from: march, to: april },
      { version: 1, from: april, to: null },
    ]);
  });
});

describe(reignAt, () => {
  const reigns = reignsOf([event(march, '1'), event(april, '2')], 'champion');
  it('answers which version it was', () => {
    expect(reignAt(reigns, '2026-03-03T12:00:00.000Z')?.version).toBe(1);
    expect(reignAt(reigns, april)?.version).toBe(2);
  });
  it('answers nothing before the first move', () => {
    expect(reignAt(reigns, '2026-01-01T00:00:00.000Z')).toBeNull();
  });
});
