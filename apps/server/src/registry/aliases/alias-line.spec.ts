import { describe, expect, it } from '@jest/globals';
import type { AliasEventRow } from './alias-event.entity.js';
import { instantAfter, step, type AliasLine } from './alias-line.js';

const event = (revision: number, fromVersion: number | null, toVersion: number | null, underRevision: number | null): AliasEventRow => ({
  id: `evt_${revision}`,
  modelId: 'mdl_1',
  alias: 'champion',
  revision,
  fromVersion,
  toVersion,
  actor: null,
  actorName: 'ada',
  comment: '',
  evidence: {},
  at: new Date(1_000),
  kind: 'moved',
  underRevision,
});
const line = (top: AliasEventRow, former: AliasLine['former'], last = top): AliasLine => ({
  revision: last.revision,
  lastAt: last.at,
  last,
  top,
  former,
});
const none: AliasLine = { revision: 0, lastAt: null, last: null, top: null, former: null };

describe(step.name, () => {
  it('lays the first version at the bottom', () => {
    expect(step(none, 1)).toEqual({ back: false, underRevision: 0 });
  });

  it('lays each further one on the one before', () => {
    expect(step(line(event(1, null, 1, 0), null), 2)).toEqual({ back: false, underRevision: 1 });
  });

  it('goes back to the one beneath, and finds beneath it what lay there', () => {
    expect(step(line(event(3, 2, 3, 2), { version: 2, underRevision: 1 }), 2)).toEqual({ back: true, underRevision: 1 });
  });

  it('takes no other version for the way back, though it held the alias once', () => {
    expect(step(line(event(3, 2, 3, 2), { version: 2, underRevision: 1 }), 1)).toEqual({ back: false, underRevision: 3 });
  });

  it('puts an alias that was taken away back where it was', () => {
    const top = event(2, 1, 2, 1);
    const away = line(top, { version: 1, underRevision: 0 }, event(3, 2, null, null));
    expect(step(away, 2)).toEqual({ back: true, underRevision: 1 });
    expect(step(away, 1)).toEqual({ back: true, underRevision: 0 });
    expect(step(away, 4)).toEqual({ back: false, underRevision: 2 });
  });
});

describe(instantAfter.name, () => {
  it('is never at or before the last event, whatever the clock says', () => {
    expect(instantAfter(line(event(1, null, 1, 0), null), 500).getTime()).toBe(1_001);
    expect(instantAfter(line(event(1, null, 1, 0), null), 1_000).getTime()).toBe(1_001);
    expect(instantAfter(line(event(1, null, 1, 0), null), 5_000).getTime()).toBe(5_000);
    expect(instantAfter(none, 7).getTime()).toBe(7);
  });
});
