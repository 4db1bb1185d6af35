import type { ModelFacts, TableColumn } from '@crisol/plugin-api';
import { crossed, groupsOf, type Groups } from './groups.js';

/** The check cannot be run on these facts; the message says why and what would be right. */
export class NotJudgeable extends Error {
  override readonly name = 'NotJudgeable';
}

export interface GroupingKwargs {
  readonly column: string;
  readonly cross_with: readonly string[];
  readonly bins: number | readonly number[];
}
/** Test rows with their groups. */
export interface JudgedRows {
  readonly target: TableColumn;
  readonly prediction: TableColumn;
  readonly groups: Groups;
}

const mostGroups = 200;

/** Reads the groups, the truth and the answers of the candidate. @throws NotJudgeable */
export async function readRows(facts: ModelFacts, asked: GroupingKwargs, signal: AbortSignal): Promise<JudgedRows> {
  const { test } = facts;
  if (!test) throw new NotJudgeable('There are no test rows here, so groups cannot be compared.');
  const sensitive = [asked.column, ...asked.cross_with];
  const known = test.columns.map(({ name }) => name).filter((name) => !name.startsWith('__'));
  const unknown = sensitive.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new NotJudgeable(`The test rows have no column ${unknown.join(', ')}; they have ${known.join(', ')}.`);
  const names = [...new Set(['__target', '__prediction', ...sensitive])];
  const { columns } = await test.read(names, signal);
  const column = (name: string): TableColumn => {
    const found = columns.find((candidate) => candidate.name === name);
    if (!found) throw new TypeError(`The test rows have no column ${name}.`);
    return found;
  };
  const groups = crossed(sensitive.map((name) => groupsOf(column(name), asked.bins)));
  if (groups.names.length > mostGroups)
    throw new NotJudgeable(`${sensitive.join(' × ')} has ${groups.names.length} groups; at most ${mostGroups} can be compared.`);
  return { target: column('__target'), prediction: column('__prediction'), groups };
}

/** 1 where a column of labels names the wanted one. */
export function isLabel(column: TableColumn, label: string): Int8Array {
  if (column.type !== 'text') return Int8Array.from(column.values, (value) => (String(value) === label ? 1 : 0));
  const wanted = column.levels.indexOf(label);
  return Int8Array.from(column.codes, (code) => (code === wanted && wanted >= 0 ? 1 : 0));
}

/** 1 where two columns of labels agree. */
export function agrees(one: TableColumn, other: TableColumn): Int8Array {
  const text = (column: TableColumn, row: number): string =>
    column.type === 'text' ? (column.levels[column.codes[row] ?? -1] ?? '') : String(column.values[row]);
  const length = one.type === 'text' ? one.codes.length : one.values.length;
  return Int8Array.from({ length }, (_, row) => (text(one, row) === text(other, row) ? 1 : 0));
}

/** Rows of the groups that are large enough, with those groups numbered anew. */
export function onlyLarge(groups: Groups, minRows: number): { readonly rows: Int32Array; readonly groups: Groups; readonly small: number } {
  const counts = new Int32Array(groups.names.length);
  for (const group of groups.of) counts[group] = (counts[group] ?? 0) + 1;
  const kept = groups.names.flatMap((_, k) => ((counts[k] ?? 0) >= minRows ? [k] : []));
  const position = new Map(kept.map((k, index) => [k, index]));
  const rows = Int32Array.from([...groups.of.keys()].filter((row) => position.has(groups.of[row] ?? -1)));
  return {
    rows,
    groups: { names: kept.map((k) => groups.names[k] ?? ''), of: Int32Array.from(rows, (row) => position.get(groups.of[row] ?? -1) ?? 0) },
    small: groups.names.length - kept.length,
  };
}
