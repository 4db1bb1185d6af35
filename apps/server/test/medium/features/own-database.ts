import { PluginError, type PluginDatabase } from '@crisol/plugin-api';
import pg from 'pg';

/** A schema of its own in a real database, as the host gives one to a plugin. */
export async function openOwnDatabase(url: string, schema: string): Promise<PluginDatabase & { end(): Promise<void> }> {
  const pool = new pg.Pool({ connectionString: url, max: 4, options: `-c search_path=${schema},public` });
  await pool.query(`create schema if not exists ${schema}`);
  return {
    async query(sql, parameters, signal) {
      signal?.throwIfAborted();
      try {
        return (await pool.query(sql, [...parameters])).rows;
      } catch (error) {
        throw new PluginError('rejected', error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
    end: () => pool.end(),
  };
}
