import { describe, expect, it } from 'vitest';
import { shownMeasures } from './shown-measures';
import { sampleVersion } from './testing/samples';

describe(shownMeasures, () => {
  it('puts the key metric first, then those that most versions have', () => {
    const versions = [sampleVersion(2, { metrics: { a: 1, b: 1 } }), sampleVersion(1, { metrics: { b: 1, key: 1 } })];
    expect(shownMeasures(versions, 'key')).toEqual(['key', 'b', 'a']);
    expect(shownMeasures(versions, null)).toEqual(['b', 'a', 'key']);
  });
});
