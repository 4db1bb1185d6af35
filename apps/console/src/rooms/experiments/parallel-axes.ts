import type { RunTable } from './run-columns';
import { readField } from './run-field';

/** Ranges, or chosen values, by field: a run is in when it is in each of them. */
export type Brush = { readonly from: number; readonly to: number } | { readonly values: readonly string[] };
export type Brushes = Readonly<Record<string, Brush>>;

export interface ParallelAxis {
  readonly field: string;
  readonly categories: readonly string[] | null;
  readonly min: number;
  readonly max: number;
  /** Even steps of the exponent: the values lie over three orders of magnitude and more. */
  readonly log: boolean;
}
/** More values than these are no axis that anybody could read. */
const mostCategories = 30;

/** An axis for each field that can have one; a field that is always the same, or missing, has none. */
export function axesOf(table: RunTable, fields: readonly string[], places: readonly number[]): ParallelAxis[] {
  return fields.flatMap((field): ParallelAxis[] => {
    if (table.numeric(field)) {
      const values = places.map((place) => table.number(field, place)).filter((value) => value !== null && Number.isFinite(value));
      let min = Number.POSITIVE_INFINITY;
      let max = Number.NEGATIVE_INFINITY;
      for (const value of values) {
        if (value === null) continue;
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
      if (!(min < max)) return [];
      return [{ field, categories: null, min, max, log: min > 0 && max / min >= 1000 }];
    }
    const categories = [...new Set(places.map((place) => table.value(field, place)).filter((value) => value !== null))].map(String);
    if (categories.length < 2 || categories.length > mostCategories) return [];
    return [{ field, categories: categories.toSorted(), min: 0, max: categories.length - 1, log: false }];
  });
}

/** Where a run lies on an axis, in the axis' own numbers (the exponent for log axes); NaN when it has no value. */
export function positionOn(table: RunTable, axis: ParallelAxis, place: number): number {
  if (axis.categories) {
    const index = axis.categories.indexOf(String(table.value(axis.field, place)));
    return index < 0 ? Number.NaN : index;
  }
  const value = table.number(axis.field, place);
  if (value === null || !Number.isFinite(value)) return Number.NaN;
  return axis.log ? Math.log10(value) : value;
}

/** The brush that stretches between two positions of an axis. */
export function brushOf(axis: ParallelAxis, from: number, to: number): Brush {
  const [low, high] = from <= to ? [from, to] : [to, from];
  if (axis.categories) return { values: axis.categories.filter((_, index) => index >= low - 0.001 && index <= high + 0.001) };
  return axis.log ? { from: 10 ** low, to: 10 ** high } : { from: low, to: high };
}

export function within(table: RunTable, brushes: Brushes, place: number): boolean {
  for (const [field, brush] of Object.entries(brushes)) {
    if ('values' in brush) {
      if (!brush.values.includes(String(table.value(field, place)))) return false;
      continue;
    }
    const value = table.number(field, place);
    if (value === null || !(value >= brush.from && value <= brush.to)) return false;
  }
  return true;
}

/** Brushes as they stand in the address: `[["metrics.auc",0.8,0.9],["params.kind","a","b"]]`. */
export function writeBrushes(brushes: Brushes): string {
  const parts = Object.entries(brushes).map(([field, brush]) =>
    'values' in brush ? [field, ...brush.values] : [field, brush.from, brush.to],
  );
  return parts.length ? JSON.stringify(parts) : '';
}
export function readBrushes(text: string): Brushes {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return {};
  }
  if (!Array.isArray(parts)) return {};
  const brushes: Record<string, Brush> = {};
  for (const part of parts) {
    if (!Array.isArray(part)) continue;
    const [field, ...rest]: unknown[] = part;
    if (typeof field !== 'string' || !readField(field)) continue;
    const [from, to] = rest;
    if (typeof from === 'number' && typeof to === 'number') brushes[field] = { from, to };
    else brushes[field] = { values: rest.filter((value) => typeof value === 'string') };
  }
  return brushes;
}

/** Fields that say most at first: parameters that vary, then the metrics. */
export function defaultAxes(axes: readonly ParallelAxis[], most = 8): string[] {
  const kindOf = (axis: ParallelAxis): string | undefined => readField(axis.field)?.kind;
  const params = axes.filter((axis) => kindOf(axis) === 'param');
  const metrics = axes.filter((axis) => kindOf(axis) === 'metric');
  const shown = Math.min(3, metrics.length);
  return [...params.slice(0, most - shown), ...metrics.slice(0, shown)].map((axis) => axis.field);
}
