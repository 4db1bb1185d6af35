import { describe, expect, it } from '@jest/globals';
import { isOldNode } from './node-version.js';

describe(isOldNode.name, () => {
  it.each([
    ['20.20.2', true],
    ['22.17.9', true],
    ['22.18.0', false],
    ['23.0.0', false],
    ['24.21.0', false],
  ])('takes %s for old: %p', (version, isOld) => {
    expect(isOldNode(version)).toBe(isOld);
  });
});
