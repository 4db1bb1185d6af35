import { DuckDBInstance, type DuckDBConnection, type JS } from '@duckdb/node-api';
import { availableParallelism } from 'node:os';

export interface DuckDbOptions {
  /** Absolute paths of the only files that may be touched, for reading or writing. */
  readonly files: readonly string[];
  /** Folder for what does not fit in memory; without one nothing is spilled. */
  readonly spillFolder?: string;
  readonly threads?: number;
  readonly memoryMb?: number;
}

/** A cell or a list as the DuckDB client gives it in JavaScript. */
export type Value = JS;

/**
 * The one door to DuckDB. Only child processes come here: the library runs native code on bytes that people upload.
 * External access is off but for `files`, extensions are neither installed nor loaded, and the settings are locked, so
 * that no SQL can undo it.
 */
export async function openDuckDb(options: DuckDbOptions): Promise<DuckDbSession> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads ?? Math.min(4, availableParallelism())),
    memory_limit: `${options.memoryMb ?? 2048}MiB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    temp_directory: options.spillFolder ?? '',
    preserve_insertion_order: 'true',
  });
  const connection = await instance.connect();
  // Counts progress for whoever asks, and prints none.
  await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false');
  await connection.run(`SET allowed_paths = [${options.files.map(quoteText).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  return new DuckDbSession(instance, connection);
}

/** An open in-memory database. Close it when done; an aborted signal interrupts the running statement. */
export class DuckDbSession {
  constructor(
    private readonly instance: DuckDBInstance,
    readonly connection: DuckDBConnection,
  ) {}

  /** Runs one statement and gives its rows as JavaScript values. */
  async rows(sql: string, values: readonly (string | number | boolean | bigint | null)[] = []): Promise<Value[][]> {
    const reader = await this.connection.runAndReadAll(sql, [...values]);
    return reader.getRowsJS();
  }

  /** The first row; for statements that always have one. */
  async row(sql: string, values: readonly (string | number | boolean | bigint | null)[] = []): Promise<Value[]> {
    const [first] = await this.rows(sql, values);
    if (!first) throw new RangeError('the statement gave no row');
    return first;
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  interruptOn(signal: AbortSignal): () => void {
    const interrupt = () => this.connection.interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    return () => signal.removeEventListener('abort', interrupt);
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

/** A SQL string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
