import { createHash } from 'node:crypto';
import { Client, type ClientConfig } from 'pg';
import type { Migration } from './migration.js';
import { StartFailure } from './start-failure.js';

/**
 * Brings the schema up to date: one runner at a time (advisory lock), each migration in its own transaction, waiting at
 * most two seconds for a lock.
 * @throws StartFailure when an applied migration was edited, or the database knows a migration that this release does not
 */
export async function migrate(connection: ClientConfig, migrations: readonly Migration[]): Promise<string[]> {
  const client = new Client({ ...connection, application_name: 'crisol migrations' });
  await client.connect();
  const applied: string[] = [];
  try {
    await client.query(`select pg_advisory_lock(hashtext('crisol.migrations'))`);
    await client.query(
      'create table if not exists migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
    );
    const answer = await client.query<{ name: string; checksum: string }>('select name, checksum from migration order by name');
    const known = new Map(migrations.map((migration) => [migration.name, checksum(migration)]));
    for (const row of answer.rows) {
      const expected = known.get(row.name);
      if (expected === undefined)
        throw new StartFailure(
          `The database has a newer schema (${row.name}) than this release knows. Start the newer release, or restore a backup of before.`,
        );
      if (expected !== row.checksum)
        throw new StartFailure(`The migration ${row.name} was changed after it had been applied. Use the release that wrote the database.`);
    }
    const done = new Set(answer.rows.map((row) => row.name));
    for (const migration of migrations) {
      if (done.has(migration.name)) continue;
      await client.query('begin');
      try {
        await client.query(`set local lock_timeout = '2s'`);
        for (const statement of migration.statements) await client.query(statement);
        await client.query('insert into migration (name, checksum) values ($1, $2)', [migration.name, checksum(migration)]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw new StartFailure(
          `The migration ${migration.name} failed and was undone: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
      applied.push(migration.name);
    }
    return applied;
  } finally {
    await client.end();
  }
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(JSON.stringify(migration.statements)).digest('hex');
}
