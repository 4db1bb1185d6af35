import { PluginError, type ColumnInfo, type QueryAnswer, type TableReader } from '@crisol/plugin-api';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Answer {
  readonly id: number;
  readonly columns?: string[];
  readonly rows?: unknown[][];
  readonly error?: string;
}
const typeWords: Readonly<Record<string, ColumnInfo['type']>> = {
  BIGINT: 'integer',
  INTEGER: 'integer',
  DOUBLE: 'number',
  VARCHAR: 'text',
  BOOLEAN: 'boolean',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
};

/** A DuckDB of its own for the specs of one file. */
export class DuckDbTables {
  #last = 0;
  #table = 0;
  readonly #waiting = new Map<number, (answer: Answer) => void>();

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (answer: Answer) => this.#waiting.get(answer.id)?.(answer));
  }

  static async start(): Promise<DuckDbTables> {
    const child = fork(fileURLToPath(new URL('./duckdb-child.mjs', import.meta.url)), {
      execArgv: ['--no-warnings'],
      serialization: 'advanced',
    });
    await once(child, 'message');
    return new DuckDbTables(child);
  }

  /** A table from a SELECT or VALUES, with `__row` in its order. */
  async table(select: string): Promise<TableReader> {
    const name = `t${++this.#table}`;
    await this.#ask(`CREATE TABLE ${name} AS SELECT row_number() OVER () - 1 AS __row, * FROM (${select})`);
    const described = await this.#ask(`DESCRIBE SELECT * EXCLUDE (__row) FROM ${name}`);
    const counted = await this.#ask(`SELECT count(*) FROM ${name}`);
    return {
      columns: described.rows.map(([column, type]) => ({
        name: String(column),
        type: typeWords[String(type)] ?? 'other',
        databaseType: String(type),
      })),
      rowCount: Number(counted.rows[0]?.[0]),
      query: async (sql, parameters) => {
        await this.#ask(`CREATE OR REPLACE VIEW data AS SELECT * FROM ${name}`);
        return this.#ask(sql, parameters);
      },
      read: () => Promise.reject(new PluginError('invalid_input', 'The checks of this plugin are written in SQL.')),
    };
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }

  #ask(sql: string, values: readonly unknown[] = []): Promise<QueryAnswer> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id);
        if (answer.error === undefined) resolve({ columns: answer.columns ?? [], rows: answer.rows ?? [] });
        else reject(new PluginError('invalid_input', answer.error));
      });
      this.child.send({ id, sql, values: [...values] });
    });
  }
}
