import { mulberry32, shuffledIndices } from './random.js';

/** Row numbers, ascending. */
export interface RowSplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * Fold of each row for k folds. Without classes the shuffled rows are cut into k runs, the first n mod k one longer. With
 * classes they are dealt out in turn, class by class, so every fold has its share of each class (differing by at most one).
 * @param classes - class index of each row, or null
 */
export function assignFolds(n: number, folds: number, seed: number, classes: ArrayLike<number> | null = null): Int32Array {
  const order = shuffledIndices(n, mulberry32(seed));
  const fold = new Int32Array(n);
  if (classes) {
    const byClass = order.sort((a, b) => (classes[a] ?? 0) - (classes[b] ?? 0));
    for (let i = 0; i < n; i++) fold[byClass[i] ?? 0] = i % folds;
    return fold;
  }
  let at = 0;
  for (let k = 0; k < folds; k++) {
    const size = Math.floor(n / folds) + (k < n % folds ? 1 : 0);
    for (let i = 0; i < size; i++) fold[order[at++] ?? 0] = k;
  }
  return fold;
}

/** k splits, each with one fold as its test rows. */
export function kFold(n: number, folds: number, seed: number, classes: ArrayLike<number> | null = null): RowSplit[] {
  const fold = assignFolds(n, folds, seed, classes);
  return Array.from({ length: folds }, (_, k) => ({ train: rowsWhere(fold, (f) => f !== k), test: rowsWhere(fold, (f) => f === k) }));
}

/**
 * One split with about `testShare` of the rows as test; with classes, of each class (at least one row of every class that
 * has two or more stays on either side).
 */
export function holdout(n: number, testShare: number, seed: number, classes: ArrayLike<number> | null = null): RowSplit {
  const order = shuffledIndices(n, mulberry32(seed));
  const isTest = new Int32Array(n);
  const groups = new Map<number, number[]>();
  for (const row of order) {
    const group = classes ? (classes[row] ?? 0) : 0;
    const rows = groups.get(group);
    if (rows) rows.push(row);
    else groups.set(group, [row]);
  }
  for (const rows of groups.values()) {
    const wanted = Math.round(rows.length * testShare);
    const size = rows.length < 2 ? 0 : Math.min(rows.length - 1, Math.max(1, wanted));
    for (const row of rows.slice(0, size)) isTest[row] = 1;
  }
  return { train: rowsWhere(isTest, (test) => test === 0), test: rowsWhere(isTest, (test) => test === 1) };
}

function rowsWhere(marks: Int32Array, keep: (mark: number) => boolean): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < marks.length; row++) if (keep(marks[row] ?? 0)) rows.push(row);
  return Int32Array.from(rows);
}
