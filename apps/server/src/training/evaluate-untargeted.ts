import { looseNumber } from '@crisol/contracts';
import type { Table, TableColumn } from '@crisol/plugin-api';
import { averagePrecision, rocAuc, rocCurve } from '@crisol/statistics';
import type { Measured, Metrics } from './evaluate.js';

/** Scores above this are called anomalous. */
export const anomalyThreshold = 0.5;
const shownShares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/** Rows of a silhouette, whose cost grows with their square. */
const mostSilhouetteRows = 1_000;

const nothing = { baseline: {}, confusion: null, roc: null, calibration: null, residuals: null };

/** What was found about a model without a target, and what a label column allowed to say. */
export interface UntargetedMeasured extends Measured {
  readonly warnings: readonly string[];
}

/**
 * How the scores of rows that the model has not seen are spread; with labels of two values also how well the scores tell the
 * rarer one apart (for booleans and 0/1 the true one).
 */
export function evaluateAnomalies(scores: Float32Array, labels: TableColumn | null): UntargetedMeasured {
  const sorted = Float64Array.from(scores).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const share = scores.reduce((count, score) => count + (score > anomalyThreshold ? 1 : 0), 0) / Math.max(1, scores.length);
  const quantiles = shownShares.map((part) => ({ share: part, score: at(part) }));
  const spread = { anomalousShare: share, scoreMedian: at(0.5), scoreP95: at(0.95), scoreP99: at(0.99) };
  const anomaly = { threshold: anomalyThreshold, share, quantiles };
  const truth = labels && anomalousRows(labels);
  if (!truth) {
    const warnings = labels ? [`${labels.name} does not have two values, so it cannot say which rows are unusual.`] : [];
    return { ...nothing, metrics: toMetrics(spread), anomaly, warnings };
  }
  const known = truth.rows.map((row) => scores[row] ?? 0);
  const auc = rocAuc(truth.isAnomalous, known).value;
  const precision = averagePrecision(truth.isAnomalous, known).value;
  return {
    ...nothing,
    metrics: toMetrics({ auc, averagePrecision: precision, ...spread }),
    roc: rocCurve(truth.isAnomalous, known),
    anomaly,
    warnings: [],
  };
}

/** Rows that have a label, and which of them are anomalous; null when there are not two values. */
function anomalousRows(labels: TableColumn): { rows: number[]; isAnomalous: Int32Array } | null {
  const values = cells(labels);
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size !== 2) return null;
  const [first, second] = [...counts].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? 1 : -1));
  const isFlag = counts.has('0') && counts.has('1') && labels.type !== 'text';
  const anomalous = isFlag ? '1' : (first?.[0] ?? second?.[0]);
  const rows = values.flatMap((value, row) => (value === null ? [] : [row]));
  return { rows, isAnomalous: Int32Array.from(rows, (row) => (values[row] === anomalous ? 1 : 0)) };
}

/**
 * How tight and how far apart the groups are: silhouette on at most 1,000 rows, inertia, sizes; with labels also the adjusted
 * Rand index (Hubert and Arabie 1985). Distances are Euclidean over standardised numbers; two different texts are 1 apart.
 * @param memberships - K a row, row by row
 */
export function evaluateGroups(
  table: Table,
  memberships: Float32Array,
  groups: readonly string[],
  labels: TableColumn | null,
): UntargetedMeasured {
  const group = mostLikely(memberships, groups.length);
  const space = new Space(table);
  const sizes = groups.map((_, index) => group.reduce((count, own) => count + (own === index ? 1 : 0), 0));
  const present = sizes.filter((size) => size > 0).length;
  const values = labels && cells(labels);
  return {
    ...nothing,
    metrics: toMetrics({
      silhouette: silhouette(space, group),
      inertia: inertia(space, group, groups.length),
      clusters: present,
      smallestShare: table.rows === 0 ? null : Math.min(...sizes) / table.rows,
      ...(values ? { adjustedRandIndex: adjustedRandIndex(group, values) } : {}),
    }),
    clusters: groups.map((label, index) => ({
      label,
      rows: sizes[index] ?? 0,
      share: table.rows === 0 ? 0 : (sizes[index] ?? 0) / table.rows,
    })),
    warnings: present < 2 ? ['All rows fell into one group.'] : [],
  };
}

/** Rows as points: standardised numbers, missing ones in the middle, and the codes of texts beside them. */
class Space {
  readonly rows: number;
  readonly numbers: Float64Array[];
  readonly codes: Int32Array[];

  constructor(table: Table) {
    this.rows = table.rows;
    this.numbers = table.columns.flatMap((column) => (column.type === 'text' ? [] : [standardise(column.values)]));
    this.codes = table.columns.flatMap((column) => (column.type === 'text' ? [column.codes] : []));
  }

  distance(a: number, b: number): number {
    let sum = 0;
    for (const values of this.numbers) sum += ((values[a] ?? 0) - (values[b] ?? 0)) ** 2;
    for (const codes of this.codes) sum += codes[a] === codes[b] ? 0 : 1;
    return Math.sqrt(sum);
  }
}

function standardise(values: Float64Array): Float64Array {
  const present = values.filter((value) => Number.isFinite(value));
  const mean = present.reduce((sum, value) => sum + value, 0) / Math.max(1, present.length);
  const deviation = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, present.length)) || 1;
  return values.map((value) => (Number.isFinite(value) ? (value - mean) / deviation : 0));
}

/** Mean over sampled rows of (b - a) / max(a, b) (Rousseeuw 1987); a row alone in its group counts 0. Null below two groups. */
function silhouette(space: Space, group: Int32Array): number | null {
  const step = Math.max(1, Math.ceil(space.rows / mostSilhouetteRows));
  const rows = Array.from({ length: Math.ceil(space.rows / step) }, (_, i) => i * step);
  const present = [...new Set(rows.map((row) => group[row] ?? 0))];
  if (present.length < 2) return null;
  let sum = 0;
  for (const row of rows) {
    const own = group[row];
    const totals = new Map<number, { distance: number; count: number }>();
    for (const other of rows) {
      if (other === row) continue;
      const key = group[other] ?? 0;
      const total = totals.get(key) ?? { distance: 0, count: 0 };
      total.distance += space.distance(row, other);
      total.count++;
      totals.set(key, total);
    }
    const inside = own === undefined ? undefined : totals.get(own);
    if (!inside) continue;
    let nearest = Number.POSITIVE_INFINITY;
    for (const [key, { distance, count }] of totals) if (key !== own) nearest = Math.min(nearest, distance / count);
    const mean = inside.distance / inside.count;
    const largest = Math.max(mean, nearest);
    if (largest > 0) sum += (nearest - mean) / largest;
  }
  return sum / rows.length;
}

/** Sum of the squared distances to the centre of the row's own group; texts count the share of the group that has another. */
function inertia(space: Space, group: Int32Array, groups: number): number {
  let sum = 0;
  for (let own = 0; own < groups; own++) {
    const rows = [...group.keys()].filter((row) => group[row] === own);
    for (const values of space.numbers) {
      const mean = rows.reduce((total, row) => total + (values[row] ?? 0), 0) / Math.max(1, rows.length);
      for (const row of rows) sum += ((values[row] ?? 0) - mean) ** 2;
    }
    for (const codes of space.codes) {
      const counts = new Map<number, number>();
      for (const row of rows) counts.set(codes[row] ?? -1, (counts.get(codes[row] ?? -1) ?? 0) + 1);
      for (const count of counts.values()) sum += (count * (rows.length - count)) / Math.max(1, rows.length);
    }
  }
  return sum;
}

/** 1 for the same partition, 0 in the mean for chance; over the rows that have a label. Null when there is nothing to compare. */
export function adjustedRandIndex(group: ArrayLike<number>, labels: readonly (string | null)[]): number | null {
  const pairs = (count: number): number => (count * (count - 1)) / 2;
  const cell = new Map<string, number>();
  const ofGroup = new Map<string, number>();
  const ofLabel = new Map<string, number>();
  let total = 0;
  for (const [row, label] of labels.entries()) {
    if (label === null) continue;
    total++;
    for (const [counts, key] of [
      [cell, `${group[row]} ${label}`],
      [ofGroup, String(group[row])],
      [ofLabel, label],
    ] as const)
      counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sumOf = (counts: Map<string, number>): number => [...counts.values()].reduce((sum, count) => sum + pairs(count), 0);
  if (total < 2) return null;
  const expected = (sumOf(ofGroup) * sumOf(ofLabel)) / pairs(total);
  const most = (sumOf(ofGroup) + sumOf(ofLabel)) / 2;
  return most === expected ? 1 : (sumOf(cell) - expected) / (most - expected);
}

function mostLikely(memberships: Float32Array, groups: number): Int32Array {
  return Int32Array.from({ length: groups === 0 ? 0 : memberships.length / groups }, (_, row) => {
    let best = 0;
    for (let index = 1; index < groups; index++)
      if ((memberships[row * groups + index] ?? 0) > (memberships[row * groups + best] ?? 0)) best = index;
    return best;
  });
}

/** The values of a column as texts; null where it has none. */
function cells(column: TableColumn): (string | null)[] {
  if (column.type === 'text') return Array.from(column.codes, (code) => column.levels[code] || null);
  return Array.from(column.values, (value) => (Number.isNaN(value) ? null : String(value)));
}

function toMetrics(figures: Readonly<Record<string, number | null>>): Metrics {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value === null ? null : looseNumber(value)]));
}
