import { describe, expect, it } from '@jest/globals';
import type { CheckFinding, ModelFacts } from '@crisol/plugin-api';
import { answerTable, aVersion, someFacts } from '../test/answer-table.js';
import { fairnessValidator } from './fairness.validator.js';

const signal = new AbortController().signal;
async function judge(facts: ModelFacts, type: string, kwargs: Record<string, unknown>): Promise<CheckFinding> {
  const [finding] = (await fairnessValidator.judgeModel?.(facts, [{ type, kwargs }], signal)) ?? [];
  if (!finding) throw new Error('no finding');
  return finding;
}

/** Counts of a group: true positives, false positives, true negatives, false negatives. */
type Cells = readonly [number, number, number, number];
function tableOf(groups: Readonly<Record<string, Cells>>): ModelFacts {
  const rows = Object.entries(groups).flatMap(([sex, [tp, fp, tn, fn]]) => [
    ...new Array<[string, string, string]>(tp).fill([sex, 'yes', 'yes']),
    ...new Array<[string, string, string]>(fp).fill([sex, 'no', 'yes']),
    ...new Array<[string, string, string]>(tn).fill([sex, 'no', 'no']),
    ...new Array<[string, string, string]>(fn).fill([sex, 'yes', 'no']),
  ]);
  return someFacts({
    test: answerTable({
      sex: rows.map(([sex]) => sex),
      age: rows.map((_, i) => (i * 37) % 90),
      __target: rows.map(([, truth]) => truth),
      __prediction: rows.map(([, , decision]) => decision),
    }),
  });
}
/** F: 10 of 40 selected, 8 of 16 found; M: 20 of 40 selected, 16 of 20 found; X: too few rows to be gated. */
const unequal = tableOf({ F: [8, 2, 22, 8], M: [16, 4, 16, 4], X: [0, 0, 5, 5] });

describe('group_parity', () => {
  it('measures the gap of selection rates, and shows every group, the worst first', async () => {
    const found = await judge(unequal, 'group_parity', { column: 'sex', max_difference: 0.2 });
    expect(found).toMatchObject({
      outcome: 'failed',
      observed: { difference: 0.25, ratio: 0.5, rows: 80 },
      slices: [
        { name: 'F', rows: 40, value: 0.25, passed: false },
        { name: 'M', rows: 40, value: 0.5, passed: true },
        { name: 'X', rows: 10, value: 0, passed: true },
      ],
    });
    expect(found.message).toMatch(
      /^Selection rates by sex differ by 0\.25 \(95 % interval 0\.0\d+ to 0\.4\d+; chance alone reaches 0\.2\d*\), ratio 0\.5; asked is a difference of at most 0\.2\. 1 group under 30 rows is shown and not gated\.$/,
    );
    expect(await judge(unequal, 'group_parity', { column: 'sex', max_difference: 0.25 })).toMatchObject({ outcome: 'passed' });
    expect(await judge(unequal, 'group_parity', { column: 'sex', min_ratio: 0.6 })).toMatchObject({ outcome: 'failed' });
  });

  it('measures equal opportunity and equalised odds by hand', async () => {
    expect(await judge(unequal, 'group_parity', { column: 'sex', measure: 'equal_opportunity', max_difference: 0.2 })).toMatchObject({
      outcome: 'failed',
      // 16/20 − 8/16
      observed: { difference: expect.closeTo(0.3, 12), ratio: 0.625 },
    });
    expect(await judge(unequal, 'group_parity', { column: 'sex', measure: 'equalized_odds', max_difference: 0.35 })).toMatchObject({
      outcome: 'passed',
      // False positives: 4/20 against 2/24.
      observed: { difference: expect.closeTo(0.3, 12), ratio: expect.closeTo(2 / 24 / 0.2, 12) },
    });
  });

  it('lets a gap pass that chance makes too, when it is told to', async () => {
    const small = tableOf({ F: [5, 5, 15, 5], M: [7, 6, 13, 4] });
    expect(await judge(small, 'group_parity', { column: 'sex', max_difference: 0.05 })).toMatchObject({ outcome: 'failed' });
    const found = await judge(small, 'group_parity', { column: 'sex', max_difference: 0.05, beyond_chance: true });
    expect(found).toMatchObject({ outcome: 'passed', message: expect.stringContaining('no more than chance makes') });
  });

  it('gates small groups when it is told to, bins amounts, and crosses columns', async () => {
    expect(await judge(unequal, 'group_parity', { column: 'sex', max_difference: 0.3, min_group_rows: 5 })).toMatchObject({
      outcome: 'failed',
      observed: { difference: 0.5 },
    });
    const binned = await judge(unequal, 'group_parity', { column: 'age', bins: [30, 60], max_difference: 1, min_group_rows: 1 });
    expect(binned.slices?.map(({ name }) => name).sort()).toEqual(['30 to below 60', '60 and above', 'below 30']);
    const both = await judge(unequal, 'group_parity', {
      column: 'sex',
      cross_with: ['age'],
      bins: [45],
      max_difference: 1,
      min_group_rows: 1,
    });
    expect(both.slices?.map(({ name }) => name).sort()).toContain('F × 45 and above');
  });

  it('takes one class of many as the selected one', async () => {
    const facts = { ...unequal, task: 'multiclass' as const, candidate: aVersion(4, { labels: ['maybe', 'no', 'yes'] }) };
    expect(await judge(facts, 'group_parity', { column: 'sex', max_difference: 0.2 })).toMatchObject({
      outcome: 'errored',
      message: expect.stringContaining('positive_label'),
    });
    expect(await judge(facts, 'group_parity', { column: 'sex', max_difference: 0.2, positive_label: 'yes' })).toMatchObject({
      observed: { difference: 0.25 },
    });
  });

  it('finds the same when it is asked again with the same seed', async () => {
    const kwargs = { column: 'sex', max_difference: 0.2, seed: 4 };
    expect(await judge(unequal, 'group_parity', kwargs)).toEqual(await judge(unequal, 'group_parity', kwargs));
  });
});

describe('four_fifths', () => {
  it('flags a group that is selected too seldom beyond chance', async () => {
    const many = tableOf({ F: [80, 20, 220, 80], M: [160, 40, 160, 40] });
    const found = await judge(many, 'four_fifths', { column: 'sex' });
    expect(found).toMatchObject({
      outcome: 'failed',
      slices: [
        { name: 'F', value: 0.5, passed: false },
        { name: 'M', value: 1 },
      ],
    });
    expect(found.message).toContain('F is selected 0.5 times as often as M (0.25 against 0.5');
  });

  it('does not flag what chance explains', async () => {
    const few = tableOf({ F: [7, 3, 22, 8], M: [9, 4, 20, 7] });
    const found = await judge(few, 'four_fifths', { column: 'sex' });
    expect(found).toMatchObject({ outcome: 'passed', message: expect.stringContaining('chance explains') });
  });
});

describe('group_performance', () => {
  it('holds the group that is served worst against the bound', async () => {
    const found = await judge(unequal, 'group_performance', { column: 'sex', metric: 'recall', min: 0.6 });
    expect(found).toMatchObject({
      outcome: 'failed',
      observed: { group: 'F', value: 0.5 },
      slices: [
        { name: 'F', passed: false },
        { name: 'M', value: 0.8 },
        { name: 'X', value: 0, passed: true },
      ],
    });
    // F: 30 of 40 right, M: 32 of 40.
    expect(await judge(unequal, 'group_performance', { column: 'sex', metric: 'accuracy', min: 0.75 })).toMatchObject({
      outcome: 'passed',
      message: expect.stringContaining('accuracy is worst for sex F: 0.75 (40 rows, 95 % interval 0.5'),
    });
    expect(await judge(unequal, 'group_performance', { column: 'sex', metric: 'false_positive_rate', max: 0.15 })).toMatchObject({
      outcome: 'failed',
      observed: { group: 'M', value: 0.2 },
    });
  });

  it('measures errors of numbers by group', async () => {
    const facts = someFacts({
      task: 'regression',
      candidate: aVersion(2, { labels: [] }),
      test: answerTable({ shop: ['a', 'a', 'b', 'b'], __target: [1, 2, 3, 4], __prediction: [1, 2, 5, 4] }),
    });
    expect(await judge(facts, 'group_performance', { column: 'shop', metric: 'mae', max: 0.5, min_group_rows: 1 })).toMatchObject({
      outcome: 'failed',
      observed: { group: 'b', value: 1, rows: 2 },
    });
    expect(await judge(facts, 'group_performance', { column: 'shop', metric: 'accuracy', min: 0.5 })).toMatchObject({ outcome: 'errored' });
    expect(await judge(facts, 'group_parity', { column: 'shop', max_difference: 0.5 })).toMatchObject({ outcome: 'errored' });
  });
});

describe('what cannot be judged', () => {
  it('is said, with what would be right', async () => {
    expect(await judge(someFacts(), 'group_parity', { column: 'sex', max_difference: 0.1 })).toMatchObject({ outcome: 'errored' });
    expect(await judge(unequal, 'group_parity', { column: 'gender', max_difference: 0.1 })).toMatchObject({
      outcome: 'errored',
      message: 'The test rows have no column gender; they have sex, age.',
    });
    expect(await judge(unequal, 'group_parity', { column: 'sex' })).toMatchObject({ outcome: 'errored' });
    expect(await judge(unequal, 'group_parity', { column: 'sex', max_difference: 0.1, min_group_rows: 41 })).toMatchObject({
      outcome: 'errored',
      message: expect.stringContaining('two are needed'),
    });
  });
});
