export type Comparator = '=' | '!=' | '>' | '>=' | '<' | '<=' | 'LIKE' | 'ILIKE' | 'IN' | 'NOT IN' | 'IS NULL' | 'IS NOT NULL';

/** What a filter may look at. Which of them a search has, its rules say. */
export type FilterEntity = 'metric' | 'param' | 'tag' | 'attribute' | 'dataset';

/** One clause, checked by the rules of its search: a metric's value is a number, that of IN a list, the others' a text. */
export interface Comparison {
  readonly kind: 'comparison';
  readonly entity: FilterEntity;
  readonly key: string;
  readonly comparator: Comparator;
  readonly value: string | number | readonly string[] | null;
}
export interface Combination {
  readonly kind: 'and' | 'or';
  readonly parts: readonly FilterTree[];
}
/** A filter that was understood. `and` without parts holds for everything. */
export type FilterTree = Comparison | Combination;

export const everything: FilterTree = { kind: 'and', parts: [] };

export interface OrderTerm {
  readonly entity: FilterEntity;
  readonly key: string;
  /** For metrics: which number of the series. */
  readonly of: 'last' | 'min' | 'max';
  readonly descending: boolean;
}

/** A filter or an order that cannot be understood, or that the rules of the search refuse. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}
