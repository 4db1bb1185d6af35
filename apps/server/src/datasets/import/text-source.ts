import type { Column, ReadOptions } from '@crisol/contracts';
import { JobFailure } from '../../platform/jobs/job-handler.js';
import { databaseType } from '../duckdb/column-types.js';
import { quoteName, quoteText, type DuckDbSession } from '../duckdb/open-duckdb.js';
import { csvShape, type CsvShape } from './csv-shape.js';
import type { FileFacts } from './file-facts.js';
import { conversionFailure, type ConversionFailure } from './file-failure.js';
import { limits } from './limits.js';

/** Texts that mean "missing" unless the caller names others; pandas and R write them. */
const defaultNullTexts = ['', 'NA', 'N/A', 'null', 'NULL'];

/** A text table as a relation that DuckDB can read, and how it was understood. */
export class TextSource {
  private constructor(
    private readonly path: string,
    private readonly options: ReadOptions,
    private readonly shape: CsvShape,
    private readonly nullTexts: readonly string[],
    private header: boolean,
    private dateFormat: string | null,
    private timestampFormat: string | null,
    private columns: readonly { readonly name: string; readonly type: string }[],
  ) {}

  static async open(session: DuckDbSession, path: string, facts: FileFacts, options: ReadOptions): Promise<TextSource> {
    const given = {
      delimiter: options.delimiter ?? (options.format === 'tsv' ? '\t' : undefined),
      decimalSeparator: options.decimalSeparator,
    };
    const shape = csvShape(facts.head, given);
    const source = new TextSource(
      path,
      options,
      shape,
      options.nullText ? ['', ...options.nullText] : defaultNullTexts,
      true,
      null,
      null,
      [],
    );
    await source.sniff(session, 20_480);
    return source;
  }

  /** What was detected or told, to be kept with the version. */
  describe(): Record<string, string | boolean | string[]> {
    return {
      encoding: 'utf-8',
      delimiter: this.shape.delimiter,
      header: this.header,
      decimalSeparator: this.shape.decimalSeparator,
      nullText: [...this.nullTexts],
      ...(this.dateFormat ? { dateFormat: this.dateFormat } : {}),
    };
  }

  /** The relation; strict, so that a line which does not fit is an error and never a guess. */
  sql(): string {
    const columns = this.columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(type)}`).join(', ');
    return `read_csv(${quoteText(this.path)}, auto_detect = false, columns = {${columns}}, header = ${this.header}, ${this.dialect()})`;
  }

  databaseColumns(): readonly { readonly name: string; readonly type: string }[] {
    return this.columns;
  }

  /** Looks at more lines and may widen types; for when the first lines promised more than the rest keeps. */
  async sniff(session: DuckDbSession, sampleLines: number): Promise<void> {
    const header = this.options.header === undefined ? '' : `, header = ${this.options.header}`;
    const sql = `SELECT HasHeader, Columns, DateFormat, TimestampFormat FROM sniff_csv(${quoteText(this.path)}, ${this.dialect()}${header}, ignore_errors = true, null_padding = true, sample_size = ${sampleLines})`;
    const found = await session.rows(sql).catch((error: unknown) => {
      // The sniffer gives up on lines that do not fit without naming one. Reading the columns as text names the first.
      if (error instanceof Error && error.message.includes('Error when sniffing')) return [];
      throw error;
    });
    const [row] = found;
    if (!row || !Array.isArray(row[1])) {
      this.columns = this.withOverrides(this.shape.names.map((name) => ({ name, type: 'VARCHAR' })));
      return;
    }
    this.header = row[0] === true;
    this.dateFormat = this.options.dateFormat ?? (typeof row[2] === 'string' ? row[2] : null);
    this.timestampFormat = typeof row[3] === 'string' ? row[3] : null;
    // Padding makes the sniffer invent columns when a later line is longer than the first.
    const described = row[1].map((entry) => readColumn(entry)).slice(0, this.shape.width);
    this.columns = this.withOverrides(described);
  }

  /** Gives a column that a value did not fit the next wider type. */
  widen(failure: ConversionFailure): void {
    const column = this.columns.find(({ name }) => name === failure.column);
    const overridden = this.options.types !== undefined && failure.column in this.options.types;
    if (!column || overridden || column.type === 'VARCHAR')
      throw new JobFailure(
        'file_format',
        `${failure.line ? `Line ${failure.line}` : 'A line'}: "${failure.value.slice(0, 100)}" in column "${failure.column}" is not ${failure.type}. Choose another type for the column, or name the text as missing.`,
        failure.line
          ? [{ pointer: `/lines/${failure.line}`, code: 'file_format', message: `"${failure.column}" is not ${failure.type}` }]
          : [],
      );
    const number = Number(failure.value.replace(this.shape.decimalSeparator, '.'));
    const type = column.type === 'BIGINT' && Number.isFinite(number) ? 'DOUBLE' : 'VARCHAR';
    this.columns = this.columns.map((entry) => (entry === column ? { name: entry.name, type } : entry));
  }

  private withOverrides(found: readonly { readonly name: string; readonly type: string }[]): { name: string; type: string }[] {
    const types = this.options.types ?? {};
    const unknown = Object.keys(types).find((name) => !found.some((column) => column.name === name));
    if (unknown !== undefined)
      throw new JobFailure(
        'column_unknown',
        `There is no column "${unknown}" to give a type to; there are ${found.map(({ name }) => `"${name}"`).join(', ')}.`,
      );
    return found.map(({ name, type }, index) => {
      const given = types[name];
      if (given) return { name, type: databaseType(given) };
      return { name, type: this.shape.codeColumns.includes(index) && type === 'BIGINT' ? 'VARCHAR' : type };
    });
  }

  private dialect(): string {
    const parts = [
      `delim = ${quoteText(this.shape.delimiter)}`,
      `quote = '"'`,
      `escape = '"'`,
      'skip = 0',
      `nullstr = [${this.nullTexts.map(quoteText).join(', ')}]`,
      `decimal_separator = ${quoteText(this.shape.decimalSeparator)}`,
      `max_line_size = ${limits.lineBytes}`,
      'strict_mode = true',
    ];
    const dateFormat = this.options.dateFormat ?? this.dateFormat;
    if (dateFormat) parts.push(`dateformat = ${quoteText(dateFormat)}`);
    if (this.timestampFormat) parts.push(`timestampformat = ${quoteText(this.timestampFormat)}`);
    return parts.join(', ');
  }
}

function readColumn(entry: unknown): { name: string; type: string } {
  if (typeof entry === 'object' && entry !== null && 'name' in entry && 'type' in entry)
    return { name: String(entry.name), type: String(entry.type) };
  throw new TypeError('the sniffer gave a column without name and type');
}

/** Runs `copy`, widening types when a value far down the file does not fit what the first lines showed. */
export async function withWidening(session: DuckDbSession, source: TextSource, copy: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await copy();
      return;
    } catch (error) {
      const failure = conversionFailure(error);
      if (!failure || attempt > limits.columns) throw error;
      if (attempt === 0) await source.sniff(session, -1);
      const column = source.databaseColumns().find(({ name }) => name === failure.column);
      if (column?.type === failure.type || attempt > 0) source.widen(failure);
    }
  }
}

/** Columns with names that this house keeps for itself, or that are too long, are refused. */
export function checkColumns(columns: readonly Pick<Column, 'name'>[]): void {
  if (columns.length > limits.columns)
    throw new JobFailure(
      'file_limits',
      `The file has ${columns.length.toLocaleString('en')} columns; at most ${limits.columns.toLocaleString('en')} are taken.`,
    );
  const long = columns.find(({ name }) => name.length > limits.nameCharacters);
  if (long)
    throw new JobFailure(
      'file_limits',
      `A column's name has ${long.name.length} characters ("${long.name.slice(0, 40)}…"); at most ${limits.nameCharacters} are taken.`,
    );
  const reserved = columns.find(({ name }) => name.toLowerCase() === '__row' || name.toLowerCase() === 'file_row_number');
  if (reserved)
    throw new JobFailure(
      'file_limits',
      `The name "${reserved.name}" is kept for row numbers. Rename the column ${quoteName(reserved.name)}.`,
    );
}
