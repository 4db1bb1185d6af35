import type { RawValue } from './filter-parser.js';
import { FilterError, type Comparator } from './filter-tree.js';

const texts: readonly Comparator[] = ['=', '!=', 'LIKE', 'ILIKE'];
/** Which comparators a kind of key takes. */
export const comparators: Readonly<Record<'numeric' | 'texts' | 'nullable' | 'listed', readonly Comparator[]>> = {
  numeric: ['=', '!=', '>', '>=', '<', '<='],
  texts,
  nullable: [...texts, 'IS NULL', 'IS NOT NULL'],
  listed: [...texts, 'IN', 'NOT IN'],
};

/** A list of words as MLflow's messages show it. */
export const setOf = (values: readonly string[]): string => `{${values.map((value) => `'${value}'`).join(', ')}}`;

/** @throws FilterError in MLflow's words, when the comparator is none of these */
export function comparatorOf(comparator: string, known: readonly Comparator[]): Comparator {
  const found = known.find((one) => one === comparator);
  if (!found) throw new FilterError(`Invalid comparator '${comparator}' not one of '${setOf(known)}'`);
  return found;
}

/** @throws FilterError in MLflow's words, when the value is no number */
export function numberOf(value: RawValue, of: string): number {
  if (value.kind !== 'number') throw new FilterError(`Expected numeric value type for ${of}. Found ${value.text}`);
  return value.value;
}

/** @throws FilterError in MLflow's words, when the value is no quoted text */
export function textOf(value: RawValue, refusal: (text: string) => string): string {
  if (value.kind === 'string') return value.value;
  if (value.kind === 'word')
    throw new FilterError(
      `Parameter value is either not quoted or unidentified quote types used for string value ${value.text}. Use either single or double quotes.`,
    );
  throw new FilterError(refusal(value.text));
}

/** @throws FilterError in MLflow's words, when the value is no list of quoted texts */
export function textsOf(value: RawValue): readonly string[] {
  if (value.kind !== 'list') throw new FilterError(`Invalid clause(s) in filter string: '${value.text}'`);
  if (value.items.length === 0)
    throw new FilterError('While parsing a list in the query, expected a non-empty list of string values, but got empty list');
  return value.items.map((item) => {
    if (item.kind !== 'string')
      throw new FilterError(
        `While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: ${value.text}`,
      );
    return item.value;
  });
}
