/** Whether a figure could be computed, and if not, why not. */
export type MeasureStatus = 'ok' | 'insufficient' | 'degenerate' | 'undefined';

/** A figure with the number of rows behind it. What cannot be computed is null with a status, never 0. */
export interface Measure {
  readonly value: number | null;
  readonly n: number;
  readonly status: MeasureStatus;
}

/** A figure that was computed; a NaN counts as undefined. */
export function measured(value: number, n: number): Measure {
  return Number.isNaN(value) ? { value: null, n, status: 'undefined' } : { value, n, status: 'ok' };
}

/** A figure that does not exist for these data, such as precision without a positive prediction. */
export function undefinedFor(n: number, status: Exclude<MeasureStatus, 'ok'> = 'undefined'): Measure {
  return { value: null, n, status };
}

/** Kahan-Babuška (Neumaier) sum: keeps the low bits that a plain sum loses over many terms. */
export function compensatedSum(values: Iterable<number>): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}
