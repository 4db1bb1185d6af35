import type { CheckFinding } from '@crisol/plugin-api';

export interface Slice {
  readonly name: string;
  readonly rows: number;
  readonly value: number | null;
  readonly passed: boolean;
  /** How far it is from where it should be; the farthest comes first. */
  readonly distance: number;
}

const mostSlices = 50;

/** A finding with its slices, worst first. `passed` null: it could not be judged. */
export function withSlices(passed: boolean | null, message: string, observed: unknown, slices: readonly Slice[]): CheckFinding {
  const sorted = slices.toSorted((a, b) => Number(a.passed) - Number(b.passed) || b.distance - a.distance || (a.name < b.name ? -1 : 1));
  return {
    outcome: passed === null ? 'errored' : passed ? 'passed' : 'failed',
    message,
    ...(observed === undefined ? {} : { observed }),
    slices: sorted.slice(0, mostSlices).map(({ name, rows, value, passed: own }) => ({ name, rows, value, passed: own })),
    hasFailingRows: false,
  };
}

export function show(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  return String(Math.abs(value) >= 0.0995 ? Number(value.toFixed(3)) : Number(value.toPrecision(2)));
}

export const several = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
