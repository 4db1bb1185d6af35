import { looseNumber, type ParityReport, type Signature } from '@crisol/contracts';
import type { VersionAnswers } from '../gates/version-scorer.js';
import type { ExpectedAnswers } from './read-samples.js';

/** Float32 keeps about seven digits; a port to another runtime may lose one or two of them. */
export const parityTolerance = 1e-5;
const shownExamples = 10;

type Output = ParityReport['outputs'][number];

/** How far the answers of a model are from those that were expected, output by output. */
export function compareAnswers(
  { predictions, probabilities }: VersionAnswers,
  expected: ExpectedAnswers,
  { labels }: Signature,
): ParityReport {
  const rows = predictions.length;
  const outputs: Output[] = [];
  if (expected.prediction)
    outputs.push(
      compareNumbers(
        'prediction',
        rows,
        1,
        (row) => expected.prediction?.[row] ?? Number.NaN,
        (row) => Number(predictions[row]),
      ),
    );
  if (expected.probabilities && labels)
    outputs.push(
      compareNumbers(
        'probabilities',
        rows,
        labels.length,
        (row, k) => expected.probabilities?.[row]?.[k] ?? Number.NaN,
        (row, k) => probabilities[k]?.[row] ?? Number.NaN,
      ),
    );
  if (expected.label) outputs.push(compareLabels(rows, expected.label, predictions));
  const isEqual = outputs.every(({ differingRows }) => differingRows === 0);
  return { rows, tolerance: parityTolerance, verdict: isEqual ? 'equal' : 'different', outputs };
}

function compareNumbers(
  output: 'prediction' | 'probabilities',
  rows: number,
  width: number,
  wanted: (row: number, k: number) => number,
  given: (row: number, k: number) => number,
): Output {
  let [worstAbsolute, worstRelative, differingRows] = [0, 0, 0];
  const examples: Output['examples'] = [];
  for (let row = 0; row < rows; row++) {
    let differs = false;
    for (let k = 0; k < width; k++) {
      const [right, got] = [wanted(row, k), given(row, k)];
      if (Object.is(right, got) || right === got) continue;
      const absolute = Math.abs(right - got);
      const relative = absolute / Math.abs(right);
      worstAbsolute = worse(worstAbsolute, absolute);
      worstRelative = worse(worstRelative, relative);
      if (absolute <= parityTolerance || relative <= parityTolerance) continue;
      if (!differs && examples.length < shownExamples) examples.push({ row, expected: looseNumber(right), got: looseNumber(got) });
      differs = true;
    }
    if (differs) differingRows++;
  }
  return { output, worstAbsolute: looseNumber(worstAbsolute), worstRelative: looseNumber(worstRelative), differingRows, examples };
}

/** NaN is worse than any number: nothing is known of the distance. */
function worse(before: number, now: number): number {
  return Number.isNaN(before) || now <= before ? before : now;
}

function compareLabels(rows: number, wanted: readonly string[], given: readonly (number | string)[]): Output {
  const differing = Array.from({ length: rows }, (_, row) => row).filter((row) => String(given[row]) !== wanted[row]);
  const examples = differing.slice(0, shownExamples).map((row) => ({ row, expected: wanted[row] ?? null, got: String(given[row]) }));
  return { output: 'label', worstAbsolute: null, worstRelative: null, differingRows: differing.length, examples };
}
