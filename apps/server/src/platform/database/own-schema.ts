import { PluginError, type PluginDatabase } from '@crisol/plugin-api';
import { createHash } from 'node:crypto';
import { Pool, type ClientConfig, type PoolClient } from 'pg';

const statementMs = 10_000;
const connections = 3;
const longestIdentifier = 63;
/** Classes of SQLSTATE that pass: connection, resources, the operator's interventions, and lost races. */
const passing = /^(08|53|57P|58|40001|40P01)/;

/** The schema of a plugin, which is also the name of its role; ids hold no underscore, so two plugins never share one. */
export function schemaOf(pluginId: string): string {
  const name = `plugin_${pluginId.replaceAll('-', '_')}`;
  if (name.length <= longestIdentifier) return name;
  return `${name.slice(0, longestIdentifier - 9)}_${createHash('sha256').update(pluginId).digest('hex').slice(0, 8)}`;
}

/**
 * A schema of a plugin's own, on connections of its own, so that a plugin that keeps them busy takes none from the server.
 * Where the database lets us make roles, statements run under a role that owns nothing but the schema; otherwise under the
 * server's own. Either is a guard against mistakes and no wall: this ref is for plugins that run in process, which are trusted.
 */
export class OwnSchema implements PluginDatabase {
  private readonly schema: string;
  private readonly pool: Pool;
  private ready: Promise<{ readonly hasRole: boolean }> | undefined;

  constructor(connection: ClientConfig, pluginId: string) {
    this.schema = schemaOf(pluginId);
    this.pool = new Pool({
      ...connection,
      application_name: `crisol plugin ${pluginId}`.slice(0, longestIdentifier),
      max: connections,
      idleTimeoutMillis: 30_000,
      connectionTimeoutMillis: 5_000,
    });
    // A broken idle connection is replaced at the next query.
    this.pool.on('error', () => undefined);
  }

  async query(sql: string, parameters: readonly unknown[], signal?: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]> {
    signal?.throwIfAborted();
    try {
      this.ready ??= this.prepare();
      const { hasRole } = await this.ready;
      return await this.inTransaction(sql, parameters, hasRole, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw refusal(error);
    }
  }

  /** Drops the schema with all that is in it, when the plugin goes. */
  async drop(): Promise<void> {
    await this.pool.query(`drop schema if exists "${this.schema}" cascade`);
    // The role may be used by another database of the same cluster, or was never made.
    await this.pool.query(`drop role if exists "${this.schema}"`).catch(() => undefined);
    this.ready = undefined;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async inTransaction(
    sql: string,
    parameters: readonly unknown[],
    hasRole: boolean,
    signal: AbortSignal | undefined,
  ): Promise<readonly Record<string, unknown>[]> {
    const client = await this.pool.connect();
    let broken = false;
    const cancel = (): void => void this.cancel(client);
    try {
      // At each statement: an earlier one may have changed the session. All in one message, since each way to the database and
      // back takes longer than most statements.
      const role = hasRole ? `; set local role "${this.schema}"` : '';
      await client.query(`begin; set local search_path to "${this.schema}"; set local statement_timeout to ${statementMs}${role}`);
      // It may have been aborted meanwhile, which no listener would hear any more.
      signal?.throwIfAborted();
      signal?.addEventListener('abort', cancel, { once: true });
      // The extended protocol takes one statement only.
      const statement = { text: sql, values: [...parameters], queryMode: 'extended' };
      const answer = await client.query<Record<string, unknown>>(statement);
      await client.query('commit');
      return answer.rows;
    } catch (error) {
      await client.query('rollback').catch(() => {
        broken = true;
      });
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
      client.release(broken);
    }
  }

  private async cancel(client: PoolClient): Promise<void> {
    const processId: unknown = 'processID' in client ? client.processID : undefined;
    // When this is lost too, the timeout ends the statement.
    if (typeof processId === 'number') await this.pool.query('select pg_cancel_backend($1)', [processId]).catch(() => undefined);
  }

  private async prepare(): Promise<{ hasRole: boolean }> {
    try {
      const client = await this.pool.connect();
      try {
        await client.query('begin');
        // Several processes may come at once.
        await client.query(`select pg_advisory_xact_lock(hashtext('crisol.plugin_schema'))`);
        await client.query(`create schema if not exists "${this.schema}"`);
        const hasRole = await this.makeRole(client);
        await client.query('commit');
        return { hasRole };
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        throw error;
      } finally {
        client.release();
      }
    } catch (error) {
      this.ready = undefined;
      throw error;
    }
  }

  private async makeRole(client: PoolClient): Promise<boolean> {
    const role = `"${this.schema}"`;
    await client.query('savepoint role');
    try {
      const known = await client.query('select 1 from pg_roles where rolname = $1', [this.schema]);
      if (known.rowCount === 0) await client.query(`create role ${role} nologin`);
      // Since PostgreSQL 16 whoever makes a role may grant it to itself, but is not in it yet.
      await client.query(`grant ${role} to current_user`);
      await client.query(`grant usage, create on schema ${role} to ${role}`);
      await client.query(`set local role ${role}`);
      await client.query('reset role');
      await client.query('release savepoint role');
      return true;
    } catch {
      await client.query('rollback to savepoint role');
      return false;
    }
  }
}

function refusal(error: unknown): PluginError {
  if (error instanceof PluginError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = error instanceof Error ? error.message : String(error);
  if (code === '57014') return new PluginError('rejected', `The statement ran for more than ${statementMs / 1000} s.`, { cause: error });
  const isSqlState = /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
  if (isSqlState && !passing.test(code)) return new PluginError('rejected', message.slice(0, 1_000), { cause: error });
  return new PluginError('retry', `The database cannot be reached: ${message.slice(0, 300)}`, { cause: error });
}
