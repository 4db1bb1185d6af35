import { JobFailure } from '../../platform/jobs/job-handler.js';
import { limits } from './limits.js';

/** What the first lines of a text table look like. */
export interface CsvShape {
  readonly delimiter: string;
  readonly decimalSeparator: '.' | ',';
  /** Columns of the first line. */
  readonly width: number;
  /** Values of the first line, told apart; the names when it is a header. */
  readonly names: readonly string[];
  /** Positions of columns whose digits are codes ("00123"): read as numbers they would lose their zeros. */
  readonly codeColumns: readonly number[];
}

const usual = [',', ';', '\t', '|'] as const;
const unusual = [':', '~', '^', '\u0001', '/', '#'] as const;
const names: Readonly<Record<string, string>> = {
  ',': 'a comma',
  ';': 'a semicolon',
  '\t': 'a tab',
  '|': 'a bar',
  '\u0001': 'the control character U+0001',
};
const sampleRecords = 1_000;

/** Tells the columns of a text table apart from its first lines; `given` are a person's overrides. */
export function csvShape(head: string, given: { readonly delimiter?: string; readonly decimalSeparator?: '.' | ',' }): CsvShape {
  const delimiter = given.delimiter ?? detectDelimiter(head);
  const records = splitRecords(head, delimiter, sampleRecords);
  const width = records[0]?.length ?? 0;
  if (width > limits.columns)
    throw new JobFailure(
      'file_limits',
      `The first line has ${width.toLocaleString('en')} columns or more; at most ${limits.columns.toLocaleString('en')} are taken.`,
    );
  if (width === 1) refuseOtherDelimiter(head, delimiter, given.delimiter !== undefined);
  const body = records.slice(1);
  return {
    delimiter,
    width,
    names: distinctNames(records[0] ?? []),
    decimalSeparator: given.decimalSeparator ?? detectDecimal(body, delimiter),
    codeColumns: codeColumns(body, width),
  };
}

/** The usual character that gives the most columns in the same number on nearly every line. */
function detectDelimiter(head: string): string {
  const scored = usual.map((delimiter) => ({ delimiter, ...regularity(head, delimiter) }));
  const regular = scored.filter(({ width, share }) => width > 1 && share >= 0.8);
  const best = (regular.length > 0 ? regular : scored.filter(({ width }) => width > 1)).toSorted(
    (a, b) => b.share - a.share || b.width - a.width,
  )[0];
  return best?.delimiter ?? ',';
}

function regularity(head: string, delimiter: string): { readonly width: number; readonly share: number; readonly records: number } {
  const widths = splitRecords(head, delimiter, 200).map((record) => record.length);
  const width = widths[0] ?? 0;
  return { width, share: widths.filter((value) => value === width).length / Math.max(1, widths.length), records: widths.length };
}

function refuseOtherDelimiter(head: string, delimiter: string, given: boolean): void {
  for (const other of given ? [...usual, ...unusual] : unusual) {
    if (other === delimiter) continue;
    const found = regularity(head, other);
    if (found.width > 1 && found.records > 2 && found.share === 1)
      throw new JobFailure(
        'file_delimiter',
        `With ${nameOf(delimiter)} as delimiter the file has one column, but every line has ${found.width} values with ${nameOf(other)}. Set the delimiter to ${nameOf(other)}.`,
      );
  }
}

function nameOf(delimiter: string): string {
  return names[delimiter] ?? `"${delimiter}"`;
}

/** Comma when values such as 12,5 occur and none such as 12.5 does; only where a comma does not separate columns. */
function detectDecimal(records: readonly (readonly string[])[], delimiter: string): '.' | ',' {
  if (delimiter === ',') return '.';
  let commas = 0;
  for (const record of records)
    for (const value of record) {
      if (/^[+-]?\d+\.\d+$/.test(value)) return '.';
      if (/^[+-]?\d+,\d+$/.test(value)) commas += 1;
    }
  return commas > 0 ? ',' : '.';
}

function codeColumns(records: readonly (readonly string[])[], width: number): number[] {
  return Array.from({ length: width }, (_unused, index) => index).filter((index) =>
    records.some((record) => /^0\d+$/.test(record[index] ?? '')),
  );
}

function distinctNames(values: readonly string[]): string[] {
  const taken = new Set<string>();
  return values.map((value, index) => {
    let name = value.trim() || `column${index}`;
    while (taken.has(name.toLowerCase())) name = `${name}_${index}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/** Splits text into records by RFC 4180; an open quote runs to the end. Blank lines are left out. */
export function splitRecords(text: string, delimiter: string, most: number): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let start = 0;
  let value = '';
  let quoted = false;
  const finishRecord = (end: number) => {
    record.push(value + text.slice(start, end).replace(/\r$/, ''));
    value = '';
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  };
  for (let at = 0; at < text.length && records.length < most; at++) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') continue;
      value += text.slice(start, at);
      if (text[at + 1] === '"') {
        value += '"';
        at += 1;
      } else quoted = false;
      start = at + 1;
    } else if (character === '"' && at === start && value === '') {
      quoted = true;
      start = at + 1;
    } else if (character === delimiter) {
      record.push(value + text.slice(start, at));
      value = '';
      start = at + 1;
      if (record.length > limits.columns) return [...records, record];
    } else if (character === '\n') {
      finishRecord(at);
      start = at + 1;
    }
  }
  if (records.length < most && (start < text.length || record.length > 0)) finishRecord(text.length);
  return records;
}
