import type { Task } from '@crisol/contracts';
import type { Table, TableColumn, TextColumn } from '@crisol/plugin-api';

/** A table cut down to the rows that have a target, with the target in the shape that the task needs. */
export interface TrainingTable {
  readonly table: Table;
  readonly target: TableColumn;
  /** Classes in the order of the probabilities; empty for regression. */
  readonly labels: readonly string[];
  readonly droppedRows: number;
}

/** What a training works on. For the tasks without a target `truth` is the column that only measures, when one was named. */
export interface TrainingData extends Omit<TrainingTable, 'target'> {
  readonly target: TableColumn | null;
  readonly truth: TableColumn | null;
}

/** Tasks that learn from the inputs alone. */
export function isUntargeted(task: Task): boolean {
  return task === 'anomaly' || task === 'clustering';
}

/** As `prepareTable`, for every task: those without a target keep all rows. @param truthName - empty for none */
export function prepareData(whole: Table, truthName: string, task: Task): TrainingData {
  if (!isUntargeted(task)) {
    const data = prepareTable(whole, truthName, task);
    return { ...data, truth: data.target };
  }
  const columns = whole.columns.filter((column) => column.name !== truthName);
  requireRows(whole.rows);
  const truth = whole.columns.find((column) => column.name === truthName) ?? null;
  return { table: { rows: whole.rows, columns }, target: null, truth, labels: [], droppedRows: 0 };
}

/** Why a table cannot be trained on; `pointer` names the field of the training's input. */
export class UnusableTable extends Error {
  override readonly name = 'UnusableTable';
  constructor(
    readonly pointer: string,
    message: string,
  ) {
    super(message);
  }
}

/** Rows by index. */
export function takeRows(table: Table, rows: Int32Array): Table {
  return { rows: rows.length, columns: table.columns.map((column) => takeColumn(column, rows)) };
}

export function takeColumn(column: TableColumn, rows: Int32Array): TableColumn {
  if (column.type === 'text') {
    const codes = new Int32Array(rows.length);
    for (let i = 0; i < rows.length; i++) codes[i] = column.codes[rows[i] ?? 0] ?? -1;
    return { ...column, codes };
  }
  const values = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i] ?? 0] ?? Number.NaN;
  return { ...column, values };
}

/** Splits the target off, drops rows without one, and turns it into numbers or classes. */
export function prepareTable(whole: Table, targetName: string, task: Task): TrainingTable {
  const rawTarget = whole.columns.find((column) => column.name === targetName);
  if (!rawTarget) throw new UnusableTable('/input/target', `There is no column ${targetName}.`);
  const inputs: Table = { rows: whole.rows, columns: whole.columns.filter((column) => column.name !== targetName) };
  const present = presentRows(rawTarget);
  const target = takeColumn(rawTarget, present);
  const table = present.length === whole.rows ? inputs : takeRows(inputs, present);
  const droppedRows = whole.rows - present.length;
  if (task === 'regression') {
    if (target.type === 'text')
      throw new UnusableTable('/input/task', `${targetName} holds text, so it cannot be predicted as a number; choose multiclass.`);
    requireRows(table.rows);
    return { table, target, labels: [], droppedRows };
  }
  const classes = asClasses(target);
  requireRows(table.rows);
  if (classes.levels.length < 2)
    throw new UnusableTable('/input/target', `${targetName} has one value only, so there is nothing to tell apart.`);
  if (task === 'binary' && classes.levels.length > 2)
    throw new UnusableTable('/input/task', `${targetName} has ${classes.levels.length} values; choose multiclass.`);
  if (classes.levels.length > 1000)
    throw new UnusableTable('/input/target', `${targetName} has ${classes.levels.length} values; at most 1,000 classes can be told apart.`);
  return { table, target: classes, labels: classes.levels, droppedRows };
}

function requireRows(rows: number): void {
  if (rows < 20) throw new UnusableTable('/input/dataset', `Only ${rows} rows can be learned from; at least 20 are needed.`);
}

function presentRows(column: TableColumn): Int32Array {
  const rows: number[] = [];
  if (column.type === 'text') {
    for (let i = 0; i < column.codes.length; i++) {
      const code = column.codes[i] ?? -1;
      if (code >= 0 && column.levels[code] !== '') rows.push(i);
    }
  } else {
    for (let i = 0; i < column.values.length; i++) if (!Number.isNaN(column.values[i] ?? Number.NaN)) rows.push(i);
  }
  return Int32Array.from(rows);
}

/** The target as a text column whose levels are exactly the classes that occur: texts in code-unit order, numbers in theirs. */
function asClasses(target: TableColumn): TextColumn {
  if (target.type === 'text') {
    const used = [...new Set(target.codes)].map((code) => target.levels[code] ?? '').sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const position = new Map(used.map((level, index) => [level, index]));
    return {
      name: target.name,
      type: 'text',
      levels: used,
      codes: target.codes.map((code) => position.get(target.levels[code] ?? '') ?? -1),
    };
  }
  const used = [...new Set(target.values)].sort((a, b) => a - b);
  const position = new Map(used.map((value, index) => [value, index]));
  const levels = used.map((value) => (target.type === 'boolean' ? (value === 1 ? 'true' : 'false') : String(value)));
  return { name: target.name, type: 'text', levels, codes: Int32Array.from(target.values, (value) => position.get(value) ?? -1) };
}
