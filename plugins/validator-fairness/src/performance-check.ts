import type { CheckFinding, ModelFacts, TableColumn } from '@crisol/plugin-api';
import { meanAbsoluteError, rootMeanSquaredError, wilsonInterval } from '@crisol/statistics';
import { agrees, isLabel, NotJudgeable, onlyLarge, readRows, type GroupingKwargs } from './judged-rows.js';
import { smallNote } from './parity-check.js';
import { show, withSlices, type Slice } from './words.js';

export const groupMetrics = ['accuracy', 'recall', 'precision', 'false_positive_rate', 'mae', 'rmse'] as const;
export interface PerformanceKwargs extends GroupingKwargs {
  readonly metric: (typeof groupMetrics)[number];
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly positive_label?: string | undefined;
  readonly min_group_rows: number;
}
/** A figure of a group; the interval only for shares. */
interface Figure {
  readonly value: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** Does the model do well enough in the group that it serves worst? */
export async function judgePerformance(facts: ModelFacts, asked: PerformanceKwargs, signal: AbortSignal): Promise<CheckFinding> {
  const read = await readRows(facts, asked, signal);
  const figureOf = figures(facts, asked, read.target, read.prediction);
  const large = new Set(onlyLarge(read.groups, asked.min_group_rows).groups.names);
  const members = Map.groupBy(read.groups.of.keys(), (row) => read.groups.of[row] ?? 0);
  const lowerIsWorse =
    asked.max === undefined || (asked.min !== undefined && !['mae', 'rmse', 'false_positive_rate'].includes(asked.metric));
  const judged = read.groups.names.map((name, k) => {
    const rows = Int32Array.from(members.get(k) ?? []);
    const figure = figureOf(rows);
    const kept = figure.value === null || (figure.value >= (asked.min ?? -Infinity) && figure.value <= (asked.max ?? Infinity));
    return { name, rows: rows.length, ...figure, gated: large.has(name), passed: kept || !large.has(name) };
  });
  const compared = judged.flatMap((one) => (one.gated && one.value !== null ? [{ ...one, value: one.value }] : []));
  if (compared.length === 0) throw new NotJudgeable(`No group has ${asked.min_group_rows} rows on which ${asked.metric} exists.`);
  const worst = compared.reduce((bad, one) => ((lowerIsWorse ? one.value < bad.value : one.value > bad.value) ? one : bad));
  const wanted = [asked.min === undefined ? '' : `at least ${show(asked.min)}`, asked.max === undefined ? '' : `at most ${show(asked.max)}`]
    .filter(Boolean)
    .join(' and ');
  const interval = worst.interval ? `, 95 % interval ${show(worst.interval.low)} to ${show(worst.interval.high)}` : '';
  const failed = compared.filter(({ passed }) => !passed).length;
  return withSlices(
    failed === 0,
    `${asked.metric} is worst for ${[asked.column, ...asked.cross_with].join(' × ')} ${worst.name}: ${show(worst.value)} (${worst.rows} rows${interval}); asked is ${wanted} in every group${failed > 1 ? `, and ${failed} groups miss it` : ''}.${smallNote(judged.filter(({ gated }) => !gated).length, asked.min_group_rows)}`,
    { group: worst.name, value: worst.value, rows: worst.rows },
    judged.map(({ name, rows, value, passed, gated }): Slice => {
      const away = value === null || !gated ? -Infinity : lowerIsWorse ? -value : value;
      return { name, rows, value, passed, distance: away };
    }),
  );
}

function figures(facts: ModelFacts, asked: PerformanceKwargs, target: TableColumn, prediction: TableColumn): (rows: Int32Array) => Figure {
  const { metric } = asked;
  const isRegression = facts.task === 'regression';
  if ((metric === 'mae' || metric === 'rmse') !== isRegression)
    throw new NotJudgeable(
      `${metric} does not fit ${facts.task}; take ${isRegression ? 'mae or rmse' : 'accuracy, recall, precision or false_positive_rate'}.`,
    );
  if (target.type !== 'text' && prediction.type !== 'text' && isRegression) {
    const error = metric === 'mae' ? meanAbsoluteError : rootMeanSquaredError;
    return (rows) => ({
      value: error(
        Float64Array.from(rows, (row) => target.values[row] ?? Number.NaN),
        Float64Array.from(rows, (row) => prediction.values[row] ?? Number.NaN),
      ).value,
      interval: null,
    });
  }
  if (metric === 'accuracy') {
    const right = agrees(target, prediction);
    return (rows) => share(rows, right, () => true);
  }
  const { labels } = facts.candidate;
  const positive = asked.positive_label ?? (labels.length === 2 ? labels[1] : undefined);
  if (positive === undefined || !labels.includes(positive))
    throw new NotJudgeable(`Say with positive_label which class ${metric} is about: ${labels.slice(0, 20).join(', ')}.`);
  const truth = isLabel(target, positive);
  const decision = isLabel(prediction, positive);
  if (metric === 'precision') return (rows) => share(rows, truth, (row) => decision[row] === 1);
  return (rows) => share(rows, decision, (row) => truth[row] === (metric === 'recall' ? 1 : 0));
}

function share(rows: Int32Array, hit: Int8Array, counts: (row: number) => boolean): Figure {
  let n = 0;
  let hits = 0;
  for (const row of rows) {
    if (!counts(row)) continue;
    n++;
    hits += hit[row] ?? 0;
  }
  return { value: n === 0 ? null : hits / n, interval: wilsonInterval(hits, n) };
}
