import { looseNumber, type ComparisonResult } from '@crisol/contracts';
import type { Figure } from './figures.js';
import { measureCandidates, plainFigures, takeScored } from './measure-candidates.js';
import type { ScoredRows, SliceColumn } from './scored-rows.js';
import { testPairs } from './test-pairs.js';
import { decidingTest } from './verdict.js';

type Slice = ComparisonResult['slices'][number];

/** Values shown of one column: the commonest. */
const mostValues = 20;
/** With fewer rows a slice is shown without a difference. */
const fewestRows = 30;
const resamples = 1_000;

/**
 * The deciding figure of each candidate by the values of columns, and how far the best other one is from the first there, with
 * a 95 % interval of its own: many slices are looked at, so one that stands out alone is a hint and no proof.
 */
export function sliceScores(rows: ScoredRows, slices: readonly SliceColumn[], metric: Figure, best: number | null): Slice[] {
  return slices.flatMap(({ column, codes, values }) => {
    const members = values.map((): number[] => []);
    for (const [row, code] of codes.entries()) members[code]?.push(row);
    const shown = values
      .map((value, code) => ({ value, rows: members[code] ?? [] }))
      .filter((slice) => slice.rows.length > 0)
      .sort((a, b) => b.rows.length - a.rows.length)
      .slice(0, mostValues);
    return shown.map((slice) => scoreSlice(takeScored(rows, Int32Array.from(slice.rows)), column, slice.value, metric, best));
  });
}

function scoreSlice(rows: ScoredRows, column: string, value: string, metric: Figure, best: number | null): Slice {
  const count = rows.truth.length;
  const scores = plainFigures(rows, metric.name).map((score) => (score === null ? null : looseNumber(score)));
  const none = { column, value, rows: count, scores, difference: null, low: null, high: null };
  const [first, other] = [rows.candidates[0], best === null ? undefined : rows.candidates[best]];
  if (!first || !other || count < fewestRows) return none;
  const two = { ...rows, candidates: [first, other] };
  const test = decidingTest(metric, count);
  const measured = test === 'paired_bootstrap' ? measureCandidates(two, { resamples }) : null;
  const pairs = testPairs(two, measured, metric, [noFolds, noFolds], 1);
  const found = pairs.find((pair) => pair.test === test);
  if (!found || found.difference === null || found.low === null || found.high === null) return none;
  return { ...none, difference: looseNumber(found.difference), low: looseNumber(found.low), high: looseNumber(found.high) };
}

const noFolds = { key: null, folds: [] };
