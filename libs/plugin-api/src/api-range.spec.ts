import { describe, expect, it } from '@jest/globals';
import { satisfiesRange } from './api-range.js';

describe(satisfiesRange, () => {
  it.each([
    ['1.0.0', '^1.0', true],
    ['1.4.2', '^1.0', true],
    ['2.0.0', '^1.0', false],
    ['1.0.0', '^1.1', false],
    ['0.2.5', '^0.2.1', true],
    ['0.3.0', '^0.2.1', false],
    ['1.2.9', '~1.2', true],
    ['1.3.0', '~1.2', false],
    ['1.3.0', '1.x', true],
    ['1.0.0', '1.0.0', true],
    ['1.0.1', '1.0.0', false],
    ['1.5.0', '>=1.0 <2', true],
    ['2.0.0', '>=1.0 <2', false],
    ['2.0.0', '>1', true],
    ['1.9.9', '>1', false],
    ['1.9.9', '<=1', true],
    ['3.1.0', '^1.0 || ^3.0', true],
    ['1.0.0', '*', true],
    ['1.0.0', 'latest', false],
    ['1.0.0', '', false],
  ])('answers for %s in "%s": %s', (version, range, expected) => {
    expect(satisfiesRange(version, range)).toBe(expected);
  });
});
