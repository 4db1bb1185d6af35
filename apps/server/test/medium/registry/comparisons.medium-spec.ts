import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Comparison, ComparisonPage, ComparisonResult, Job, ModelVersion, Problem, Signature } from '@crisol/contracts';
import { DataType, encodeModel, GraphBuilder } from '@crisol/onnx';
import { readFileSync } from 'node:fs';
import { GateWorld } from './gate-world.js';

jest.setTimeout(180_000);

/** Figures of scikit-learn for labels and scores that stand beside them. */
interface Golden {
  readonly binary: { readonly truth: number[]; readonly scores: number[]; readonly plain: Record<string, number> };
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../../../../../libs/statistics/test/golden/model-comparison.json', import.meta.url), 'utf8'),
);

let world: GateWorld;
let versions: ModelVersion[];
let key = 0;
beforeAll(async () => {
  world = await GateWorld.open();
  await world.makeDataset('churn', 1_200);
  // Version 1 sees little, version 2 sees what matters, version 3 has only folds.
  versions = [
    await world.train({ dataset: 'churn', columns: ['weak'] }),
    await world.train({ dataset: 'churn', columns: ['weak', 'strong'] }),
    await world.train({ dataset: 'churn', columns: ['weak', 'strong', 'sex'], split: { kind: 'kfold', folds: 5, seed: 1 } }),
    await world.train({ dataset: 'churn', columns: ['weak'], split: { kind: 'kfold', folds: 5, seed: 1 } }),
  ];
}, 180_000);
afterAll(() => world?.close(), 60_000);

const version = (number: number | string, model = 'churn') => ({ model, version: number });
const start = (body: object) => world.ask<Job & Problem>('POST', 'comparisons', body, { 'idempotency-key': `compare-${key++}` });

async function compare(body: object): Promise<Comparison & { result: ComparisonResult }> {
  const started = await start(body);
  if (started.status !== 202) throw new Error(JSON.stringify(started.body));
  const job = await world.finished(started.body);
  if (job.state !== 'succeeded') throw new Error(JSON.stringify(job.error));
  const { body: found } = await world.ask<Comparison>('GET', `comparisons/${job.outputs['comparison']}`);
  if (!found.result) throw new Error('There is no result.');
  return { ...found, result: found.result };
}

describe('a comparison of two versions', () => {
  it('scores both on the rows that their training kept out, and says which is better by how much', async () => {
    const found = await compare({ candidates: [version(1), version(2)] });
    const { result } = found;
    expect(found).toMatchObject({
      state: 'finished',
      candidates: [
        { label: 'churn v1', version: 1 },
        { label: 'churn v2', version: 2 },
      ],
    });
    expect(result.testSets).toEqual([
      { dataset: 'churn', version: 1, rows: 240, note: 'Only rows that were kept out of training: 240 of 1,200.' },
    ]);
    expect(result).toMatchObject({ verdict: 'better', best: 1, task: 'binary', metric: 'auc', higherIsBetter: true, notes: [] });
    expect(result.sentence).toMatch(/^churn v2 is better than churn v1 by \d+\.\d ± \d+\.\d AUC points; \d+ of 240 decisions change\.$/);
    // What the trainings measured on the same rows.
    for (const [candidate, { metrics }] of versions.slice(0, 2).entries())
      for (const name of ['auc', 'accuracy', 'f1', 'logLoss', 'brier', 'ece', 'averagePrecision', 'mcc']) {
        const own = result.metrics.find((metric) => metric.candidate === candidate && metric.metric === name);
        expect([name, own?.value]).toEqual([name, expect.closeTo(Number(metrics[name]), 5)]);
        expect(Number(own?.low)).toBeLessThanOrEqual(Number(own?.value));
        expect(Number(own?.high)).toBeGreaterThanOrEqual(Number(own?.value));
      }
    expect(result.pairs.map(({ test, metric }) => `${test} ${metric}`)).toEqual(['delong auc', 'mcnemar accuracy', 'paired_bootstrap auc']);
    expect(result.slices.map(({ column, value }) => `${column} ${value}`).sort()).toEqual(['sex F', 'sex M']);
    expect(result.slices.reduce((sum, { rows }) => sum + rows, 0)).toBe(240);
  });

  it('shows the rows that they disagree on, the widest apart first, and curves that fit each other', async () => {
    const { result } = await compare({ candidates: [version(1), version(2)] });
    const { disagreements, curves } = result;
    const gaps = disagreements.examples.map(({ scores }) => Math.abs(Number(scores[0]) - Number(scores[1])));
    expect(gaps).toEqual(gaps.toSorted((a, b) => b - a));
    expect(disagreements.examples.length).toBe(Math.min(200, disagreements.total));
    expect(disagreements.examples.every(({ predictions }) => predictions[0] !== predictions[1])).toBe(true);
    expect(disagreements.columns).toEqual(['weak', 'strong']);
    const [example] = disagreements.examples;
    const { body } = await world.ask<{ rows: unknown[][]; columns: { name: string }[] }>(
      'GET',
      `datasets/churn/versions/1/rows?offset=${example?.row}&limit=1`,
    );
    const names = body.columns.map(({ name }) => name);
    expect(['weak', 'strong'].map((name) => body.rows[0]?.[names.indexOf(name)])).toEqual(example?.values);
    expect(String(body.rows[0]?.[names.indexOf('y')])).toBe(String(example?.actual));
    for (const { roc, precisionRecall, lift, calibration, confusion } of curves) {
      for (const curve of [roc, precisionRecall, lift]) expect(curve?.x.length).toBeLessThanOrEqual(200);
      expect(calibration).toHaveLength(10);
      expect(confusion?.counts.flat().reduce((sum, count) => sum + count, 0)).toBe(240);
    }
  });

  it('is found again in lists, without its rows, and keeps rows from those who may not read data', async () => {
    const { id } = await compare({ candidates: [version('@nobody-has-it', 'churn'), version(2)] }).catch(() => ({ id: '' }));
    expect(id).toBe('');
    const { body } = await world.ask<ComparisonPage>('GET', 'comparisons?model=churn&limit=1');
    expect(body.data).toHaveLength(1);
    expect(body.nextCursor).not.toBeNull();
    expect(body.data[0]?.result).toMatchObject({ curves: [], slices: [], disagreements: { examples: [] } });
    const next = await world.ask<ComparisonPage>('GET', `comparisons?model=churn&limit=1&cursor=${body.nextCursor}`);
    expect(next.body.data[0]?.id).not.toBe(body.data[0]?.id);
    const blind = await world.serving.key(['models:read', 'models:write']);
    const seen = await world.serving.get<Comparison>(`comparisons/${body.data[0]?.id}`, blind);
    expect(seen.body.result?.disagreements.total).toBeGreaterThan(0);
    expect(seen.body.result?.disagreements.examples).toEqual([]);
    expect(await world.serving.post('comparisons', { candidates: [version(1), version(2)] }, blind)).toMatchObject({
      status: 403,
      body: { code: 'missing_scope' },
    });
  });

  it('starts once under one Idempotency-Key', async () => {
    const body = { candidates: [version(1), version(2)] };
    const headers = { 'idempotency-key': 'compare-once' };
    const [one, two] = [
      await world.ask<Job>('POST', 'comparisons', body, headers),
      await world.ask<Job>('POST', 'comparisons', body, headers),
    ];
    expect([one.status, two.status, two.body.id]).toEqual([202, 202, one.body.id]);
    await world.finished(one.body);
  });
});

describe('candidates that cannot simply be compared', () => {
  it('say over their folds what they cannot say over rows', async () => {
    const { result } = await compare({ candidates: [version(4), version(3)] });
    expect(result).toMatchObject({ verdict: 'better', testSets: [], pairs: [{ test: 'corrected_t', metric: 'auc' }] });
    expect(result.sentence).toMatch(/^churn v3 is better than churn v4 by .* over 5 folds\.$/);
  });

  it('are told apart from those that have learnt from the rows', async () => {
    const { result } = await compare({ candidates: [version(2), version(3)], datasets: [{ dataset: 'churn' }] });
    expect(result.testSets[0]?.note).toContain('churn v3 was fitted on all of these rows after its folds');
    expect(result.sentence).toContain('churn v3 has, or may have, learnt from some of these rows');
  });

  it('are refused with a pointer and the reason', async () => {
    const cases: [object, string, string][] = [
      [{ candidates: [version(1), version(1)] }, '/candidates/1', 'among the candidates'],
      [{ candidates: [version(1), version(99)] }, '/candidates/1', 'no version 99'],
      [{ candidates: [version(3), version(1)] }, '/datasets', 'kept no rows out'],
      [{ candidates: [version(1), version(2)], metric: 'rmse' }, '/metric', 'not measured'],
      [{ candidates: [version(1), version(2)], slices: ['age'] }, '/slices/0', 'none of the data sets'],
    ];
    for (const [body, pointer, message] of cases) {
      const refused = await start(body);
      expect([refused.status >= 400, refused.body.errors?.[0]?.pointer]).toEqual([true, pointer]);
      expect(refused.body.errors?.[0]?.message).toContain(message);
    }
    await upload('narrow', 'weak,y\na,yes\nb,no\n');
    const refused = await start({ candidates: [version(1), version(2)], datasets: [{ dataset: 'narrow' }] });
    expect(refused.body.detail).toContain(
      'churn v1 cannot be scored on narrow v1: the column weak is text there and the model takes number',
    );
    await upload('short', 'weak,y\n1,yes\n2,no\n');
    const short = await start({ candidates: [version(1), version(2)], datasets: [{ dataset: 'short' }] });
    expect(short.body.detail).toContain('churn v2 cannot be scored on short v1: it has no column strong');
  });

  it('are runs too, and one that was cancelled says so', async () => {
    const { result, candidates } = await compare({ candidates: [version(1), { run: versions[1]?.run }] });
    expect(candidates[1]).toMatchObject({ run: versions[1]?.run, version: 2 });
    expect(result.verdict).toBe('better');
    const started = await start({ candidates: [version(1), version(2)], datasets: [{ dataset: 'churn' }] });
    await world.ask('POST', `jobs/${started.body.id}/cancel`);
    const job = await world.finished(started.body);
    const { body } = await world.ask<Comparison>('GET', `comparisons/${String(job.input['comparison'])}`);
    expect(body).toMatchObject({ state: 'failed', error: 'It was cancelled.', result: null });
  });
});

describe('figures of a comparison', () => {
  it('are those of scikit-learn, on models whose answers are columns of the data', async () => {
    const { truth, scores, plain } = golden.binary;
    const rows = truth.map((label, row) => `${scores[row]},${1 - (scores[row] ?? 0)},${label}`);
    await upload('scored', `score,other,truth\n${rows.join('\n')}\n`);
    await world.serving.admit('mirror', mirrorOf('score'), mirrorSignature('score'));
    await world.serving.admit('mirror', mirrorOf('other'), mirrorSignature('other'));
    const { result } = await compare({ candidates: [version(1, 'mirror'), version(2, 'mirror')], datasets: [{ dataset: 'scored' }] });
    for (const [name, expected] of Object.entries(plain)) {
      const own = result.metrics.find(({ candidate, metric }) => candidate === 0 && metric === name);
      expect([name, own?.value]).toEqual([name, expect.closeTo(expected, 6)]);
    }
    // The mirror image ranks the other way round.
    expect(result.metrics.find(({ candidate, metric }) => candidate === 1 && metric === 'auc')?.value).toBeCloseTo(
      1 - (plain['auc'] ?? 0),
      6,
    );
    expect(result).toMatchObject({ verdict: 'worse', testSets: [{ rows: 120 }] });
    expect(result.testSets[0]?.note).toContain('What mirror v1 has learnt from is not known.');
  });
});

async function upload(name: string, csv: string): Promise<void> {
  const form = new FormData();
  form.append('file', new File([csv], `${name}.csv`));
  form.append('name', name);
  const { body } = await world.ask<Job>('POST', 'datasets', form);
  const job = await world.finished(body);
  if (job.state !== 'succeeded') throw new Error(JSON.stringify(job.error));
}

/** A model whose probability of 1 is a column. */
function mirrorOf(column: string): Uint8Array {
  const graph = new GraphBuilder('mirror');
  const x = graph.input(column, DataType.FLOAT, ['N', 1]);
  const rest = graph.add('Sub', [graph.constant(Float32Array.of(1), [1]), x]);
  graph.output(graph.add('Concat', [rest, x], { axis: 1n }), 'probabilities', DataType.FLOAT, ['N', 2]);
  return encodeModel(graph.model());
}

const mirrorSignature = (column: string): Signature => ({
  task: 'binary',
  inputs: [{ name: column, type: 'number', nullable: false, example: 0.5 }],
  target: 'truth',
  labels: ['0', '1'],
});
