/**
 * A number that may not exist:
 * - `ok`: `value` is a number
 * - `insufficient`: too few rows
 * - `degenerate`: computed on data where it says little (a constant target, say)
 * - `undefined`: the definition has no value here, such as precision without a positive prediction
 */
export interface Statistic {
  readonly value: number | null;
  /** Rows, or the weight, that it rests on. */
  readonly n: number;
  readonly status: 'ok' | 'insufficient' | 'degenerate' | 'undefined';
}

/** A number that exists, or `undefined` when it is not finite. */
export function statistic(value: number, n: number): Statistic {
  return Number.isFinite(value) ? { value, n, status: 'ok' } : { value: null, n, status: 'undefined' };
}

/** No value, with the reason. */
export function noStatistic(n: number, status: 'insufficient' | 'degenerate' | 'undefined'): Statistic {
  return { value: null, n, status };
}

/** a / b, `undefined` when b is 0. */
export function ratio(a: number, b: number, n: number): Statistic {
  return b === 0 ? noStatistic(n, 'undefined') : statistic(a / b, n);
}

/** Sum with Neumaier's compensation: long sums keep their last digits. */
export function sumOf(length: number, at: (index: number) => number): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < length; i++) {
    const value = at(i);
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}
