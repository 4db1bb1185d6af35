import { JobFailure } from '../../platform/jobs/job-handler.js';
import { limits } from './limits.js';

/** A value that does not fit the type of its column. */
export interface ConversionFailure {
  readonly line: number | null;
  readonly column: string;
  readonly value: string;
  readonly type: string;
}

/** Reads the conversion failure out of DuckDB's message, when it is one. */
export function conversionFailure(error: unknown): ConversionFailure | undefined {
  const text = messageOf(error);
  const match = /Error when converting column "(.*)"\. Could not convert string "([\s\S]*?)" to '?([^'\n]+)'?/.exec(text);
  if (!match) return undefined;
  const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
  return { line: line ? Number(line) : null, column: match[1] ?? '', value: match[2] ?? '', type: (match[3] ?? '').trim() };
}

/** Turns what DuckDB says about a file into a failure that names the line, what was found, and what would be right. */
export function fileFailure(error: unknown, format: string): unknown {
  if (error instanceof JobFailure) return error;
  // What follows is advice for people who write SQL, and the settings, whose names would match below.
  const [text = ''] = messageOf(error).split(/\nPossible |\nThe search space|\n\s+file = /, 1);
  const line = /(?:CSV Error on Line:|in line) (\d+)/.exec(text)?.[1];
  const where = line ? `Line ${line}` : 'A line';
  const at = (code: string, detail: string) =>
    new JobFailure(code, detail, line ? [{ pointer: `/lines/${line}`, code, message: detail }] : []);

  const ragged = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text);
  if (ragged) return at('file_ragged', `${where} has ${ragged[2]} values; the columns are ${ragged[1]}. It reads: ${originalLine(text)}`);
  if (/unterminated quote/i.test(text))
    return at('file_ragged', `${where} opens a quote that is never closed. It reads: ${originalLine(text)}`);
  if (/Maximum line size|max_line_size|Maximum object size|maximum_object_size/i.test(text))
    return at('file_limits', `${where} is longer than ${limits.lineBytes.toLocaleString('en')} bytes. Is a quote or a line end missing?`);
  if (/not utf-?8|Invalid unicode/i.test(text)) return at('file_encoding', `${where} is not UTF-8. Save the file as UTF-8.`);
  const conversion = conversionFailure(error);
  if (conversion)
    return at(
      'file_format',
      `${where}: "${conversion.value.slice(0, 100)}" in column "${conversion.column}" is not ${conversion.type}. Choose another type for the column, or name the text as missing.`,
    );
  const cast = /Could not convert string '([^']*)' to (\w+)/.exec(text);
  if (cast) return at('file_format', `"${(cast[1] ?? '').slice(0, 100)}" is not ${cast[2]}. Choose another type for its column.`);
  if (/Malformed JSON/i.test(text)) return at('file_format', `${where} is not one JSON object. NDJSON has one whole object on each line.`);
  if (/Out of Memory/i.test(text))
    return new JobFailure('file_limits', 'Reading the file took more memory than is allowed for one import.');
  if (/Binder Error|Catalog Error|Parser Error|INTERNAL/.test(text)) return error;
  if (format === 'parquet') return new JobFailure('file_format', 'The Parquet file is damaged and cannot be read. Write it again.');
  if (format === 'ndjson') return at('file_format', `${where} cannot be read as NDJSON: one JSON object on each line.`);
  if (/Error when sniffing file|could not be|CSV/i.test(text))
    return at(
      'file_delimiter',
      'The columns could not be told apart. Set the delimiter, or check that every line has the same number of values.',
    );
  return error;
}

function originalLine(text: string): string {
  const line = /Original Line:([^\n]*)/.exec(text)?.[1]?.trim() ?? '';
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
