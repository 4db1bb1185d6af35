import { describe, expect, it } from '@jest/globals';
import type { Signature, SignatureColumn } from '@crisol/contracts';
import { signatureChanges } from './signature-changes.js';

const x: SignatureColumn = { name: 'x', type: 'number', nullable: false };
const of = (inputs: SignatureColumn[], more: Partial<Signature> = {}): Signature => ({
  task: 'binary',
  inputs,
  target: 'y',
  labels: ['a', 'b'],
  ...more,
});
const told = (before: Signature | null, after: Signature | null) =>
  signatureChanges(before, after).map(({ column, change, breaking }) => `${column} ${change}${breaking ? ' breaks' : ''}`);

describe(signatureChanges.name, () => {
  it('finds none between signatures that are the same, or where one is not known', () => {
    expect(told(of([x]), of([x]))).toEqual([]);
    expect(told(null, of([x]))).toEqual([]);
    expect(told(of([x]), null)).toEqual([]);
  });

  it('breaks whoever sends a column that is gone, or does not send one that is new', () => {
    expect(told(of([x]), of([{ ...x, name: 'z' }]))).toEqual(['x removed breaks', 'z added breaks']);
    expect(told(of([x]), of([x, { ...x, name: 'z', nullable: true }]))).toEqual(['z added']);
  });

  it('lets a type grow wider, and not narrower', () => {
    expect(told(of([{ ...x, type: 'integer' }]), of([x]))).toEqual(['x changed']);
    expect(told(of([x]), of([{ ...x, type: 'integer' }]))).toEqual(['x changed breaks']);
    expect(told(of([x]), of([{ ...x, type: 'text' }]))).toEqual(['x changed breaks']);
  });

  it('breaks whoever leaves out what must be sent now', () => {
    expect(told(of([{ ...x, nullable: true }]), of([x]))).toEqual(['x changed breaks']);
    expect(told(of([x]), of([{ ...x, nullable: true }]))).toEqual(['x changed']);
  });

  it('looks at the answers too', () => {
    expect(told(of([x]), of([x], { labels: ['b', 'c'] }))).toEqual(['y removed breaks', 'y added']);
    expect(told(of([x]), of([x], { task: 'regression', labels: null }))).toEqual(['y changed breaks']);
  });
});
