import { describe, expect, it } from 'vitest';
import { draftOf, faultsOf, rebalance, sumOf, trafficOf, type VariantDraft } from './traffic-draft';

const variant = (name: string, share: number, role: VariantDraft['role'] = 'primary'): VariantDraft =>
  draftOf({ name, model: 'fraud', alias: name, role, share });

describe(rebalance, () => {
  it('keeps the sum at 100 when one share moves', () => {
    const drafts = [variant('champion', 90), variant('challenger', 10, 'canary')];
    const moved = rebalance(drafts, drafts[1]?.key ?? 0, 25);
    expect(moved.map((draft) => draft.share)).toEqual([75, 25]);
  });
  it('leaves a shadow without traffic', () => {
    const drafts = [variant('champion', 100), variant('next', 0, 'canary'), variant('dark', 0, 'shadow')];
    const moved = rebalance(drafts, drafts[1]?.key ?? 0, 33);
    expect(moved.map((draft) => draft.share)).toEqual([67, 33, 0]);
  });
  it('splits in proportion and never loses a part to rounding', () => {
    const drafts = [variant('a', 34), variant('b', 33), variant('c', 33)];
    const moved = rebalance(drafts, drafts[0]?.key ?? 0, 1);
    expect(sumOf(moved)).toBe(100);
  });
});
describe(faultsOf, () => {
  it('accepts a champion with all traffic and a shadow', () => {
    expect(faultsOf([variant('champion', 100), variant('dark', 0, 'shadow')])).toEqual([]);
  });
  it('names a wrong sum, equal names and a shadow that takes traffic', () => {
    expect(faultsOf([variant('a', 50), variant('a', 40, 'shadow')])).toEqual(['sum', 'shadowShare', 'sameName']);
  });
});
describe(trafficOf, () => {
  it('sends an alias as alias and a number as version', () => {
    const [first, second] = trafficOf([variant('champion', 60), { ...variant('old', 40), target: '3' }]).variants;
    expect(first?.alias).toBe('champion');
    expect(first?.version).toBeUndefined();
    expect(second?.version).toBe(3);
  });
});
