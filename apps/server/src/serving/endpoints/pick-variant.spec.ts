import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mulberry32 } from '@crisol/statistics';
import { pickVariant, type Route } from './traffic-router.js';

// Only names and shares matter here; a loaded version would need a model.
const route = (shares: Record<string, number>) =>
  ({
    id: 'ep',
    name: 'e',
    shadows: [],
    totalShare: Object.values(shares).reduce((a, b) => a + b, 0),
    variants: Object.entries(shares).map(([name, share]) => ({ name, share, role: 'primary' })),
  }) as unknown as Route;

describe(pickVariant.name, () => {
  it('splits by the shares', () => {
    const random = mulberry32(5);
    const counts: Record<string, number> = {};
    for (let i = 0; i < 10_000; i++) {
      const name = pickVariant(route({ a: 90, b: 10 }), undefined, random())?.name ?? '';
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts['b']).toBeGreaterThan(850);
    expect(counts['b']).toBeLessThan(1150);
  });

  it('keeps a key on its variant, and splits keys by the shares', () => {
    const split = route({ a: 50, b: 50 });
    fc.assert(
      fc.property(
        fc.string(),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (key, random) => pickVariant(split, key, random)?.name === pickVariant(split, key, 0)?.name,
      ),
    );
    const onA = Array.from({ length: 2000 }, (_, i) => pickVariant(split, `user-${i}`, 0)?.name).filter((name) => name === 'a');
    expect(onA.length).toBeGreaterThan(880);
    expect(onA.length).toBeLessThan(1120);
  });

  it('never sends to a variant without a share', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.9999999, noNaN: true }),
        (random) => pickVariant(route({ a: 0, b: 100, c: 0 }), undefined, random)?.name === 'b',
      ),
    );
  });

  it('splits among those that are there when one cannot serve', () => {
    expect(pickVariant(route({ b: 10 }), undefined, 0.99)?.name).toBe('b');
    expect(pickVariant(route({}), undefined, 0.5)).toBeUndefined();
  });
});
