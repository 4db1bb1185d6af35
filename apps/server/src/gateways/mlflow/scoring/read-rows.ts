import type { Signature } from '@crisol/contracts';
import { parse } from 'csv-parse/sync';
import { parseLenientJson } from '../lenient-json.js';
import { MlflowError } from '../mlflow-error.js';

type Row = Record<string, string | number | boolean | null>;
type Columns = Signature['inputs'];

/** Rows of one request; more belong into a batch. */
const mostRows = 10_000;
const shapes = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
const bad = (message: string) => new MlflowError('BAD_REQUEST', message);

/**
 * Reads the rows of an MLflow scoring request.
 * @param columns - inputs of the model, for rows that come without names
 * @throws MlflowError `BAD_REQUEST`
 */
export function readJsonRows(text: string, columns: Columns): Row[] {
  const body = parseLenientJson(text);
  if (!isObject(body)) throw bad(`The body must be a JSON object with one of ${shapes.join(', ')}.`);
  if ('messages' in body) throw bad('Chat messages go to language models; the models here take columns.');
  if ('signature_name' in body) throw bad('signature_name is not supported: a model has one signature.');
  const given = shapes.filter((shape) => shape in body);
  const [shape] = given;
  if (shape === undefined || given.length > 1) {
    throw bad(`The body must hold exactly one of ${shapes.join(', ')}; it holds ${given.length === 0 ? 'none' : given.join(' and ')}.`);
  }
  return checkRows(readers[shape](body[shape], columns));
}

const readers: Readonly<Record<(typeof shapes)[number], (value: unknown, columns: Columns) => Row[]>> = {
  dataframe_split: (value) => {
    if (!isObject(value) || !isList(value['columns']) || !isList(value['data']))
      throw bad('dataframe_split must look like {"columns": ["a", "b"], "data": [[1, 2]]}.');
    const names = value['columns'].map(String);
    return value['data'].map((row, i) => named(row, names, `dataframe_split.data[${i}]`));
  },
  dataframe_records: (value) => {
    if (!isList(value)) throw bad('dataframe_records must be a list of objects, such as [{"a": 1}].');
    return value.map((row, i) => record(row, `dataframe_records[${i}]`));
  },
  instances: (value, columns) => {
    if (!isList(value)) throw bad('instances must be a list, such as [{"a": 1}] or [[1, 2]].');
    return value.map((row, i) => (isObject(row) ? record(row, `instances[${i}]`) : positional(row, columns, `instances[${i}]`)));
  },
  inputs: (value, columns) => {
    if (isList(value))
      return value.map((row, i) => (isObject(row) ? record(row, `inputs[${i}]`) : positional(row, columns, `inputs[${i}]`)));
    if (!isObject(value)) throw bad('inputs must be lists by column, such as {"a": [1], "b": [2]}, or a list of rows.');
    return byColumn(value);
  },
};

/** Reads rows of CSV with a header. Values get the type that the model's column has; an empty cell is a missing value. */
export function readCsvRows(text: string, columns: Columns): Row[] {
  let table: string[][];
  try {
    table = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: false, to: mostRows + 2 });
  } catch (error) {
    throw bad(`The body is not valid CSV: ${error instanceof Error ? error.message : 'it could not be read'}.`);
  }
  const [header, ...lines] = table;
  if (!header) throw bad('The CSV is empty; its first line must name the columns.');
  const types = new Map(columns.map((column) => [column.name, column.type]));
  return checkRows(lines.map((line) => Object.fromEntries(header.map((name, i) => [name, typed(line[i] ?? '', types.get(name))]))));
}

function typed(cell: string, type: Columns[number]['type'] | undefined): string | number | boolean | null {
  if (cell === '') return null;
  if (type === 'boolean') return /^true$/i.test(cell) ? true : /^false$/i.test(cell) ? false : cell;
  // What is no number stays text, and the check of the column says so with its name.
  if (type === 'number' || type === 'integer') return cell.trim() !== '' && !Number.isNaN(Number(cell)) ? Number(cell) : cell;
  return cell;
}

function byColumn(value: Readonly<Record<string, unknown>>): Row[] {
  const names = Object.keys(value);
  const lists = names.map((name) => {
    const column = value[name];
    return isList(column) ? column.map((cell) => (isList(cell) && cell.length === 1 ? cell[0] : cell)) : [column];
  });
  const rows = lists[0]?.length ?? 0;
  lists.forEach((list, i) => {
    if (list.length !== rows) throw bad(`inputs.${names[i]} has ${list.length} values, but inputs.${names[0]} has ${rows}.`);
  });
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, cellOf(lists[i]?.[row], `inputs.${name}[${row}]`)])),
  );
}

function positional(row: unknown, columns: Columns, where: string): Row {
  return named(
    isList(row) ? row : [row],
    columns.map((column) => column.name),
    where,
  );
}

function named(row: unknown, names: readonly string[], where: string): Row {
  if (!isList(row)) throw bad(`${where} must be a list of ${names.length} values.`);
  if (row.length !== names.length) throw bad(`${where} has ${row.length} values, but there are ${names.length} columns.`);
  return Object.fromEntries(names.map((name, i) => [name, cellOf(row[i], `${where}[${i}]`)]));
}

function record(row: unknown, where: string): Row {
  if (!isObject(row)) throw bad(`${where} must be an object of columns.`);
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cellOf(cell, `${where}.${name}`)]));
}

function cellOf(cell: unknown, where: string): string | number | boolean | null {
  if (cell === null || cell === undefined || cell === 'NaN') return null;
  if (typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean') return cell;
  throw bad(`${where} must be a text, a number, true, false or null.`);
}

function checkRows(rows: Row[]): Row[] {
  if (rows.length === 0) throw bad('There are no rows to predict.');
  if (rows.length > mostRows) throw bad(`At most ${mostRows} rows a request; send the rest in another one.`);
  return rows;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
