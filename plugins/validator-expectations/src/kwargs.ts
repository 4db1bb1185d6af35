import { z } from 'zod';

export const columnName = z
  .string()
  .min(1)
  .max(256)
  .meta({ title: 'Column', 'x-ui': { widget: 'column' } });
export const columnNames = z
  .array(z.string().min(1).max(256))
  .min(1)
  .max(100)
  .meta({ title: 'Columns', 'x-ui': { widget: 'columns' } });
export const mostly = z
  .number()
  .min(0)
  .max(1)
  .default(1)
  .meta({ title: 'Mostly', description: 'Share of the values that must hold, 0 to 1' });
export const scalar = z.union([z.string().max(10_000), z.number(), z.boolean()]);
export type Scalar = z.infer<typeof scalar>;
export const valueSet = z.array(scalar.nullable()).max(10_000).meta({ title: 'Values' });
const bound = z.union([z.number(), z.string().max(100)]).nullish();
/** Bounds of a value or of an aggregate; a strict bound does not belong to the range. */
export const bounds = {
  min_value: bound.meta({ title: 'Minimum' }),
  max_value: bound.meta({ title: 'Maximum' }),
  strict_min: z.boolean().default(false).meta({ title: 'Minimum excluded' }),
  strict_max: z.boolean().default(false).meta({ title: 'Maximum excluded' }),
};
const count = z.int().min(0).nullish();
export const countBounds = { min_value: count.meta({ title: 'Minimum' }), max_value: count.meta({ title: 'Maximum' }) };
export interface Bounds {
  readonly min_value?: number | string | null;
  readonly max_value?: number | string | null;
  readonly strict_min?: boolean;
  readonly strict_max?: boolean;
}

/** Bounds in words, such as "between 0 and 10" or "above 3". */
export function inWords({ min_value: min, max_value: max, strict_min: strictMin, strict_max: strictMax }: Bounds): string {
  const low = min === null || min === undefined ? '' : `${strictMin ? 'above' : 'at least'} ${min}`;
  const high = max === null || max === undefined ? '' : `${strictMax ? 'below' : 'at most'} ${max}`;
  if (low && high) return !strictMin && !strictMax ? `between ${min} and ${max}` : `${low} and ${high}`;
  return low || high || 'any number';
}

/** Whether a number lies in bounds. */
export function isWithin(value: number, { min_value: min, max_value: max, strict_min: strictMin, strict_max: strictMax }: Bounds): boolean {
  const low = min === null || min === undefined ? Number.NEGATIVE_INFINITY : Number(min);
  const high = max === null || max === undefined ? Number.POSITIVE_INFINITY : Number(max);
  return (strictMin ? value > low : value >= low) && (strictMax ? value < high : value <= high);
}
