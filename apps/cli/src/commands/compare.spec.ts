import { describe, expect, it } from '@jest/globals';
import type { World } from '../command.js';
import { runCli } from '../run-cli.js';
import { parseCandidate } from './compare.js';

const sentence = 'churn v4 is better than churn v3 by 0.8 ± 0.3 AUC points; 212 of 40,118 decisions change.';
const metric = (candidate: number, value: number) => ({
  candidate,
  metric: 'auc',
  value,
  low: value - 0.01,
  high: value + 0.01,
  rows: 40_118,
});
const comparison = {
  id: 'cmp_1',
  candidates: [{ label: 'churn v3' }, { label: 'churn v4' }],
  result: {
    sentence,
    metric: 'auc',
    metrics: [metric(0, 0.9), metric(1, 0.908)],
    pairs: [{ test: 'delong', metric: 'auc', difference: 0.008, low: 0.005, high: 0.011, pAdjusted: 0.0001 }],
    testSets: [{ dataset: 'churn-test', version: 2, rows: 40_118, note: 'Only rows that were kept out of training.' }],
    notes: [],
  },
};
const job = (state: string, outputs: object = {}) => ({
  id: 'job_1',
  kind: 'models.compare',
  state,
  progress: { ratio: 0, step: '', message: 'Scoring' },
  error: state === 'failed' ? { code: 'validation_failed', title: 'No', detail: 'The column age is text there.' } : null,
  outputs,
});

async function crisol(line: string, answers: object[]) {
  const ran = { stdout: '', stderr: '', calls: [] as { path: string; body: unknown }[] };
  const world: World = {
    environment: { CRISOL_API_KEY: 'crs_test' },
    stdout: { write: (text) => (ran.stdout += text) },
    stderr: { write: (text) => (ran.stderr += text) },
    signal: new AbortController().signal,
    readStdin: async () => '',
    fetch: async (input, init) => {
      ran.calls.push({ path: new URL(String(input)).pathname, body: typeof init?.body === 'string' ? JSON.parse(init.body) : null });
      return Response.json(answers.shift());
    },
  };
  return { code: await runCli(line.split(' '), world), ...ran };
}

describe('models compare', () => {
  it('takes versions by number and alias, and runs by either id', () => {
    expect(parseCandidate('churn@4')).toEqual({ model: 'churn', version: 4 });
    expect(parseCandidate('churn@champion')).toEqual({ model: 'churn', version: '@champion' });
    expect(parseCandidate('0192000000007000800000000000000a')).toEqual({ run: '0192000000007000800000000000000a' });
    expect(parseCandidate('run_01j8000000e008000000000001')).toEqual({ run: 'run_01j8000000e008000000000001' });
    expect(() => parseCandidate('churn')).toThrow('MODEL@VERSION');
  });

  it('starts the comparison, waits for it and prints the sentence with its figures', async () => {
    const line = 'models compare churn@3 churn@champion --dataset churn-test@2 --smallest-effect 0.002';
    const { code, stdout, calls } = await crisol(line, [job('queued'), job('succeeded', { comparison: 'cmp_1' }), comparison]);
    expect(code).toBe(0);
    expect(calls[0]).toMatchObject({
      path: '/api/v1/comparisons',
      body: {
        candidates: [
          { model: 'churn', version: 3 },
          { model: 'churn', version: '@champion' },
        ],
        datasets: [{ dataset: 'churn-test', version: 2 }],
        smallestEffect: 0.002,
      },
    });
    expect(calls.map(({ path }) => path)).toEqual(['/api/v1/comparisons', '/api/v1/jobs/job_1/wait', '/api/v1/comparisons/cmp_1']);
    expect(stdout).toContain(sentence);
    expect(stdout).toContain('0.9 (0.89 to 0.91)');
    expect(stdout).toMatch(/delong +0\.008 +0\.005 to 0\.011 +0\.0001/);
    expect(stdout).toContain('churn-test v2: 40118 rows. Only rows that were kept out of training.');
  });

  it('gives the whole comparison as JSON, and 6 when its job failed', async () => {
    const found = await crisol('models compare churn@3 churn@4 --json', [
      job('queued'),
      job('succeeded', { comparison: 'cmp_1' }),
      comparison,
    ]);
    expect(JSON.parse(found.stdout)).toMatchObject({ id: 'cmp_1', result: { sentence } });
    const failed = await crisol('models compare churn@3 churn@4', [job('queued'), job('failed')]);
    expect(failed.code).toBe(6);
    expect(failed.stderr).toContain('The column age is text there.');
    expect((await crisol('models compare churn@3', [])).code).toBe(2);
  });
});
