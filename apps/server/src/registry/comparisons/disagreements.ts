import { looseNumber, type Column, type ComparisonResult } from '@crisol/contracts';
import { positiveScores, type CandidateAnswers, type CellOf, type ScoredRows } from './scored-rows.js';
import type { TableTools } from './table-tools.js';

type Disagreements = ComparisonResult['disagreements'];

const mostExamples = 200;
const mostColumns = 20;
/** Numbers that differ by less, relative to their size, are one prediction that two libraries rounded. */
const sameNumber = 1e-6;

/** Rows on which two candidates answer differently, the widest apart first. */
export interface Apart {
  readonly total: number;
  readonly rows: number;
  /** Places among the scored rows, at most 200. */
  readonly examples: readonly number[];
  /** Mean distance of predictions; null for classes. */
  readonly meanMove: number | null;
}

export function findApart(rows: ScoredRows, best: number): Apart {
  const [first, other] = [rows.candidates[0], rows.candidates[best]];
  const count = rows.truth.length;
  if (!first || !other || count === 0) return { total: 0, rows: count, examples: [], meanMove: null };
  const differing: { readonly row: number; readonly distance: number }[] = [];
  let moved = 0;
  for (let row = 0; row < count; row++) {
    const [one, two] = [first.predictions[row] ?? 0, other.predictions[row] ?? 0];
    if (rows.task === 'regression') {
      const distance = Math.abs(one - two);
      moved += distance;
      if (distance > sameNumber * Math.max(1, Math.abs(one), Math.abs(two))) differing.push({ row, distance });
    } else if (one !== two) differing.push({ row, distance: distanceOf(first, other, row) });
  }
  const examples = differing
    .sort((a, b) => b.distance - a.distance || a.row - b.row)
    .slice(0, mostExamples)
    .map(({ row }) => row);
  return { total: differing.length, rows: count, examples, meanMove: rows.task === 'regression' ? moved / count : null };
}

/** Half the sum of distances of probabilities; without them every pair of labels is as far apart as the next. */
function distanceOf(a: CandidateAnswers, b: CandidateAnswers, row: number): number {
  if (a.probabilities.length === 0 || b.probabilities.length === 0) return 1;
  let sum = 0;
  for (const [k, own] of a.probabilities.entries()) sum += Math.abs((own[row] ?? 0) - (b.probabilities[k]?.[row] ?? 0));
  return sum / 2;
}

export interface ExampleSource {
  readonly path: string;
  readonly dataset: string;
  readonly version: number;
  readonly columns: readonly Column[];
}

/** The rows themselves, with every candidate's answer and the columns that models lean on most. */
export async function describeApart(
  rows: ScoredRows,
  apart: Apart,
  sources: readonly ExampleSource[],
  wanted: readonly string[],
  { readRows }: Pick<TableTools, 'readRows'>,
): Promise<Disagreements> {
  const several = sources.length > 1;
  const columns = wanted
    .filter((name) => sources.some((source) => source.columns.some((column) => column.name === name)))
    .slice(0, mostColumns);
  const cells = new Map<number, CellOf[]>();
  for (const [set, source] of sources.entries()) {
    const own = columns.flatMap((name) => source.columns.find((column) => column.name === name) ?? []);
    const places = apart.examples
      .filter((row) => rows.sets[row] === set)
      .sort((a, b) => (rows.rowNumbers[a] ?? 0) - (rows.rowNumbers[b] ?? 0));
    if (places.length === 0) continue;
    const numbers = places.map((row) => rows.rowNumbers[row] ?? 0);
    const read = await readRows({ kind: 'numbers', path: source.path, columns: own, numbers });
    if (!Array.isArray(read)) throw new TypeError('Rows were not read as rows.');
    for (const [i, row] of places.entries()) {
      const found = new Map(own.map(({ name }, k) => [name, read[i]?.[k] ?? null]));
      cells.set(row, [...(several ? [`${source.dataset} v${source.version}`] : []), ...columns.map((name) => found.get(name) ?? null)]);
    }
  }
  return {
    total: apart.total,
    rows: apart.rows,
    columns: [...(several ? ['data set'] : []), ...columns],
    examples: apart.examples.map((row) => ({
      row: rows.rowNumbers[row] ?? 0,
      actual: answerText(rows, rows.truth[row] ?? Number.NaN),
      predictions: rows.candidates.map(({ predictions }) => answerText(rows, predictions[row] ?? Number.NaN)),
      scores: rows.candidates.map((answers) => scoreOf(rows, answers, row)),
      values: cells.get(row) ?? [],
    })),
  };
}

function answerText({ labels }: ScoredRows, value: number): CellOf {
  if (labels.length === 0) return looseNumber(value);
  return labels[value] ?? null;
}

/** Of the positive class; of several classes the one that the candidate decides for. */
function scoreOf(rows: ScoredRows, answers: CandidateAnswers, row: number): Disagreements['examples'][number]['scores'][number] {
  if (rows.task === 'regression') return looseNumber(answers.predictions[row] ?? Number.NaN);
  const scores = rows.task === 'binary' ? positiveScores(answers) : answers.probabilities[answers.predictions[row] ?? -1];
  return scores ? looseNumber(scores[row] ?? Number.NaN) : null;
}
