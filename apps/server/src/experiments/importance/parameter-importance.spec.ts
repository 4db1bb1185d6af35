import { describe, expect, it } from '@jest/globals';
import { mulberry32 } from '@crisol/statistics';
import { importanceOf } from './parameter-importance.js';

const random = mulberry32(5);
const params = Array.from({ length: 400 }, () => ({
  depth: String(1 + Math.floor(random() * 10)),
  rate: String(10 ** (-4 + 4 * random())),
  optimiser: random() < 0.5 ? 'adam' : 'sgd',
  seed: String(Math.floor(random() * 1e6)),
  fixed: '1',
}));

describe(importanceOf.name, () => {
  it('finds what a metric is made of, by how much, and gives what is noise next to nothing', () => {
    const values = params.map(({ depth, optimiser }) => Number(depth) ** 2 / 20 + (optimiser === 'adam' ? 1 : 0) + 0.2 * random());
    const found = importanceOf({ params, values });
    expect(found.parameters.map(({ name }) => name).slice(0, 2)).toEqual(['depth', 'optimiser']);
    expect(found.parameters.reduce((sum, { importance }) => sum + importance, 0)).toBeCloseTo(1, 12);
    // The variance of depth²/20 is 2.6, that of a fair coin 0.25.
    expect(found.parameters[0]?.importance).toBeGreaterThan(0.8);
    expect(found.parameters.find(({ name }) => name === 'seed')?.importance).toBeLessThan(0.01);
    expect(found.parameters[0]).toMatchObject({ numeric: true });
    expect(found.parameters[0]?.correlation).toBeGreaterThan(0.9);
    expect(found.parameters[1]).toMatchObject({ numeric: false, correlation: null });
    expect(found.parameters.some(({ name }) => name === 'fixed')).toBe(false);
  });

  it('sees what works only together, where no correlation shows', () => {
    const values = params.map(({ rate, optimiser }) => (optimiser === 'adam' ? 1 : -1) * Math.log10(Number(rate)));
    const found = importanceOf({ params, values });
    expect(new Set(found.parameters.slice(0, 2).map(({ name }) => name))).toEqual(new Set(['rate', 'optimiser']));
    expect(Math.abs(found.parameters.find(({ name }) => name === 'rate')?.correlation ?? 1)).toBeLessThan(0.2);
  });

  it('says the same of the same runs, takes what is missing as a value, and says why there is nothing', () => {
    const some = params.map(({ depth, ...others }, row) => (row % 3 === 0 ? others : { depth, ...others }));
    const values = some.map((own) => ('depth' in own ? 1 : 0) + 0.01 * random());
    expect(importanceOf({ params: some, values }).parameters[0]?.name).toBe('depth');
    expect(importanceOf({ params: some, values })).toEqual(importanceOf({ params: some, values }));
    expect(importanceOf({ params: params.slice(0, 5), values: [1, 2, 3, 4, 5] }).note).toContain('at least 10');
    expect(importanceOf({ params: params.map(() => ({ fixed: '1' })), values }).note).toContain('No parameter varies');
    expect(importanceOf({ params, values: params.map(() => 3) }).note).toContain('the same in all runs');
  });
});
