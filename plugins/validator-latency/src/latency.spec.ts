import { describe, expect, it } from '@jest/globals';
import type { CheckFinding, ModelFacts, VersionFacts } from '@crisol/plugin-api';
import { latencyValidator } from './latency.validator.js';

const aVersion = (version: number, p50Ms: number, p99Ms: number, more: Partial<VersionFacts> = {}): VersionFacts => ({
  version,
  inputs: [],
  outputs: ['prediction'],
  labels: [],
  metrics: {},
  latency: { rows: 1, p50Ms, p99Ms },
  sizeBytes: 3 * 1024 * 1024,
  ...more,
});
const facts = (candidate: VersionFacts, incumbent: VersionFacts | null = null): ModelFacts => ({
  model: 'churn',
  task: 'regression',
  candidate,
  incumbent,
  callers: [],
  test: null,
});
async function judge(about: ModelFacts, type: string, kwargs: Record<string, unknown>): Promise<CheckFinding | undefined> {
  const found = await latencyValidator.judgeModel?.(about, [{ type, kwargs }], new AbortController().signal);
  return found?.[0];
}

describe('latency_limit', () => {
  it('holds both percentiles against their limits', async () => {
    const about = facts(aVersion(2, 0.2, 0.9));
    expect(await judge(about, 'latency_limit', { p50_ms: 0.2, p99_ms: 1 })).toMatchObject({
      outcome: 'passed',
      message: 'A call of 1 row takes 0.2 ms at p50 (at most 0.2) and 0.9 ms at p99 (at most 1).',
    });
    expect(await judge(about, 'latency_limit', { p99_ms: 0.8 })).toMatchObject({ outcome: 'failed', observed: { p99Ms: 0.9 } });
    expect(await judge(about, 'latency_limit', {})).toMatchObject({ outcome: 'errored' });
    expect(await judge(facts(aVersion(2, 0, 0, { latency: null })), 'latency_limit', { p50_ms: 1 })).toMatchObject({ outcome: 'errored' });
  });
});

describe('size_limit', () => {
  it('counts the bytes of the file', async () => {
    expect(await judge(facts(aVersion(2, 1, 1)), 'size_limit', { max_bytes: 3 * 1024 * 1024 })).toMatchObject({
      outcome: 'passed',
      message: 'The file has 3 MiB; at most 3 MiB are asked.',
    });
    expect(await judge(facts(aVersion(2, 1, 1)), 'size_limit', { max_bytes: 1000 })).toMatchObject({ outcome: 'failed' });
  });
});

describe('latency_change', () => {
  it('fails a version that is slower than the champion by more than the factor', async () => {
    expect(await judge(facts(aVersion(2, 2, 4), aVersion(1, 1, 2)), 'latency_change', { max_factor: 1.5 })).toMatchObject({
      outcome: 'failed',
      message: 'A call takes 4 ms at p99, 2 times the 2 ms of version 1; at most 1.5 times are asked.',
    });
    expect(await judge(facts(aVersion(2, 2, 4), aVersion(1, 1, 2)), 'latency_change', { max_factor: 2 })).toMatchObject({
      outcome: 'passed',
    });
  });

  it('does not take noise below the grace for slowness', async () => {
    const about = facts(aVersion(2, 0.02, 0.09), aVersion(1, 0.01, 0.03));
    expect(await judge(about, 'latency_change', {})).toMatchObject({ outcome: 'passed', message: expect.stringContaining('noise') });
    expect(await judge(about, 'latency_change', { grace_ms: 0 })).toMatchObject({ outcome: 'failed' });
  });

  it('passes without a champion, and says when the two were not measured alike', async () => {
    expect(await judge(facts(aVersion(2, 2, 4)), 'latency_change', {})).toMatchObject({ outcome: 'passed' });
    const otherwise = aVersion(1, 1, 2, { latency: { rows: 32, p50Ms: 1, p99Ms: 2 } });
    expect(await judge(facts(aVersion(2, 2, 4), otherwise), 'latency_change', {})).toMatchObject({ outcome: 'errored' });
  });
});
