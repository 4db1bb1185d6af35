import type { Split } from '@crisol/contracts';
import type { Table, TableColumn } from '@crisol/plugin-api';
import { mulberry32, shuffledIndices } from '@crisol/statistics';
import type { CandidateTraining } from './comparison-candidates.js';
import type { ComparedTask } from './comparison-test-sets.js';
import type { TableTools } from './table-tools.js';

export interface ChoosingCandidate {
  readonly label: string;
  readonly training: CandidateTraining | null;
}
export interface ChosenRows {
  /** Numbers of rows in the file, ascending. */
  readonly rows: Int32Array;
  readonly note: string | null;
  /** Places of the candidates that have, or may have, learnt from some of the rows. */
  readonly leaked: ReadonlySet<number>;
}

/** With fewer rows than this that are new to all, those that are new to the first have to do. */
const fewest = 20;

/**
 * Chooses the rows of a data set version that candidates are compared on: labelled ones that no candidate has learnt from, as
 * far as their splits are known. What may be amiss is said.
 * @param whole - all rows, the target column among their columns
 * @param most - more are drawn from, the same ones each time
 */
export function chooseRows(
  set: { readonly id: string; readonly dataset: string; readonly version: number },
  whole: Table,
  { task, target }: ComparedTask,
  candidates: readonly ChoosingCandidate[],
  most: number,
  tools: Pick<TableTools, 'testRowsOf' | 'isUnusable'>,
): ChosenRows {
  const truth = whole.columns.find(({ name }) => name === target);
  if (!truth) throw new TypeError(`The column ${target} was not read.`);
  const notes: string[] = [];
  const leaked = new Set<number>();
  const kept: { readonly index: number; readonly marks: Uint8Array }[] = [];
  for (const [index, { label, training }] of candidates.entries()) {
    if (training === null) {
      notes.push(`What ${label} has learnt from is not known.`);
      continue;
    }
    if (training.data.id !== set.id) {
      if (training.data.dataset !== set.dataset) continue;
      leaked.add(index);
      notes.push(`${label} was trained on version ${training.data.version} of the same data set and may have learnt from these rows.`);
      continue;
    }
    const own = keptOut(tools, whole, { task, target }, training.split, training.rows?.test ?? null);
    if (own) kept.push({ index, marks: own });
    else {
      leaked.add(index);
      notes.push(
        training.split?.kind === 'kfold'
          ? `${label} was fitted on all of these rows after its folds, so it looks better than it is.`
          : `${label} was trained on this data, and which rows it kept out is not known, so it may look better than it is.`,
      );
    }
  }
  const labelled = Int32Array.from({ length: whole.rows }, (_, row) => row).filter((row) => isKnown(truth, row));
  let rows = labelled.filter((row) => kept.every(({ marks }) => marks[row] === 1));
  if (kept.length > 0 && rows.length < fewest) {
    const [first, ...others] = kept;
    rows = labelled.filter((row) => first?.marks[row] === 1);
    for (const { index } of others) {
      leaked.add(index);
      notes.push(`${candidates[index]?.label ?? ''} was trained with another split and has learnt from some of these rows.`);
    }
  }
  if (kept.length > 0) notes.unshift(`Only rows that were kept out of training: ${count(rows.length)} of ${count(whole.rows)}.`);
  if (labelled.length < whole.rows) notes.push(`${count(whole.rows - labelled.length)} rows without a ${target} are left out.`);
  if (rows.length > most) {
    notes.push(`${count(most)} of ${count(rows.length)} rows, drawn at random with seed 1.`);
    const drawn = shuffledIndices(rows.length, mulberry32(1)).subarray(0, most).sort();
    rows = drawn.map((at) => rows[at] ?? 0);
  }
  return { rows, note: notes.length > 0 ? notes.join(' ') : null, leaked };
}

/** A mark for each row that a training kept out, or null when they cannot be told. */
function keptOut(
  tools: Pick<TableTools, 'testRowsOf' | 'isUnusable'>,
  whole: Table,
  { task, target }: ComparedTask,
  split: Split | null,
  counted: number | null,
): Uint8Array | null {
  if (split?.kind !== 'holdout') return null;
  try {
    const { rows } = tools.testRowsOf(whole, { target, task, split });
    if (counted !== null && counted !== rows.length) return null;
    const marks = new Uint8Array(whole.rows);
    for (const row of rows) marks[row] = 1;
    return marks;
  } catch (error) {
    if (tools.isUnusable(error)) return null;
    throw error;
  }
}

function isKnown(column: TableColumn, row: number): boolean {
  if (column.type !== 'text') return Number.isFinite(column.values[row] ?? Number.NaN);
  const code = column.codes[row] ?? -1;
  return code >= 0 && column.levels[code] !== '';
}

const count = (value: number): string => value.toLocaleString('en-US');
