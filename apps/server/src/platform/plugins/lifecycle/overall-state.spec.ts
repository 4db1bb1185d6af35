import { describe, expect, it } from '@jest/globals';
import { overallState } from './overall-state.js';

const active = { state: 'active', code: null, message: null } as const;
const disabled = { state: 'disabled', code: 'safe_mode', message: 'safe' } as const;
const failed = { state: 'failed', code: 'import_failed', message: 'no file' } as const;
const degraded = { state: 'degraded', code: 'too_many_faults', message: 'send: down' } as const;

describe(overallState.name, () => {
  it('is what all processes say', () => {
    expect(overallState(active, [active])).toEqual(active);
    expect(overallState(failed, [failed])).toEqual(failed);
    expect(overallState(disabled, [disabled])).toEqual(disabled);
  });

  it('is degraded, with the count and the cause, where it runs in some processes only', () => {
    const expected = { state: 'degraded', code: 'import_failed', message: 'In 1 of 3 processes: no file' };
    expect(overallState(active, [failed, active])).toEqual(expected);
    expect(overallState(failed, [active, active])).toEqual(expected);
  });

  it('is the worse of two that run', () => {
    expect(overallState(active, [degraded])).toEqual(degraded);
  });

  it('leaves a process in safe mode out while others run it', () => {
    expect(overallState(disabled, [active])).toEqual(active);
  });
});
