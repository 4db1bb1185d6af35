import type { ComparisonResult } from '@crisol/contracts';
import { readTable, readWindow } from '../../datasets/duckdb/read-table.js';
import { readRows } from '../../datasets/reader/read-rows.js';
import type { JobContext } from '../../platform/jobs/job-handler.js';
import { testRowsOf } from '../../training/test-rows.js';
import { takeColumn, takeRows, UnusableTable } from '../../training/training-table.js';
import { describeApart, findApart } from './disagreements.js';
import { drawCurves } from './draw-curves.js';
import { decidingMetric, usualMetric, type Figure } from './figures.js';
import { measureCandidates, type Measured } from './measure-candidates.js';
import { sayVerdict } from './say-verdict.js';
import { scoreCandidates, type TestSetFile } from './score-candidates.js';
import { positiveScores, type ScoredRows } from './scored-rows.js';
import { sliceScores } from './slice-scores.js';
import { testPairs, toPair } from './test-pairs.js';
import { standingOf } from './verdict.js';
import type { ChoosingCandidate } from './choose-rows.js';
import type { ComparedTask } from './comparison-test-sets.js';
import type { CandidateFile } from './open-candidate.js';
import type { TableTools } from './table-tools.js';

export interface PreparedComparison extends ComparedTask {
  /** Null: by the task. */
  readonly metric: string | null;
  /** Empty: columns with few values. */
  readonly slices: readonly string[];
  readonly smallestEffect: number;
  readonly threshold: number;
  readonly candidates: readonly (CandidateFile &
    ChoosingCandidate & {
      /** Candidates of one key were trained with the same folds. */
      readonly foldKey: string | null;
      readonly importance: readonly string[];
    })[];
  /** None when folds have to say all. */
  readonly testSets: readonly TestSetFile[];
}

const tools: TableTools = {
  readTable,
  readWindow,
  readRows,
  takeRows,
  takeColumn,
  testRowsOf,
  isUnusable: (error) => error instanceof UnusableTable,
};

/** Job `models.compare`: every candidate answers the same rows; then figures, tests, slices, curves and a sentence. */
export async function run(prepared: PreparedComparison, context: JobContext): Promise<ComparisonResult> {
  const { candidates, task, smallestEffect } = prepared;
  const scored = await scoreCandidates(prepared, tools, context);
  const rows = decided(scored.rows, prepared.threshold);
  const count = rows.truth.length;
  const withScores = count === 0 || rows.candidates.every(({ probabilities }) => probabilities.length > 0);
  const metric = (prepared.metric === null ? null : decidingMetric(task, prepared.metric)) ?? usualMetric(task, withScores);
  const measured =
    count === 0
      ? null
      : measureCandidates(rows, { onProgress: (share) => context.progress(0.5 + 0.3 * share, 'Resampling rows for intervals', 'measure') });
  context.progress(0.8, 'Testing differences', 'test');
  const folds = candidates.map(({ foldKey, training }) => ({ key: foldKey, folds: training?.folds ?? [] }));
  const pairs = testPairs(rows, measured, metric, folds, prepared.testSets.length);
  const standing = standingOf(rows, pairs, metric, smallestEffect);
  const compared = standing.best ?? 1;
  const apart = findApart(rows, compared);
  context.progress(0.85, 'Scoring slices', 'slices');
  const slices = sliceScores(rows, scored.slices, metric, standing.best);
  context.progress(0.95, 'Reading the rows that they disagree on', 'rows');
  const labels = candidates.map(({ label }) => label);
  const sentence = sayVerdict({
    standing,
    metric,
    labels,
    changed: count === 0 ? null : apart,
    smallestEffect,
    folds: folds[0]?.folds.length ?? 0,
    leaked: scored.leaked,
  });
  context.log('info', sentence);
  const shown = [
    ...new Set([
      ...candidates.flatMap(({ importance }) => importance),
      ...candidates.flatMap(({ signature }) => signature.inputs.map(({ name }) => name)),
    ]),
  ];
  return {
    sentence,
    verdict: standing.verdict,
    best: standing.best,
    task,
    metric: metric.name,
    higherIsBetter: metric.higherIsBetter,
    testSets: [...scored.testSets],
    metrics: measured ? measured.metrics() : foldMetrics(prepared, metric),
    pairs: pairs.map(toPair),
    slices,
    disagreements: await describeApart(rows, apart, prepared.testSets, shown, tools),
    curves: drawCurves(rows),
    notes: notesOf(prepared, rows, measured, metric),
  };
}

/** A binary candidate with scores decides at the threshold. */
function decided(rows: ScoredRows, threshold: number): ScoredRows {
  if (rows.task !== 'binary') return rows;
  return {
    ...rows,
    candidates: rows.candidates.map((answers) => {
      const scores = positiveScores(answers);
      return scores ? { ...answers, predictions: scores.map((score) => (score >= threshold ? 1 : 0)) } : answers;
    }),
  };
}

/** Means over the folds, where no rows were scored. */
function foldMetrics({ candidates }: PreparedComparison, metric: Figure): ComparisonResult['metrics'] {
  return candidates.flatMap(({ training }, candidate) => {
    const values = (training?.folds ?? []).map((fold) => fold[metric.name]).filter((value) => typeof value === 'number');
    if (values.length === 0) return [];
    const value = values.reduce((sum, one) => sum + one, 0) / values.length;
    return [{ candidate, metric: metric.name, value, low: null, high: null, method: 'mean_over_folds', rows: training?.rows?.test ?? 0 }];
  });
}

function notesOf(prepared: PreparedComparison, rows: ScoredRows, measured: Measured | null, metric: Figure): string[] {
  const notes: string[] = [];
  if (!measured)
    notes.push('No rows were scored: both were fitted on all rows after their folds, so the scores of the folds are compared.');
  const silent = rows.candidates.filter(({ probabilities }) => probabilities.length === 0).map(({ label }) => label);
  if (rows.task !== 'regression' && rows.truth.length > 0 && silent.length > 0)
    notes.push(`${silent.join(' and ')} gives labels and no probabilities, so there are no curves of it.`);
  const unknown = rows.truth.reduce((sum, code) => sum + (rows.task !== 'regression' && code < 0 ? 1 : 0), 0);
  if (unknown > 0) notes.push(`${unknown} rows are of a class that no candidate knows.`);
  if (prepared.candidates.length > 2)
    notes.push(`With ${prepared.candidates.length} candidates the p-values of each test are adjusted by Holm's method.`);
  if (metric.method === 'bca' && measured) notes.push('Intervals without a closed form are BCa over 2,000 resamples of rows.');
  return notes;
}
