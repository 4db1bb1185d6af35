import { describe, expect, it } from '@jest/globals';
import type { CheckFinding, ModelFacts } from '@crisol/plugin-api';
import { mulberry32 } from '@crisol/statistics';
import { answerTable, aVersion, someFacts } from '../test/answer-table.js';
import { metricGateValidator } from './metric-gate.validator.js';

const signal = new AbortController().signal;
async function judge(facts: ModelFacts, ...checks: [type: string, kwargs: Record<string, unknown>][]): Promise<readonly CheckFinding[]> {
  return (
    (await metricGateValidator.judgeModel?.(
      facts,
      checks.map(([type, kwargs]) => ({ type, kwargs })),
      signal,
    )) ?? []
  );
}
const one = async (facts: ModelFacts, type: string, kwargs: Record<string, unknown>): Promise<CheckFinding> => {
  const [finding] = await judge(facts, [type, kwargs]);
  if (!finding) throw new Error('no finding');
  return finding;
};

/** Set M: three uniform numbers a row from seed 61; the truth is c < a, A scores by a, B by (a + b)/2. */
const random = mulberry32(61);
const rows = Array.from({ length: 200 }, () => {
  const [a, b, c] = [random(), random(), random()];
  return { a, mixed: a / 2 + b / 2, y: c < a ? 'yes' : 'no' };
});
const label = (score: number): string => (score >= 0.5 ? 'yes' : 'no');
function binaryFacts(own: 'a' | 'mixed', other: 'a' | 'mixed'): ModelFacts {
  return someFacts({
    test: answerTable({
      __target: rows.map((row) => row.y),
      __prediction: rows.map((row) => label(row[own])),
      __probability_0: rows.map((row) => 1 - row[own]),
      __probability_1: rows.map((row) => row[own]),
      __incumbent_prediction: rows.map((row) => label(row[other])),
      __incumbent_probability_0: rows.map((row) => 1 - row[other]),
      __incumbent_probability_1: rows.map((row) => row[other]),
    }),
  });
}

describe('metric_change', () => {
  it("passes a version whose AUC is better beyond chance, with DeLong's figures", async () => {
    const found = await one(binaryFacts('a', 'mixed'), 'metric_change', { metric: 'roc_auc' });
    expect(found).toMatchObject({ outcome: 'passed', observed: { method: 'DeLong', rows: 200 } });
    expect(found.message).toBe(
      "roc_auc 0.827 is 0.109 better than version 3's 0.718 (95 % interval 0.046 to 0.171, p 0.00062 by DeLong, 200 test rows); asked is at least 0 better, beyond chance.",
    );
  });

  it('refuses the same step back, and a step that is not as great as asked', async () => {
    expect(await one(binaryFacts('mixed', 'a'), 'metric_change', { metric: 'auc' })).toMatchObject({ outcome: 'failed' });
    expect((await one(binaryFacts('mixed', 'a'), 'metric_change', { metric: 'auc' })).message).toContain('0.109 worse than');
    expect(await one(binaryFacts('a', 'mixed'), 'metric_change', { metric: 'auc', min_change: 0.05 })).toMatchObject({ outcome: 'failed' });
    expect(await one(binaryFacts('a', 'mixed'), 'metric_change', { metric: 'auc', min_change: 0.05, significance: false })).toMatchObject({
      outcome: 'passed',
    });
  });

  it('lets a version be no more than a little worse when that is what is asked', async () => {
    const same = binaryFacts('a', 'a');
    expect(await one(same, 'metric_change', { metric: 'roc_auc' })).toMatchObject({ outcome: 'failed' });
    expect(await one(same, 'metric_change', { metric: 'roc_auc', min_change: -0.01 })).toMatchObject({ outcome: 'passed' });
    expect(await one(binaryFacts('mixed', 'a'), 'metric_change', { metric: 'roc_auc', min_change: -0.01 })).toMatchObject({
      outcome: 'failed',
    });
  });

  it('compares accuracies by McNemar: 37 rows only A answers, 19 only B', async () => {
    const found = await one(binaryFacts('a', 'mixed'), 'metric_change', { metric: 'accuracy' });
    expect(found).toMatchObject({ outcome: 'passed', observed: { method: 'McNemar' } });
    expect((found.observed as { p: number }).p).toBeCloseTo(0.02310339380176, 12);
    expect((found.observed as { change: number }).change).toBeCloseTo(18 / 200, 12);
  });

  it('adjusts several changes of one gate together', async () => {
    const found = await judge(
      binaryFacts('a', 'mixed'),
      ['metric_change', { metric: 'roc_auc' }],
      ['metric_threshold', { metric: 'accuracy', min: 0.5 }],
      ['metric_change', { metric: 'accuracy' }],
      ['metric_change', { metric: 'f1', resamples: 300 }],
    );
    expect(found.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', expect.any(String), expect.any(String)]);
    expect((found[0]?.observed as { pAdjusted: number }).pAdjusted).toBeCloseTo(3 * 0.0006154197537747, 10);
    expect((found[2]?.observed as { pAdjusted: number }).pAdjusted).toBeGreaterThan(0.0231);
    expect(found[2]?.message).toContain('by Holm over 3 changes');
  });

  it('compares errors the right way round, the same for the same seed', async () => {
    const truth = Array.from({ length: 150 }, (_, i) => Math.sin(i));
    const next = mulberry32(5);
    const facts = someFacts({
      task: 'regression',
      candidate: aVersion(2, { labels: [] }),
      incumbent: aVersion(1, { labels: [] }),
      test: answerTable({
        __target: truth,
        __prediction: truth.map((value) => value + next() - 0.5),
        __incumbent_prediction: truth.map((value) => value + 3 * (next() - 0.5)),
      }),
    });
    const found = await one(facts, 'metric_change', { metric: 'rmse' });
    expect(found).toMatchObject({ outcome: 'passed', observed: { method: 'paired bootstrap' } });
    expect(found.message).toMatch(/^rmse 0\.2\d+ is 0\.\d+ better than version 1's 0\.8/);
    expect(await one(facts, 'metric_change', { metric: 'rmse' })).toEqual(found);
    expect(await one(facts, 'metric_change', { metric: 'rmse', seed: 2 })).not.toEqual(found);
  });

  it('passes with a note when nothing holds the alias yet', async () => {
    const found = await one({ ...binaryFacts('a', 'mixed'), incumbent: null }, 'metric_change', { metric: 'roc_auc' });
    expect(found).toMatchObject({ outcome: 'passed', message: expect.stringContaining('No version holds the alias yet') });
  });

  it('says what it cannot tell without test rows, or without the answers of the other', async () => {
    expect(await one(someFacts(), 'metric_change', { metric: 'roc_auc' })).toMatchObject({
      outcome: 'errored',
      message: expect.stringContaining('cannot be told'),
    });
    const recorded = someFacts({
      candidate: aVersion(4, { metrics: { logLoss: 0.3 } }),
      incumbent: aVersion(3, { metrics: { logLoss: 0.35 } }),
    });
    expect(await one(recorded, 'metric_change', { metric: 'log_loss', significance: false, min_change: 0.04 })).toMatchObject({
      outcome: 'passed',
      message: expect.stringContaining('each on its own rows'),
    });
    const alone = someFacts({ test: answerTable({ __target: ['no', 'yes'], __prediction: ['no', 'yes'] }) });
    expect(await one(alone, 'metric_change', { metric: 'accuracy' })).toMatchObject({ outcome: 'errored' });
  });

  it('reads an incumbent whose classes stand in another order, and takes an unknown class for wrong', async () => {
    const facts = someFacts({
      task: 'multiclass',
      candidate: aVersion(2, { labels: ['a', 'b', 'c'] }),
      incumbent: aVersion(1, { labels: ['c', 'a'] }),
      test: answerTable({
        __target: ['a', 'b', 'c', 'c'],
        __prediction: ['a', 'b', 'c', 'a'],
        __probability_0: [0.8, 0.1, 0.1, 0.8],
        __probability_1: [0.1, 0.8, 0.1, 0.1],
        __probability_2: [0.1, 0.1, 0.8, 0.1],
        __incumbent_prediction: ['a', 'zebra', 'c', 'c'],
        __incumbent_probability_0: [0.1, 0.5, 0.9, 0.9],
        __incumbent_probability_1: [0.9, 0.5, 0.1, 0.1],
      }),
    });
    expect(await one(facts, 'metric_change', { metric: 'accuracy', significance: false })).toMatchObject({
      outcome: 'passed',
      observed: { candidate: 0.75, incumbent: 0.75 },
    });
    // −(2·ln 0.9 + ln 0.9 + ln 2^-52)/4: the class that it does not know has no probability.
    const { observed } = await one(facts, 'metric_change', { metric: 'log_loss', significance: false });
    expect((observed as { incumbent: number }).incumbent).toBeCloseTo(-(3 * Math.log(0.9) + Math.log(2 ** -52)) / 4, 12);
  });
});

describe('metric_threshold', () => {
  const facts = binaryFacts('a', 'mixed');
  it('holds a metric against its bounds and shows its interval', async () => {
    const found = await one(facts, 'metric_threshold', { metric: 'roc_auc', min: 0.8 });
    expect(found).toMatchObject({ outcome: 'passed', observed: { rows: 200, source: 'test' } });
    expect(found.message).toMatch(/^roc_auc is 0\.827 on 200 test rows \(95 % interval 0\.76\d? to 0\.8\d+\); asked is at least 0\.8\.$/);
    expect(await one(facts, 'metric_threshold', { metric: 'roc_auc', min: 0.8, confident: true })).toMatchObject({ outcome: 'failed' });
    expect(await one(facts, 'metric_threshold', { metric: 'log_loss', max: 0.4 })).toMatchObject({ outcome: 'failed' });
    expect(await one(facts, 'metric_threshold', { metric: 'accuracy', min: 0.7, max: 0.9 })).toMatchObject({ outcome: 'passed' });
  });

  it('falls back on what the training recorded, and says so', async () => {
    const recorded = someFacts({ candidate: aVersion(4, { metrics: { auc: 0.9 } }) });
    expect(await one(recorded, 'metric_threshold', { metric: 'roc_auc', min: 0.8 })).toMatchObject({
      outcome: 'passed',
      observed: { source: 'recorded' },
    });
    expect(await one(recorded, 'metric_threshold', { metric: 'roc_auc', min: 0.8, confident: true })).toMatchObject({ outcome: 'errored' });
    expect(await one(recorded, 'metric_threshold', { metric: 'f1', min: 0.8 })).toMatchObject({ outcome: 'errored' });
  });

  it('names the metrics that there are', async () => {
    expect((await one(facts, 'metric_threshold', { metric: 'rmse', max: 1 })).message).toContain('roc_auc, average_precision, accuracy');
    expect((await one({ ...facts, task: 'clustering' }, 'metric_threshold', { metric: 'rmse', max: 1 })).outcome).toBe('errored');
  });
});

describe('the validator', () => {
  it('judges no tables, and stops when it is told to', async () => {
    const [found] = await metricGateValidator.validate(answerTable({}), [{ type: 'metric_change', kwargs: {} }], signal);
    expect(found).toMatchObject({ outcome: 'errored', message: expect.stringContaining('in a gate') });
    await expect(
      metricGateValidator.judgeModel?.(someFacts(), [{ type: 'metric_change', kwargs: { metric: 'auc' } }], AbortSignal.abort()),
    ).rejects.toThrow();
  });
});
