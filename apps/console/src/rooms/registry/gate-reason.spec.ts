import type { GateStanding } from '@crisol/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../../shared/i18n/messages';
import { gateReason } from './gate-reason';

beforeAll(() => loadMessages('en', ['registry']));
const standing = (gate: string, changes: Partial<GateStanding> = {}): GateStanding => ({
  gate,
  alias: 'champion',
  required: true,
  standing: 'passed',
  judgement: null,
  message: '',
  ...changes,
});

describe(gateReason, () => {
  it('lets an alias move whose gates passed, and one without gates', () => {
    expect(gateReason([standing('better')], 'champion')).toBeUndefined();
    expect(gateReason([], 'champion')).toBeUndefined();
  });
  it('names every required gate that holds it, and how', () => {
    const standings = [standing('better', { standing: 'failed' }), standing('fair', { standing: 'missing' }), standing('fast')];
    expect(gateReason(standings, 'champion')).toBe('Held by: better (failed) and fair (not yet judged)');
  });
  it('counts a verdict that is outdated as none', () => {
    expect(gateReason([standing('better', { standing: 'outdated' })], 'champion')).toContain('outdated');
  });
  it('leaves out gates of other aliases and those that only report', () => {
    const standings = [
      standing('better', { standing: 'failed', alias: 'challenger' }),
      standing('fair', { standing: 'failed', required: false }),
    ];
    expect(gateReason(standings, 'champion')).toBeUndefined();
  });
});
