import type { EntityManager } from '@mikro-orm/postgresql';

/** SQL of a hot path, with `$1`, `$2` …. With a name, each connection prepares it once. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}
export type SqlValue = string | number | boolean | null;
/** Runs one statement and gives its rows. Lists are passed as texts made by `sqlArray`. */
export type RunStatement = <Row extends object>(statement: Statement, values?: readonly SqlValue[]) => Promise<Row[]>;

/**
 * The short way to PostgreSQL, for statements that run hundreds of times a second: the pool of `Database`, without the
 * work that an EntityManager does around each of its own.
 */
export abstract class Statements {
  /** One statement, committed when the promise resolves. */
  abstract readonly run: RunStatement;
  /** Several statements in one transaction (READ COMMITTED); rolled back when `work` throws. */
  abstract transaction<T>(work: (run: RunStatement) => Promise<T>): Promise<T>;
}

/** Runs statements in the transaction of an EntityManager. */
export function runIn(em: EntityManager): RunStatement {
  return async <Row extends object>(statement: Statement, values: readonly SqlValue[] = []) => {
    const used: SqlValue[] = [];
    const text = statement.text.replaceAll(/\$(\d+)/g, (_match, position: string) => {
      used.push(values[Number(position) - 1] ?? null);
      return '?';
    });
    return em.execute<Row[]>(text, used);
  };
}

/** A list as PostgreSQL reads it from a text: `$1::text[]`, `$1::bigint[]`, `$1::float8[]`. */
export function sqlArray(values: readonly (string | number | null)[]): string {
  let text = '{';
  for (const [index, value] of values.entries()) {
    if (index > 0) text += ',';
    if (value === null) text += 'NULL';
    else if (typeof value === 'number') text += String(value);
    else text += quoted(value);
  }
  return `${text}}`;
}

const plain = /^[A-Za-z_][\w.-]*$/;
function quoted(value: string): string {
  // NULL in any case is the one plain word that means something else.
  if (plain.test(value) && value.length !== 4) return value;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
