import { describe, expect, it } from '@jest/globals';
import type { Signature } from '@crisol/contracts';
import { InstanceEncoder } from './instance-encoder.js';

const signature: Signature = {
  task: 'binary',
  target: 'y',
  labels: ['no', 'yes'],
  inputs: [
    { name: 'amount', type: 'number', nullable: true },
    { name: 'count', type: 'integer', nullable: false },
    { name: 'member', type: 'boolean', nullable: false },
    { name: 'country', type: 'text', nullable: false, example: 'ES' },
    { name: 'since', type: 'date', nullable: true },
    { name: 'seen', type: 'timestamp', nullable: true },
  ],
};
const elements = ['float32', 'float32', 'float32', 'string', 'float64', 'float64'] as const;
const encoder = new InstanceEncoder(
  signature,
  signature.inputs.map((column, index) => ({ name: column.name, element: elements[index] ?? 'float32', columns: [index], rank: 2 })),
);
const whole = { amount: 1.5, count: 3, member: true, country: 'ES', since: '1970-01-11', seen: '1970-01-01T12:00:00Z' };

describe(InstanceEncoder.name, () => {
  it('writes each column into its tensor', () => {
    const encoded = encoder.encode([whole, { ...whole, country: null, amount: null }]);
    expect(encoded.faults).toEqual([undefined, undefined]);
    expect(encoded.feeds.map((feed) => [feed.name, [...feed.data], feed.shape])).toEqual([
      ['amount', [1.5, Number.NaN], [2, 1]],
      ['count', [3, 3], [2, 1]],
      ['member', [1, 1], [2, 1]],
      ['country', ['ES', ''], [2, 1]],
      ['since', [10, 10], [2, 1]],
      ['seen', [0.5, 0.5], [2, 1]],
    ]);
  });

  it.each([
    ['a text for a number', { ...whole, amount: '1.5' }, 'feature_type', 'amount'],
    ['a fraction for a whole number', { ...whole, count: 1.5 }, 'feature_type', 'count'],
    ['a number for a boolean', { ...whole, member: 1 }, 'feature_type', 'member'],
    ['a number for a text', { ...whole, country: 34 }, 'feature_type', 'country'],
    ['a day that does not exist', { ...whole, since: '2026-13-45' }, 'feature_type', 'since'],
    ['words for a time', { ...whole, seen: 'yesterday' }, 'feature_type', 'seen'],
    ['a column that is not there', { ...whole, wings: 2 }, 'feature_unknown', 'wings'],
    ['an inherited name as a column', { ...whole, constructor: 2 }, 'feature_unknown', 'constructor'],
    ['a left-out column that never had gaps', { ...whole, count: undefined }, 'feature_missing', 'count'],
  ])('names the column of %s', (_what, instance, code, column) => {
    expect(encoder.encode([instance]).faults[0]).toMatchObject({ code, column });
  });

  it('leaves bad rows out and keeps the order of the good ones', () => {
    const encoded = encoder.encode([
      { ...whole, count: 1 },
      { ...whole, count: 'x' },
      { ...whole, count: 2 },
    ]);
    expect(encoded.good).toEqual([0, 2]);
    expect([...(encoded.feeds[1]?.data ?? [])]).toEqual([1, 2]);
  });

  it('takes a left-out column that had gaps in training as missing', () => {
    const { amount: _amount, ...rest } = whole;
    expect(encoder.encode([rest]).faults[0]).toBeUndefined();
    expect([...(encoder.encode([rest]).feeds[0]?.data ?? [])]).toEqual([Number.NaN]);
  });

  it('puts several columns side by side into one tensor', () => {
    const wide = new InstanceEncoder({ ...signature, inputs: signature.inputs.slice(0, 2) }, [
      { name: 'x', element: 'float32', columns: [0, 1], rank: 2 },
    ]);
    const [feed] = wide.encode([
      { amount: 1, count: 2 },
      { amount: 3, count: 4 },
    ]).feeds;
    expect([[...(feed?.data ?? [])], feed?.shape]).toEqual([
      [1, 2, 3, 4],
      [2, 2],
    ]);
  });
});
