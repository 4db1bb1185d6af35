import { describe, expect, it } from 'vitest';
import { fromLocalField, instantFrom, toLocalField } from './local-time';

describe(toLocalField, () => {
  it('is read back to the same minute', () => {
    expect(fromLocalField(toLocalField('2026-03-03T14:05:00.000Z'))).toBe('2026-03-03T14:05:00.000Z');
  });
  it('shows nothing for nothing', () => {
    expect(toLocalField('')).toBe('');
    expect(fromLocalField('')).toBe('');
    expect(fromLocalField('rubbish')).toBe('');
  });
});
describe(instantFrom, () => {
  it('takes a day alone for its end', () => {
    expect(instantFrom('2026-03-03')).toBe(new Date('2026-03-03T23:59:59.999').toISOString());
  });
  it('leaves out what is no time', () => {
    expect(instantFrom('yesterday')).toBe('');
  });
});
