import { describe, expect, it } from 'vitest';
import { axesOf, brushOf, positionOn, readBrushes, within, writeBrushes } from './parallel-axes';
import { RunTable } from './run-columns';

const table = new RunTable(
  ['a', 'b', 'c'],
  {
    'metrics.auc': [0.7, 0.8, 'NaN'],
    'params.rate': ['0.001', '0.1', '10'],
    'params.kind': ['dart', 'gbdt', null],
    'params.same': ['1', '1', '1'],
  },
  3,
);
const all = [0, 1, 2];
const [auc, rate, kind] = axesOf(table, ['metrics.auc', 'params.rate', 'params.kind', 'params.same'], all);

describe(axesOf, () => {
  it('makes no axis of a field that never varies', () => {
    expect(axesOf(table, ['params.same'], all)).toEqual([]);
  });
  it('takes the logarithm of what spreads over three orders of magnitude', () => {
    expect(rate).toMatchObject({ log: true, min: 0.001, max: 10 });
    expect(auc).toMatchObject({ log: false, min: 0.7, max: 0.8 });
  });
  it('gives words places in their order, and a gap to what is missing', () => {
    expect(kind?.categories).toEqual(['dart', 'gbdt']);
    if (!kind || !rate) throw new Error('There are three axes');
    expect(all.map((place) => positionOn(table, kind, place))).toEqual([0, 1, Number.NaN]);
    expect(positionOn(table, rate, 0)).toBeCloseTo(-3);
  });
});

describe(brushOf, () => {
  it('chooses runs within a stretch of an axis, logarithmic or not', () => {
    if (!auc || !rate || !kind) throw new Error('There are three axes');
    expect(all.filter((place) => within(table, { 'metrics.auc': brushOf(auc, 0.85, 0.75) }, place))).toEqual([1]);
    expect(all.filter((place) => within(table, { 'params.rate': brushOf(rate, -3.5, 0) }, place))).toEqual([0, 1]);
    expect(all.filter((place) => within(table, { 'params.kind': brushOf(kind, 0.5, 1.2) }, place))).toEqual([1]);
  });
  it('asks for all brushes at once', () => {
    expect(all.filter((place) => within(table, { 'metrics.auc': { from: 0, to: 1 }, 'params.kind': { values: ['dart'] } }, place))).toEqual(
      [0],
    );
  });
  it('survives the address, whatever somebody writes into it', () => {
    const brushes = { 'metrics.auc': { from: 0.1, to: 0.5 }, 'params.kind': { values: ['a"b', 'c'] } };
    expect(readBrushes(writeBrushes(brushes))).toEqual(brushes);
    for (const text of ['', '{', '{"a":1}', '[1,["x"]]']) expect(readBrushes(text)).toEqual({});
  });
});
