import type { Signature, SignatureColumn } from '@crisol/contracts';
import type { Table, TableColumn } from '@crisol/plugin-api';
import { z } from 'zod';

export type SampleCell = string | number | boolean | null;

/** Why samples cannot be used, for the one who sent them. */
export class UnusableSamples extends Error {
  override readonly name = 'UnusableSamples';
}

/** What is right for each row: a number, a label, or probabilities in the order of the labels. */
export interface ExpectedAnswers {
  readonly prediction?: readonly number[];
  readonly label?: readonly string[];
  readonly probabilities?: readonly (readonly number[])[];
}

const mostRows = 10_000;
const dayMs = 86_400_000;
const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Answer = z.union([z.number(), z.string(), z.boolean(), z.array(z.number()), z.record(z.string(), z.number())]);
type Answer = z.infer<typeof Answer>;
const Samples = z.strictObject({
  columns: z.array(z.string()).optional(),
  rows: z.union([z.array(z.record(z.string(), Cell)), z.array(z.array(Cell))]),
  expected: z.array(Answer),
});

/** Sample rows with the answers that their owner expects. */
export class SampleRows {
  constructor(
    /** Null when rows came as lists without names. */
    readonly columns: readonly string[] | null,
    private readonly rows: readonly (readonly SampleCell[])[],
    private readonly answers: readonly Answer[],
  ) {
    if (rows.length === 0) throw new UnusableSamples('There are no sample rows.');
    if (rows.length > mostRows) throw new UnusableSamples(`There are ${rows.length} sample rows; at most ${mostRows} are taken.`);
    if (answers.length !== rows.length)
      throw new UnusableSamples(`There are ${rows.length} sample rows and ${answers.length} expected answers.`);
  }

  values(column: string): SampleCell[] {
    const index = this.columns?.indexOf(column) ?? -1;
    return index < 0 ? [] : this.rows.map((row) => row[index] ?? null);
  }

  /** The rows in the columns of the signature; rows without names go by position. */
  table({ inputs }: Signature): Table {
    const missing = this.columns && inputs.find(({ name }) => !this.columns?.includes(name));
    if (missing) throw new UnusableSamples(`The samples have no column ${missing.name}.`);
    const width = this.rows.findIndex((row) => !this.columns && row.length !== inputs.length);
    if (width >= 0) throw new UnusableSamples(`Sample row ${width} does not have ${inputs.length} values.`);
    const cells = (column: SignatureColumn, at: number): SampleCell[] =>
      this.columns ? this.values(column.name) : this.rows.map((row) => row[at] ?? null);
    return { rows: this.rows.length, columns: inputs.map((column, at) => toColumn(column, cells(column, at))) };
  }

  expected({ labels }: Signature): ExpectedAnswers {
    const [first] = this.answers;
    if (labels === null) return { prediction: this.answers.map((answer, row) => numberOf(answer, row)) };
    if (typeof first === 'object') return { probabilities: this.answers.map((answer, row) => probabilitiesOf(answer, labels, row)) };
    return { label: this.answers.map((answer) => String(answer)) };
  }
}

/**
 * JSON: `{ "rows": [{…} or […]], "expected": [number, label, [probabilities] or {class: probability}] }`. CSV: columns as the
 * inputs, and `expected`, or `expected:<class>` for each class.
 */
export function readSamples(text: string): SampleRows {
  return /^\s*[{[]/.test(text) ? readJson(text) : readCsv(text);
}

function readJson(text: string): SampleRows {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnusableSamples('The samples are not valid JSON.');
  }
  const parsed = Samples.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('/') ?? '';
    throw new UnusableSamples(
      `The samples need "rows" and "expected": ${place === '' ? '' : `${place}: `}${issue?.message ?? 'not as they should be'}.`,
    );
  }
  const { rows, expected } = parsed.data;
  const [first] = rows;
  if (Array.isArray(first) || first === undefined)
    return new SampleRows(
      parsed.data.columns ?? null,
      rows.filter((row) => Array.isArray(row)),
      expected,
    );
  const columns = parsed.data.columns ?? Object.keys(first);
  return new SampleRows(
    columns,
    rows.map((row) => columns.map((name) => (Array.isArray(row) ? null : (row[name] ?? null)))),
    expected,
  );
}

function readCsv(text: string): SampleRows {
  const [header = [], ...lines] = parseCsv(text);
  const at = header.flatMap((name, index) => (/^expected(:.*)?$/.test(name) ? [] : [index]));
  const classes = header.flatMap((name, index) => (name.startsWith('expected:') ? [{ name: name.slice('expected:'.length), index }] : []));
  const single = header.indexOf('expected');
  if (single < 0 && classes.length === 0)
    throw new UnusableSamples('The samples have no column "expected", nor "expected:<class>" for each class.');
  const answers = lines.map((line): Answer => {
    if (classes.length > 0) return Object.fromEntries(classes.map(({ name, index }) => [name, Number(line[index])]));
    return line[single] ?? '';
  });
  const rows = lines.map((line) => at.map((index) => (line[index] === '' ? null : (line[index] ?? null))));
  return new SampleRows(
    at.map((index) => header[index] ?? ''),
    rows,
    answers,
  );
}

/** RFC 4180: quotes around a field, two for one inside of it. Empty lines are left out. */
export function parseCsv(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/y;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (!match) throw new UnusableSamples(`The samples are not valid CSV near line ${lines.length + 1}.`);
    const [, raw = '', end = ''] = match;
    line.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === ',') {
      if (field.lastIndex === text.length) line.push('');
      else continue;
    }
    if (line.length > 1 || line[0] !== '') lines.push(line);
    line = [];
  }
  return lines;
}

function toColumn({ name, type }: SignatureColumn, cells: readonly SampleCell[]): TableColumn {
  if (type === 'text') {
    const levels = [...new Set(cells.filter((cell) => cell !== null).map(String))];
    return { name, type, levels, codes: Int32Array.from(cells, (cell) => (cell === null ? -1 : levels.indexOf(String(cell)))) };
  }
  return { name, type, values: Float64Array.from(cells, (cell, row) => toNumber(name, type, cell, row)) };
}

function toNumber(name: string, type: SignatureColumn['type'], cell: SampleCell, row: number): number {
  if (cell === null) return Number.NaN;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  if (typeof cell === 'number') return cell;
  if (type === 'boolean' && /^(true|false)$/i.test(cell)) return cell.toLowerCase() === 'true' ? 1 : 0;
  const value = type === 'date' || type === 'timestamp' ? Date.parse(cell) / dayMs : Number(cell);
  if (Number.isNaN(value) && !/^nan$/i.test(cell)) throw new UnusableSamples(`${name} in sample row ${row} is "${cell}", not a ${type}.`);
  return value;
}

function numberOf(answer: Answer, row: number): number {
  const [first] = Array.isArray(answer) ? answer : [answer];
  const value = typeof first === 'object' ? Number.NaN : Number(first);
  if (Number.isNaN(value) && !/^nan$/i.test(String(first)))
    throw new UnusableSamples(`The expected answer of sample row ${row} is not a number.`);
  return value;
}

function probabilitiesOf(answer: Answer, labels: readonly string[], row: number): number[] {
  const values = Array.isArray(answer)
    ? answer
    : labels.map((label) => (typeof answer === 'object' && Object.hasOwn(answer, label) ? (answer[label] ?? Number.NaN) : Number.NaN));
  if (values.length !== labels.length || values.some((value) => Number.isNaN(value)))
    throw new UnusableSamples(`The expected answer of sample row ${row} does not have a probability for each of ${labels.join(', ')}.`);
  return values;
}
