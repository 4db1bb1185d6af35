import { describe, expect, it } from '@jest/globals';
import { limitsOf, type Known } from './limits.js';

const report = { steps: [], reasons: [], latency: [], operators: [], memoryBytes: null };
const trained: Known = {
  version: { number: 2, signature: { task: 'binary', target: 'y', labels: ['a', 'b'], inputs: [] }, runId: 'run_1', datasetVersion: null },
  admission: { state: 'admitted', report },
  verdicts: [{ gateName: 'fair', findings: [], facts: {} }],
};
const check = { type: 'group_parity', kwargs: {}, severity: 'critical' as const };

describe(limitsOf.name, () => {
  it('knows none of a version that passed everything', () => {
    expect(
      limitsOf({ ...trained, verdicts: [{ gateName: 'fair', facts: {}, findings: [{ check, outcome: 'passed', message: 'ok' }] }] }),
    ).toEqual([]);
  });

  it('tells checks that failed, warned or could not be run', () => {
    const findings = [
      { check, outcome: 'failed' as const, message: 'F is 0.2 below M.' },
      { check: { ...check, severity: 'warning' as const }, outcome: 'errored' as const, message: 'no rows' },
    ];
    expect(limitsOf({ ...trained, verdicts: [{ gateName: 'fair', findings, facts: {} }] })).toEqual([
      'group_parity of gate fair failed: F is 0.2 below M.',
      'group_parity of gate fair could not be run, a warning: no rows',
    ]);
  });

  it('tells slices of few rows, and that test rows are missing', () => {
    const slices = [
      { name: 'M', rows: 400, value: 0.9, passed: true },
      { name: 'X', rows: 3, value: 1, passed: true },
    ];
    const facts = { testRows: null, notes: ['There are no test rows.', 'No version has held the alias yet.'] };
    expect(
      limitsOf({ ...trained, verdicts: [{ gateName: 'fair', findings: [{ check, outcome: 'passed', message: '', slices }], facts }] }),
    ).toEqual([
      'group_parity of gate fair saw fewer than 30 rows of X (3): what it says of them is mostly chance.',
      'There are no test rows.',
    ]);
  });

  it('tells what nobody knows of a version that was brought and never judged', () => {
    const version = { number: 1, signature: null, runId: null, datasetVersion: null };
    expect(limitsOf({ version, admission: { state: 'stored', report }, verdicts: [] })).toEqual([
      'It has no ONNX file: it is kept and given back, and cannot serve here.',
      'No gate has judged it, so nothing is known of its slices or of its fairness.',
      'It was not trained here: neither its data nor rows that it has not seen are known.',
      'Its signature is not known, so what it takes is not checked.',
    ]);
  });

  it('tells where training ended', () => {
    const inputs = [
      { name: 'age', type: 'number' as const, nullable: false, min: 18, max: 70 },
      { name: 'sex', type: 'text' as const, nullable: false, levels: ['F', 'M'] },
    ];
    const version = { ...trained.version, signature: { task: 'binary' as const, target: 'y', labels: null, inputs } };
    expect(limitsOf({ ...trained, version })).toEqual([
      'Values of sex that training did not see are taken as unseen.',
      'It was trained on age from 18 to 70; beyond that it guesses.',
    ]);
  });
});
