import type { Signature } from '@crisol/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../../shared/i18n/messages';
import { bestOf, columnOfVersion, rowsOf } from './compare-rows';
import { sampleVersion } from './testing/samples';

beforeAll(() => loadMessages('en', ['ui', 'comparison']));
const signature = (inputs: Signature['inputs']): Signature => ({ task: 'binary', inputs, target: 'churned', labels: ['no', 'yes'] });

describe(bestOf, () => {
  it('takes the highest, and the lowest of errors', () => {
    expect(bestOf('auc', [0.7, 0.9, 0.8])).toEqual([1]);
    expect(bestOf('rmse', [0.7, 0.9, 0.2])).toEqual([2]);
  });
  it('marks all that share the best value, and none where all are equal', () => {
    expect(bestOf('auc', [0.9, 0.7, 0.9])).toEqual([0, 2]);
    expect(bestOf('auc', [0.9, 0.9])).toEqual([]);
  });
  it('leaves out what is no number', () => {
    expect(bestOf('auc', [null, 'NaN', 0.5, undefined])).toEqual([]);
    expect(bestOf('auc', [null, 0.6, 0.5])).toEqual([1]);
  });
});

describe(rowsOf, () => {
  const versions = [
    sampleVersion(1, {
      metrics: { auc: 0.81, loss: 0.4 },
      params: { rounds: '60' },
      signature: signature([{ name: 'age', type: 'integer', nullable: true }]),
    }),
    sampleVersion(2, {
      metrics: { auc: 0.83 },
      params: { rounds: '60', depth: '4' },
      signature: signature([
        { name: 'age', type: 'number', nullable: true },
        { name: 'income', type: 'number', nullable: false },
      ]),
      tags: { team: 'risk' },
    }),
  ];
  // Not before the words are here.
  const rows = () => rowsOf(versions.map(columnOfVersion));
  const row = (id: string) => rows().find((entry) => entry.id === id);

  it('puts metrics first and marks the best one', () => {
    expect(rows()[0]?.section).toBe('metrics');
    expect(row('metrics:auc')).toMatchObject({ cells: ['0.81', '0.83'], best: [1], differs: true });
    expect(row('metrics:loss')).toMatchObject({ cells: ['0.4', '—'], best: [] });
  });
  it('knows which rows are the same everywhere', () => {
    expect(row('params:rounds')?.differs).toBe(false);
    expect(row('params:depth')).toMatchObject({ cells: ['—', '4'], differs: true });
    expect(row('tags:team')?.differs).toBe(true);
  });
  it('marks inputs that break callers of the first one, and only those', () => {
    expect(row('input:age')).toMatchObject({ differs: true, breaking: [] });
    expect(row('input:income')).toMatchObject({ cells: ['—', 'number, must be given'], breaking: [1] });
  });
  it('leaves out facts that nobody has', () => {
    expect(row('facts:origin')).toBeUndefined();
    expect(row('facts:modelType')?.cells).toEqual(['gradient-boosting', 'gradient-boosting']);
  });
});
