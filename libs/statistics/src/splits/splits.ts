import { seededRandom } from '../random.js';

/** Row numbers of one split, each list ascending. */
export interface Split {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/** A split cannot be made; the message says why. */
export class SplitError extends RangeError {
  override readonly name = 'SplitError';
}

/** K folds; the first n mod k have one row more. Rows are shuffled by the seed. */
export function kFold(rows: number, folds: number, seed: number): Split[] {
  checkFolds(rows, folds);
  const order = shuffledRows(rows, seed);
  const foldOf = new Uint32Array(rows);
  order.forEach((row, position) => {
    const larger = rows % folds;
    const small = Math.floor(rows / folds);
    const inLarger = larger * (small + 1);
    foldOf[row] = position < inLarger ? Math.floor(position / (small + 1)) : larger + Math.floor((position - inLarger) / small);
  });
  return splitsOf(foldOf, folds);
}

/**
 * K folds with the classes spread evenly: the sorted labels are dealt out in turn, so class c has in fold f as many rows as
 * it has in `sorted[f::k]`; which rows is up to the seed. A class with fewer rows than folds is absent from some.
 */
export function stratifiedKFold(classes: ArrayLike<number>, folds: number, seed: number): Split[] {
  const rows = classes.length;
  checkFolds(rows, folds);
  const foldOf = new Uint32Array(rows);
  const order = shuffledRows(rows, seed).sort((a, b) => (classes[a] ?? 0) - (classes[b] ?? 0));
  order.forEach((row, position) => (foldOf[row] = position % folds));
  return splitsOf(foldOf, folds);
}

/** One split with about `testShare` of the rows in test, at least one row on each side. */
export function holdout(rows: number, testShare: number, seed: number): Split {
  if (rows < 2) throw new SplitError(`${rows} rows cannot be split in two; at least 2 are needed.`);
  const size = Math.min(rows - 1, Math.max(1, Math.round(rows * testShare)));
  return splitBy(rows, shuffledRows(rows, seed).slice(0, size));
}

/** One split with about `testShare` of each class in test. A class with one row stays in training. */
export function stratifiedHoldout(classes: ArrayLike<number>, testShare: number, seed: number): Split {
  const rows = classes.length;
  if (rows < 2) throw new SplitError(`${rows} rows cannot be split in two; at least 2 are needed.`);
  const groups = new Map<number, number[]>();
  for (const row of shuffledRows(rows, seed)) {
    const group = groups.get(classes[row] ?? 0);
    if (group === undefined) groups.set(classes[row] ?? 0, [row]);
    else group.push(row);
  }
  const test = [...groups.values()].flatMap((group) => {
    const wished = Math.max(1, Math.round(group.length * testShare));
    return group.slice(0, Math.min(wished, group.length - 1));
  });
  if (test.length === 0) return holdout(rows, testShare, seed);
  return splitBy(rows, test);
}

function checkFolds(rows: number, folds: number): void {
  if (!Number.isInteger(folds) || folds < 2 || folds > rows)
    throw new SplitError(`${rows} rows cannot make ${folds} folds; take 2 to ${rows}.`);
}

function shuffledRows(rows: number, seed: number): number[] {
  const random = seededRandom(seed);
  const order = Array.from({ length: rows }, (_, row) => row);
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

function splitsOf(foldOf: Uint32Array, folds: number): Split[] {
  const all = Uint32Array.from(foldOf, (_, row) => row);
  return Array.from({ length: folds }, (_, fold) => ({
    train: all.filter((row) => foldOf[row] !== fold),
    test: all.filter((row) => foldOf[row] === fold),
  }));
}

function splitBy(rows: number, test: readonly number[]): Split {
  const inTest = new Uint8Array(rows);
  for (const row of test) inTest[row] = 1;
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return { train: all.filter((row) => inTest[row] === 0), test: all.filter((row) => inTest[row] === 1) };
}
