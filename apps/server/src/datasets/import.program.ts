import type { Column, DatasetProfile, FileFormat, JsonObject, ReadOptions } from '@crisol/contracts';
import { join } from 'node:path';
import type { z } from 'zod';
import { JobFailure, type JobContext } from '../platform/jobs/job-handler.js';
import { databaseType, toColumn } from './duckdb/column-types.js';
import { openDuckDb, quoteName, quoteText, type DuckDbSession } from './duckdb/open-duckdb.js';
import { inspectFile, type FileFacts } from './import/file-facts.js';
import { fileFailure } from './import/file-failure.js';
import { limits } from './import/limits.js';
import { checkColumns, TextSource, withWidening } from './import/text-source.js';
import { profileTable } from './profile/profile-table.js';

export interface ImportInput {
  /** Absolute path of the uploaded bytes. */
  readonly path: string;
  readonly read: ReadOptions;
  readonly memoryMb: number;
}
export interface ImportResult {
  /** Name of the Parquet file in the work folder. */
  readonly file: string;
  readonly format: FileFormat;
  readonly read: z.infer<typeof JsonObject>;
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly profile: DatasetProfile;
}

const outputFile = 'data.parquet';
/** Share of the work that reading takes; the rest is the profile. */
const readShare = 0.6;

/** Job `dataset.import`: decides what the bytes are, reads them, writes Parquet and profiles it. */
export async function run(input: ImportInput, context: JobContext): Promise<ImportResult> {
  context.progress(0, 'Looking at the file', 'inspect');
  const facts = await inspectFile(input.path, input.read.format);
  const output = join(context.workFolder, outputFile);
  const session = await openDuckDb({
    files: [input.path, output],
    spillFolder: join(context.workFolder, 'spill'),
    memoryMb: input.memoryMb,
  });
  const release = session.interruptOn(context.signal);
  try {
    context.progress(0.02, 'Reading rows', 'read');
    const read = await writeParquet(session, input, facts, output, context).catch((error: unknown) => {
      throw fileFailure(error, facts.format);
    });
    const source = `read_parquet(${quoteText(output)})`;
    const rows = Number((await session.row(`SELECT count(*) FROM ${source}`))[0]);
    if (rows === 0) throw new JobFailure('file_empty', 'The file has a header and no rows.');
    const described = await session.rows(`DESCRIBE SELECT * FROM ${source}`);
    const columns = described.map(([name, type]) => toColumn(String(name), String(type), true));
    const profile = await profileTable(session, source, columns, rows, (ratio, message) =>
      context.progress(readShare + (1 - readShare) * ratio, message, 'profile'),
    );
    const withNulls = columns.map((column, index) => ({ ...column, nullable: (profile.columns[index]?.nulls ?? 0) > 0 }));
    return { file: outputFile, format: facts.format, read, rows, columns: withNulls, profile };
  } finally {
    release();
    session.close();
  }
}

async function writeParquet(
  session: DuckDbSession,
  input: ImportInput,
  facts: FileFacts,
  output: string,
  context: JobContext,
): Promise<z.infer<typeof JsonObject>> {
  const stopProgress = reportProgress(session, context);
  try {
    if (facts.format === 'csv' || facts.format === 'tsv') {
      const source = await TextSource.open(session, input.path, facts, { ...input.read, format: facts.format });
      checkColumns(source.databaseColumns());
      await withWidening(session, source, () => copy(session, source.sql(), source.databaseColumns(), output));
      return source.describe();
    }
    const relation =
      facts.format === 'parquet'
        ? `read_parquet(${quoteText(input.path)})`
        : `read_json(${quoteText(input.path)}, format = 'newline_delimited', sample_size = -1, maximum_object_size = ${limits.lineBytes}, maximum_depth = 4)`;
    const described = await session.rows(`DESCRIBE SELECT * FROM ${relation}`);
    const columns = described.map(([name, type]) => ({ name: String(name), type: String(type) }));
    checkColumns(columns);
    if (facts.format === 'parquet') await checkParquet(session, input.path, relation, columns, facts.sizeBytes);
    await copy(session, relation, overridden(columns, input.read), output);
    return { encoding: facts.format === 'parquet' ? 'parquet' : 'utf-8' };
  } finally {
    stopProgress();
  }
}

interface SourceColumn {
  readonly name: string;
  readonly type: string;
  /** The type that a person asked for. */
  readonly wanted?: string;
}

function overridden(columns: readonly SourceColumn[], read: ReadOptions): SourceColumn[] {
  const types = read.types ?? {};
  const unknown = Object.keys(types).find((name) => !columns.some((column) => column.name === name));
  if (unknown !== undefined)
    throw new JobFailure(
      'column_unknown',
      `There is no column "${unknown}" to give a type to; there are ${columns.map(({ name }) => `"${name}"`).join(', ')}.`,
    );
  return columns.map((column) => {
    const wanted = types[column.name];
    return wanted ? { ...column, wanted: databaseType(wanted) } : column;
  });
}

async function copy(session: DuckDbSession, relation: string, columns: readonly SourceColumn[], output: string): Promise<void> {
  const select = columns.map((column) => `${kept(column)} AS ${quoteName(column.name)}`).join(', ');
  await session.run(
    `COPY (SELECT ${select} FROM ${relation}) TO ${quoteText(output)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, USE_TMP_FILE false)`,
  );
}

/** One spelling for each kind of value, so that later readers meet few types: times in UTC, exotic texts as text. */
function kept({ name, type, wanted }: SourceColumn): string {
  const quoted = quoteName(name);
  if (wanted) return `CAST(${quoted} AS ${wanted})`;
  if (type === 'TIMESTAMP WITH TIME ZONE') return `make_timestamp(epoch_us(${quoted}))`;
  if (type.startsWith('TIMESTAMP_')) return `${quoted}::TIMESTAMP`;
  if (type === 'TIME WITH TIME ZONE' || type === 'UUID' || type === 'JSON' || type === 'INTERVAL' || type.startsWith('ENUM'))
    return `${quoted}::VARCHAR`;
  if (type === 'HUGEINT' || type === 'UHUGEINT') return `${quoted}::DOUBLE`;
  return quoted;
}

/** A Parquet file of a few bytes may claim terabytes: its own figures are looked at first, then its longest text. */
async function checkParquet(
  session: DuckDbSession,
  path: string,
  relation: string,
  columns: readonly SourceColumn[],
  sizeBytes: number,
): Promise<void> {
  const [rows] = await session.row(`SELECT num_rows FROM parquet_file_metadata(${quoteText(path)})`);
  if (Number(rows) > limits.rows)
    throw new JobFailure(
      'file_limits',
      `The file claims ${Number(rows).toLocaleString('en')} rows; at most ${limits.rows.toLocaleString('en')} are taken.`,
    );
  if (Number(rows) === 0) throw new JobFailure('file_empty', 'The file has columns and no rows.');
  const texts = columns
    .filter(({ type }) => type === 'VARCHAR' || type === 'BLOB')
    .map(({ name, type }) => (type === 'BLOB' ? `octet_length(${quoteName(name)})` : `strlen(${quoteName(name)})`));
  let decoded = Number(rows) * columns.length * 8;
  for (const length of texts) {
    const [longest, total] = await session.row(`SELECT coalesce(max(${length}), 0), coalesce(sum(${length}), 0)::DOUBLE FROM ${relation}`);
    if (Number(longest) > limits.cellBytes)
      throw new JobFailure(
        'file_limits',
        `A cell has ${Number(longest).toLocaleString('en')} bytes; at most ${limits.cellBytes.toLocaleString('en')} are taken.`,
      );
    decoded += Number(total);
  }
  if (decoded > limits.decodedBytes && decoded / sizeBytes > limits.decodedRatio)
    throw new JobFailure(
      'file_limits',
      `The file grows ${Math.round(decoded / sizeBytes)} times when it is read; at most ${limits.decodedRatio} times is taken.`,
    );
}

/** DuckDB counts how far a statement is; it is asked four times a second. */
function reportProgress(session: DuckDbSession, context: JobContext): () => void {
  const timer = setInterval(() => {
    const { percentage } = session.connection.progress;
    if (percentage > 0) context.progress(0.02 + (readShare - 0.02) * Math.min(1, percentage / 100), 'Reading rows', 'read');
  }, 250);
  return () => clearInterval(timer);
}
