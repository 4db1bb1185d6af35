import { describe, expect, it } from 'vitest';
import { comparedFrom, compareLink, type Compared } from './compare-link';

const items: Compared[] = [
  { model: 'churn', version: 3 },
  { model: 'churn, old', version: '@champion' },
  { run: 'run_01j8000000e008000000000001' },
];

describe(comparedFrom, () => {
  it('reads back what the link holds, in its order', () => {
    expect(comparedFrom(compareLink(items).query.of)).toEqual(items);
  });
  it('takes one as well as many, and none', () => {
    expect(comparedFrom('churn:3')).toEqual([items[0]]);
    expect(comparedFrom(undefined)).toEqual([]);
  });
  it('leaves out doubles and what is no version', () => {
    expect(comparedFrom(['churn:3', 'churn:3', 'churn:0', 'churn:x', 'a:b:c', '', null])).toEqual([items[0]]);
  });
  it('keeps to six', () => {
    expect(comparedFrom(Array.from({ length: 9 }, (_, index) => `churn:${index + 1}`))).toHaveLength(6);
  });
});
