import type { RunColumns } from '@crisol/contracts';
import { readField } from './run-field';

export type CellValue = string | number | null;
type Column = readonly CellValue[];

const words: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** The number that a cell stands for; metrics travel as numbers or as the words NaN and Infinity, parameters as texts. */
export function numberOf(value: CellValue | undefined): number | null {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const word = words[value];
  if (word !== undefined) return word;
  const number = Number(value);
  return Number.isNaN(number) ? null : number;
}

/** Whether each value of a column that is there is a number. */
export function isNumeric(column: Column): boolean {
  let found = false;
  for (const value of column) {
    if (value === null) continue;
    if (numberOf(value) === null) return false;
    found = true;
  }
  return found;
}

/** Runs as columns: 10,000 runs are a few arrays, never 10,000 objects. */
export class RunTable {
  private readonly places: ReadonlyMap<string, number>;
  private readonly numerics = new Map<string, boolean>();

  constructor(
    readonly ids: readonly string[],
    readonly columns: Readonly<Record<string, Column>>,
    readonly total: number,
  ) {
    this.places = new Map(ids.map((id, place) => [id, place]));
  }

  static of(answer: RunColumns): RunTable {
    return new RunTable(answer.ids, answer.columns, answer.total);
  }

  get size(): number {
    return this.ids.length;
  }
  get complete(): boolean {
    return this.total <= this.ids.length;
  }
  placeOf(id: string): number | undefined {
    return this.places.get(id);
  }
  value(field: string, place: number): CellValue {
    return this.columns[field]?.[place] ?? null;
  }
  number(field: string, place: number): number | null {
    return numberOf(this.columns[field]?.[place]);
  }
  /** Whether it is a column of numbers: metrics and durations are, parameters when all of them can be read as such. */
  numeric(field: string): boolean {
    const known = this.numerics.get(field);
    if (known !== undefined) return known;
    const numeric = readField(field)?.kind === 'metric' || field === 'attributes.durationMs' || isNumeric(this.columns[field] ?? []);
    this.numerics.set(field, numeric);
    return numeric;
  }

  /** The same runs, with newer values for some of them. */
  with(newer: RunTable): RunTable {
    const columns = Object.fromEntries(
      Object.entries(this.columns).map(([field, column]) => {
        const news = newer.columns[field];
        if (!news) return [field, column];
        const changed = [...column];
        for (const [place, id] of newer.ids.entries()) {
          const here = this.places.get(id);
          if (here !== undefined) changed[here] = news[place] ?? null;
        }
        return [field, changed];
      }),
    );
    return new RunTable(this.ids, columns, this.total);
  }

  /** Places in the order of a column: numbers as numbers, what is missing last in both directions, NaN before it. */
  sorted(places: readonly number[], field: string, descending: boolean): number[] {
    const column = this.columns[field] ?? [];
    const sign = descending ? -1 : 1;
    if (this.numeric(field)) {
      const keys = new Float64Array(this.ids.length);
      const ranks = new Uint8Array(this.ids.length);
      for (const place of places) {
        const number = numberOf(column[place]);
        keys[place] = number ?? 0;
        ranks[place] = number === null ? 2 : Number.isNaN(number) ? 1 : 0;
      }
      return [...places].sort((a, b) => {
        const rank = (ranks[a] ?? 0) - (ranks[b] ?? 0);
        if (rank !== 0) return rank;
        const left = keys[a] ?? 0;
        const right = keys[b] ?? 0;
        return (left < right ? -1 : left > right ? 1 : 0) * sign || a - b;
      });
    }
    const order = new Intl.Collator(undefined, { numeric: true });
    return [...places].sort((a, b) => {
      const left = column[a] ?? null;
      const right = column[b] ?? null;
      if (left === null || right === null) return left === right ? a - b : left === null ? 1 : -1;
      return order.compare(String(left), String(right)) * sign || a - b;
    });
  }

  /** Whether two runs, and be it by a missing value, are unlike in a column. */
  differs(field: string, places: readonly number[]): boolean {
    const column = this.columns[field] ?? [];
    const [first, ...rest] = places;
    if (first === undefined) return false;
    const value = column[first] ?? null;
    return rest.some((place) => (column[place] ?? null) !== value);
  }
}

/** Of the chosen fields, those in which the runs are not all alike. */
export function differing(table: RunTable, fields: readonly string[], places: readonly number[]): string[] {
  return fields.filter((field) => table.differs(field, places));
}

/** Rows of a table of runs: runs, or groups with their runs below when opened. */
export type RunItem =
  { readonly kind: 'run'; readonly place: number; readonly inGroup: boolean } | { readonly kind: 'group'; readonly group: RunGroup };
export interface RunGroup {
  readonly value: string | null;
  readonly places: readonly number[];
}

/** Groups by the value of a column, in the order in which the values first come; runs without a value are a group too. */
export function groupsOf(table: RunTable, field: string, places: readonly number[]): RunGroup[] {
  const groups = new Map<string | null, number[]>();
  for (const place of places) {
    const value = table.value(field, place);
    const key = value === null ? null : String(value);
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  return [...groups].map(([value, members]) => ({ value, places: members }));
}

export function itemsOf(places: readonly number[], groups: readonly RunGroup[] | null, opened: ReadonlySet<string>): RunItem[] {
  if (!groups) return places.map((place) => ({ kind: 'run', place, inGroup: false }));
  return groups.flatMap((group): RunItem[] => [
    { kind: 'group', group },
    ...(opened.has(groupKey(group)) ? group.places.map((place): RunItem => ({ kind: 'run', place, inGroup: true })) : []),
  ]);
}
export const groupKey = (group: RunGroup): string => (group.value === null ? '0' : `1${group.value}`);

/** Mean and standard deviation of a column's numbers over some runs. */
export function spreadOf(table: RunTable, field: string, places: readonly number[]): { mean: number; deviation: number; n: number } | null {
  const values = places.map((place) => table.number(field, place)).filter((value) => value !== null && Number.isFinite(value));
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: numbers.length > 1 ? Math.sqrt(squares / (numbers.length - 1)) : 0, n: numbers.length };
}

/** CSV with raw values: dots, ISO times, no thousands. A text that a spreadsheet would run as a formula is quoted by an apostrophe. */
export function csvOf(table: RunTable, fields: readonly string[], places: readonly number[]): string {
  const cell = (value: CellValue): string => {
    if (value === null) return '';
    const text = typeof value === 'string' && /^[=+@\t\r]|^-(?![\d.])/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const head = ['run', ...fields].map(cell).join(',');
  return [
    head,
    ...places.map((place) => [table.ids[place] ?? null, ...fields.map((field) => table.value(field, place))].map(cell).join(',')),
  ].join('\r\n');
}
