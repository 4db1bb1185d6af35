import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../../shared/i18n/messages';
import { evidenceRows } from './evidence-rows';

beforeAll(() => loadMessages('en', ['ui', 'governance']));

describe(evidenceRows, () => {
  it('makes a table of alike things, without what only machines read', () => {
    const [row] = evidenceRows({
      gates: [
        { id: 'jdg_1', gate: 'fair', verdict: 'passed' },
        { gate: 'fast', verdict: null },
      ],
    });
    expect(row?.table).toEqual({
      columns: ['Gate', 'Verdict'],
      rows: [
        ['fair', 'passed'],
        ['fast', '—'],
      ],
    });
  });
  it('tells what people decide by first', () => {
    expect(evidenceRows({ sha256: 'ab', metrics: { auc: 1 }, gates: [{ gate: 'fair' }] }).map(({ name }) => name)).toEqual([
      'gates',
      'metrics',
      'sha256',
    ]);
  });
  it('leaves names that people gave as they are, and puts others in words', () => {
    const [metrics] = evidenceRows({ metrics: { logLoss: 0.12345 } });
    expect(metrics?.named).toBe(true);
    expect(evidenceRows(metrics?.inner ?? null, true)).toEqual([{ name: 'logLoss', label: 'logLoss', text: '0.1235', mono: false }]);
    expect(evidenceRows({ coolDownMinutes: 60 })[0]?.label).toBe('Cool down minutes');
  });
  it('drops what is empty and spells out yes and no', () => {
    expect(evidenceRows({ approvals: [], policy: {}, goingBack: true })).toEqual([
      { name: 'goingBack', label: 'Going back', text: 'Yes', mono: false },
    ]);
  });
});
