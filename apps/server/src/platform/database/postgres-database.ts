import { MikroORM, type EntityManager, type Options } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { Database } from './database.js';
import { Statements, type RunStatement, type SqlValue, type Statement } from './statements.js';

/** Milliseconds. A statement that runs longer is a fault of ours or an overloaded machine. */
const statementTimeoutMs = 30_000;

export interface PostgresOptions {
  readonly url: string | null;
  readonly socket: { readonly host: string; readonly user: string; readonly database: string } | null;
  readonly poolSize: number;
  readonly entities: Options['entities'];
}

/** The Database on MikroORM: a fork of the EntityManager for every call, and no global one. */
export class PostgresDatabase extends Database {
  private readonly committed = new WeakMap<EntityManager, (() => void)[]>();

  private constructor(
    private readonly orm: MikroORM,
    readonly pool: Pool,
  ) {
    super();
  }

  static async connect(options: PostgresOptions): Promise<PostgresDatabase> {
    const orm = await MikroORM.init({
      ...(options.url
        ? { clientUrl: options.url }
        : { host: options.socket?.host, user: options.socket?.user, dbName: options.socket?.database }),
      entities: options.entities,
      pool: { min: 0, max: options.poolSize, idleTimeoutMillis: 30_000 },
      driverOptions: {
        application_name: 'crisol',
        statement_timeout: statementTimeoutMs,
        lock_timeout: 10_000,
        idle_in_transaction_session_timeout: 60_000,
        connectionTimeoutMillis: 5_000,
      },
      discovery: { warnWhenNoEntities: false },
      allowGlobalContext: false,
      ensureDatabase: false,
      forceUtcTimezone: true,
    });
    return new PostgresDatabase(orm, await orm.em.getConnection().getNativeClient());
  }

  async transaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    const callbacks: (() => void)[] = [];
    const result = await this.orm.em.fork().transactional(async (em) => {
      this.committed.set(em, callbacks);
      return work(em);
    });
    for (const callback of callbacks) callback();
    return result;
  }

  async read<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    return work(this.orm.em.fork());
  }

  afterCommit(em: EntityManager, callback: () => void): void {
    const callbacks = this.committed.get(em);
    if (!callbacks) throw new Error('afterCommit was called outside a transaction of Database.transaction.');
    callbacks.push(callback);
  }

  async close(): Promise<void> {
    await this.orm.close();
  }
}

/** Statements on the pool of the Database. */
export class PostgresStatements extends Statements {
  constructor(private readonly pool: Pool) {
    super();
  }

  readonly run: RunStatement = async <Row extends object>(statement: Statement, values: readonly SqlValue[] = []) =>
    (await this.pool.query<Row>({ ...statement, values: [...values] })).rows;

  async transaction<T>(work: (run: RunStatement) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: unknown = undefined;
    try {
      await client.query('begin');
      const result = await work(
        async <Row extends object>(statement: Statement, values: readonly SqlValue[] = []) =>
          (await client.query<Row>({ ...statement, values: [...values] })).rows,
      );
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((lost: unknown) => {
        broken = lost;
      });
      throw error;
    } finally {
      client.release(broken !== undefined);
    }
  }
}
