import type { Run } from '@crisol/contracts';
import { describe, expect, it } from 'vitest';
import { compareRows } from './compare-rows';

const summary = (last: number | 'NaN', max = last): Run['metrics'][string] => ({ last, min: last, max, step: 1, count: 1 });
const run = (id: string, metrics: Run['metrics'], params: Record<string, string>, tags: Record<string, string> = {}): Run => ({
  id,
  name: id,
  mlflowId: id,
  experiment: { id: 'exp_1', name: 'e', number: 1 },
  state: 'succeeded',
  lifecycle: 'active',
  deletedAt: null,
  removedAfter: null,
  description: '',
  user: '',
  parent: null,
  source: 'client',
  job: null,
  datasetVersion: null,
  modelVersion: null,
  params,
  metrics,
  evaluation: null,
  inputs: [],
  loggedModels: [],
  artifactUri: '',
  startedAt: null,
  finishedAt: null,
  tags,
  createdAt: '2026-01-01T00:00:00Z',
  createdBy: null,
  updatedAt: '2026-01-01T00:00:00Z',
  revision: 1,
});
const rows = compareRows([
  run('a', { auc: summary(0.8, 0.95), loss: summary(0.4), same: summary(1), odd: summary('NaN') }, { depth: '4', seed: '1' }),
  run('b', { auc: summary(0.9), loss: summary(0.5), same: summary(1) }, { depth: '4' }, { team: 'x' }),
]);
const rowOf = (name: string, of = rows) => of.find((row) => row.name === name);

describe(compareRows, () => {
  it('marks the best value: the greatest score, the least loss', () => {
    expect(rowOf('auc')?.best).toBe(1);
    expect(rowOf('loss')?.best).toBe(0);
  });
  it('marks none when all are equal, or when only one run has a number', () => {
    expect(rowOf('same')?.best).toBeNull();
    expect(rowOf('odd')?.best).toBeNull();
  });
  it('compares other aggregates when asked to', () => {
    const runs = [run('a', { auc: summary(0.8, 0.95) }, {}), run('b', { auc: summary(0.9) }, {})];
    expect(rowOf('auc', compareRows(runs, 'max'))?.best).toBe(0);
  });
  it('takes a missing value for a difference', () => {
    expect(rowOf('depth')?.differs).toBe(false);
    expect(rowOf('seed')).toMatchObject({ differs: true, values: ['1', null] });
    expect(rowOf('team')).toMatchObject({ kind: 'tags', values: [null, 'x'], differs: true });
  });
});
