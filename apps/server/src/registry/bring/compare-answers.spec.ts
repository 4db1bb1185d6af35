import { describe, expect, it } from '@jest/globals';
import type { Signature } from '@crisol/contracts';
import { compareAnswers } from './compare-answers.js';

const regression: Signature = { task: 'regression', inputs: [], target: 'y', labels: null };
const binary: Signature = { task: 'binary', inputs: [], target: 'y', labels: ['no', 'yes'] };

describe(compareAnswers.name, () => {
  it('forgives what float32 loses, of small and of large numbers', () => {
    const report = compareAnswers({ predictions: [1.000001, 1_000_000.5], probabilities: [] }, { prediction: [1, 1_000_000] }, regression);
    expect(report).toMatchObject({ verdict: 'equal', rows: 2, outputs: [{ differingRows: 0, worstAbsolute: 0.5 }] });
  });

  it('counts the rows that differ, shows them, and says how far the worst is off', () => {
    const report = compareAnswers({ predictions: [1, 2, Number.NaN], probabilities: [] }, { prediction: [1, 4, 3] }, regression);
    expect(report).toMatchObject({
      verdict: 'different',
      outputs: [
        {
          output: 'prediction',
          differingRows: 2,
          worstAbsolute: 'NaN',
          examples: [
            { row: 1, expected: 4, got: 2 },
            { row: 2, expected: 3, got: 'NaN' },
          ],
        },
      ],
    });
  });

  it('compares each class of a row, and counts the row once', () => {
    const answers = { predictions: ['no'], probabilities: [Float64Array.of(0.6), Float64Array.of(0.4)] };
    expect(compareAnswers(answers, { probabilities: [[0.4, 0.6]] }, binary).outputs).toMatchObject([
      { output: 'probabilities', differingRows: 1, worstAbsolute: expect.closeTo(0.2), examples: [{ row: 0 }] },
    ]);
  });

  it('compares labels by their names', () => {
    const report = compareAnswers({ predictions: ['no', 'yes'], probabilities: [] }, { label: ['no', 'no'] }, binary);
    expect(report).toMatchObject({
      verdict: 'different',
      outputs: [{ output: 'label', differingRows: 1, examples: [{ row: 1, got: 'yes' }] }],
    });
  });
});
