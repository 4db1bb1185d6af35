import type { Signature } from '@crisol/contracts';
import { describe, expect, it } from 'vitest';
import { signatureChanges } from './signature-changes';

const signature = (inputs: Signature['inputs']): Signature => ({ task: 'binary', inputs, target: 'y', labels: ['a', 'b'] });
const number = (name: string, nullable = true): Signature['inputs'][number] => ({ name, type: 'number', nullable });

describe(signatureChanges, () => {
  it('finds nothing between equal signatures', () => {
    expect(signatureChanges(signature([number('a')]), signature([number('a')]))).toEqual([]);
  });
  it('takes a new column as breaking only when it must be given', () => {
    expect(signatureChanges(signature([]), signature([number('a'), number('b', false)]))).toEqual([
      { column: 'a', kind: 'added', breaking: false },
      { column: 'b', kind: 'added', breaking: true },
    ]);
  });
  it('takes a column that is gone as breaking, since callers still send it', () => {
    expect(signatureChanges(signature([number('a')]), signature([]))).toEqual([{ column: 'a', kind: 'removed', breaking: true }]);
  });
  it('lets an integer become a number but not the reverse', () => {
    const integer = signature([{ name: 'a', type: 'integer', nullable: true }]);
    expect(signatureChanges(integer, signature([number('a')]))[0]?.breaking).toBe(false);
    expect(signatureChanges(signature([number('a')]), integer)[0]?.breaking).toBe(true);
  });
});
