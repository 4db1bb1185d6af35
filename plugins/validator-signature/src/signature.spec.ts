import { describe, expect, it } from '@jest/globals';
import type { CallerFacts, CheckFinding, ModelFacts, SignatureColumn, VersionFacts } from '@crisol/plugin-api';
import { signatureValidator } from './signature.validator.js';

const input = (name: string, type: SignatureColumn['type'] = 'number', optional = false): SignatureColumn => ({ name, type, optional });
const aVersion = (version: number, inputs: readonly SignatureColumn[], more: Partial<VersionFacts> = {}): VersionFacts => ({
  version,
  inputs,
  outputs: ['probabilities'],
  labels: ['no', 'yes'],
  metrics: {},
  latency: null,
  sizeBytes: 1,
  ...more,
});
const aCaller = (caller: string, columns: Record<string, CallerFacts['columns'][number]['type']>, requests = 100): CallerFacts => ({
  caller,
  columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
  requests,
  lastSeen: 0,
});
const facts = (candidate: VersionFacts, more: Partial<ModelFacts> = {}): ModelFacts => ({
  model: 'churn',
  task: 'binary',
  candidate,
  incumbent: null,
  callers: [],
  test: null,
  ...more,
});
async function judge(about: ModelFacts, type: string, kwargs: Record<string, unknown> = {}): Promise<CheckFinding | undefined> {
  const found = await signatureValidator.judgeModel?.(about, [{ type, kwargs }], new AbortController().signal);
  return found?.[0];
}

describe('callers_compatible', () => {
  const shop = aCaller('shop', { amount: 'number', country: 'text' }, 900);
  const batch = aCaller('batch', { amount: 'number', country: 'text', when: 'text' }, 40);

  it('passes while every caller sends what is required, in a type that fits', async () => {
    const candidate = aVersion(2, [input('amount', 'integer'), input('country', 'text'), input('when', 'date', true)]);
    expect(await judge(facts(candidate, { callers: [shop, batch] }), 'callers_compatible')).toMatchObject({
      outcome: 'passed',
      message: 'What 2 callers sent in the last seven days is what version 2 takes.',
    });
  });

  it('names the callers that a new required input would break, the busiest first', async () => {
    const candidate = aVersion(2, [input('amount'), input('country', 'text'), input('when', 'timestamp')]);
    const found = await judge(facts(candidate, { callers: [batch, shop] }), 'callers_compatible');
    expect(found).toMatchObject({
      outcome: 'failed',
      message: '1 of 2 callers would break: shop does not send when, which is required.',
      slices: [
        { name: 'shop', rows: 900, value: 1, passed: false },
        { name: 'batch', rows: 40, value: 0, passed: true },
      ],
    });
  });

  it('sees types that clash, columns that are gone, and a caller of whom only some requests break', async () => {
    const candidate = aVersion(2, [input('amount', 'boolean'), input('country', 'text')]);
    const found = await judge(facts(candidate, { callers: [batch] }), 'callers_compatible');
    expect(found?.observed).toEqual([
      {
        caller: 'batch',
        faults: ['sends amount as number, and it is boolean', 'sends when, which the version does not take'],
        requests: 40,
      },
    ]);
    const sometimes = [aCaller('shop', { x: 'number' }, 30), aCaller('shop', {}, 10)];
    expect(await judge(facts(aVersion(2, [input('x')]), { callers: sometimes }), 'callers_compatible')).toMatchObject({
      outcome: 'failed',
      slices: [{ name: 'shop', rows: 40, value: 0.25, passed: false }],
    });
  });

  it('takes null for a missing value everywhere, and leaves out whom it is told to', async () => {
    const candidate = aVersion(2, [input('amount', 'text')]);
    expect(await judge(facts(candidate, { callers: [aCaller('a', { amount: 'null' })] }), 'callers_compatible')).toMatchObject({
      outcome: 'passed',
    });
    expect(await judge(facts(candidate, { callers: [shop] }), 'callers_compatible', { ignore_callers: ['shop'] })).toMatchObject({
      outcome: 'passed',
    });
    expect(await judge(facts(candidate, { callers: [shop] }), 'callers_compatible', { min_requests: 901 })).toMatchObject({
      outcome: 'passed',
      message: expect.stringContaining('Nobody'),
    });
  });
});

describe('signature_kept', () => {
  const former = aVersion(1, [input('amount', 'integer'), input('country', 'text', true)]);
  it('lets a signature grow wider', async () => {
    const candidate = aVersion(2, [input('amount', 'number', true), input('country', 'text', true), input('extra', 'text', true)], {
      labels: ['no', 'yes', 'maybe'],
    });
    expect(await judge(facts(candidate, { incumbent: former }), 'signature_kept')).toMatchObject({
      outcome: 'passed',
      message: 'Version 2 takes and gives what version 1 does. It knows 1 label more: maybe.',
    });
  });

  it('refuses what a caller or a reader would stumble over', async () => {
    const candidate = aVersion(2, [input('amount', 'text'), input('fresh'), input('country', 'text')], {
      outputs: ['label'],
      labels: ['no'],
    });
    const found = await judge(facts(candidate, { incumbent: former }), 'signature_kept');
    expect(found?.observed).toEqual([
      'the input amount was integer and is text',
      'the input fresh is new and required',
      'the input country could be left out and is required',
      'the output probabilities is gone',
      'the label yes is gone',
    ]);
    expect(found?.outcome).toBe('failed');
    expect(await judge(facts(aVersion(2, [input('country', 'text', true)]), { incumbent: former }), 'signature_kept')).toMatchObject({
      outcome: 'failed',
      observed: ['the input amount is gone'],
    });
    expect(
      await judge(facts(aVersion(2, former.inputs, { labels: ['no'] }), { incumbent: former }), 'signature_kept', { outputs: false }),
    ).toMatchObject({ outcome: 'passed' });
  });

  it('has nothing to keep before the first version', async () => {
    expect(await judge(facts(former), 'signature_kept')).toMatchObject({ outcome: 'passed' });
    expect(await judge(facts(former), 'nope')).toMatchObject({ outcome: 'errored' });
  });
});
