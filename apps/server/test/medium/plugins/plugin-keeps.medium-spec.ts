import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plugins as pluginTables } from '../../../src/platform/database/migrations/0004-plugins.js';
import { tasksAndArtifacts } from '../../../src/platform/database/migrations/0014-tasks-and-artifacts.js';
import { OwnSchema, schemaOf } from '../../../src/platform/database/own-schema.js';
import { PostgresDatabase } from '../../../src/platform/database/postgres-database.js';
import type { PluginLogs } from '../../../src/platform/plugins/page/plugin-logs.js';
import { DatasetSources } from '../../../src/platform/plugins/scope/dataset-source.js';
import { ServerPluginScopes } from '../../../src/platform/plugins/scope/plugin-scopes.js';
import { StoredArtifacts } from '../../../src/platform/plugins/scope/stored-artifacts.js';
import { TableKeyValue } from '../../../src/platform/plugins/scope/table-key-value.js';
import { FolderStorage } from '../../../src/platform/storage/folder-storage.js';
import { startPostgres, type TestPostgres } from '../jobs/start-postgres.js';

jest.setTimeout(60_000);

let postgres: TestPostgres;
let database: PostgresDatabase;
let storage: FolderStorage;
let folder: string;
beforeAll(async () => {
  postgres = await startPostgres();
  for (const statement of pluginTables.statements) await postgres.query(statement);
  for (const statement of tasksAndArtifacts.statements.filter((sql) => sql.includes('plugin_artifact'))) await postgres.query(statement);
  database = await PostgresDatabase.connect({ url: postgres.url, socket: null, poolSize: 8, entities: [] });
  folder = await mkdtemp(join(tmpdir(), 'crisol-keeps-'));
  storage = new FolderStorage({ folder, minimumFreeRatio: 0 });
  await storage.start();
});
afterAll(async () => {
  await storage.stop();
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const bytes = (text: string) => new TextEncoder().encode(text);
const objects = async () =>
  (await readdir(join(folder, 'objects'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

describe('files of a plugin', () => {
  const limits = { fileBytes: 10, allBytes: 15 };

  it('come back, are listed by name, and nobody else sees them', async () => {
    const files = new StoredArtifacts(database, storage, 'one');
    await files.put('b/z.bin', bytes('z'));
    await files.put('b/a.bin', bytes('aa'));
    await files.put('c', bytes(''));
    expect(await files.list('b/')).toEqual([
      { name: 'b/a.bin', sizeBytes: 2 },
      { name: 'b/z.bin', sizeBytes: 1 },
    ]);
    expect(Buffer.from((await files.get('b/a.bin')) ?? []).toString()).toBe('aa');
    expect(await files.get('none')).toBeUndefined();
    expect(await new StoredArtifacts(database, storage, 'two').list()).toEqual([]);
    await files.delete('c');
    expect(await files.get('c')).toBeUndefined();
    await files.clear();
    expect([await files.list(), await objects()]).toEqual([[], 0]);
  });

  it('keep to their limits, also when they come at once, and leave no bytes of what was refused', async () => {
    const files = new StoredArtifacts(database, storage, 'three', limits);
    await expect(files.put('big', bytes('12345678901'))).rejects.toMatchObject({ code: 'invalid_input' });
    const puts = await Promise.allSettled(['x', 'y', 'z'].map((name) => files.put(name, bytes('1234567'))));
    expect(puts.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await objects()).toBe(2);
    const [kept] = await files.list();
    await files.put(kept?.name ?? '', bytes('12345678'));
    expect(await objects()).toBe(2);
    await files.clear();
  });

  it.each(['', '/x', 'x/', 'a//b', '../x', 'a/../b', './a', 'a\\b', 'a\nb', 'x'.repeat(257)])('refuse the name %j', async (name) => {
    await expect(new StoredArtifacts(database, storage, 'one').put(name, bytes('x'))).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('values of a plugin', () => {
  it('are so many at most; those that are there can be changed', async () => {
    const values = new TableKeyValue(database, 'full', 2);
    await values.set('a', 1);
    await values.set('b', { c: [null] });
    await expect(values.set('c', 1)).rejects.toMatchObject({ code: 'invalid_input' });
    await values.set('a', 2);
    expect([await values.get('a'), await values.get('b'), await values.get('c')]).toEqual([2, { c: [null] }, undefined]);
    const others = new TableKeyValue(database, 'other', 2);
    await others.set('c', 1);
    await others.delete('c');
    await values.delete('b');
    await values.set('c', 1);
    await values.delete('a');
    await values.delete('c');
  });
});

describe('a schema of a plugin', () => {
  const sleeping = async () =>
    (
      await postgres.query(
        `select 1 from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()`,
      )
    ).length;
  const open = (id: string) => new OwnSchema({ connectionString: postgres.url }, id);

  it('holds its tables, apart from those of the server and of others', async () => {
    const mine = open('feature-store-x');
    const other = open('feature-store-y');
    try {
      await mine.query('create table kept (id int primary key, what text, at timestamptz)', []);
      await mine.query('insert into kept values ($1, $2, now()), ($3, $4, now())', [1, 'a', 2, 'b']);
      expect(await mine.query('select id, what from kept order by id', [])).toEqual([
        { id: 1, what: 'a' },
        { id: 2, what: 'b' },
      ]);
      await expect(other.query('select * from kept', [])).rejects.toMatchObject({
        code: 'rejected',
        message: expect.stringContaining('kept'),
      });
      await expect(other.query(`select * from ${schemaOf('feature-store-x')}.kept`, [])).rejects.toMatchObject({ code: 'rejected' });
      await expect(mine.query('select * from public.plugin', [])).rejects.toMatchObject({
        code: 'rejected',
        message: expect.stringContaining('permission denied'),
      });
    } finally {
      await mine.drop();
      await mine.close();
      await other.drop();
      await other.close();
    }
    expect(await postgres.query(`select 1 from pg_namespace where nspname like 'plugin_%'`)).toEqual([]);
    expect(await postgres.query(`select 1 from pg_roles where rolname like 'plugin_feature_store_%'`)).toEqual([]);
  });

  it('takes one statement a call, and undoes one that fails', async () => {
    const schema = open('one-statement');
    try {
      await schema.query('create table kept (id int primary key)', []);
      await expect(schema.query('insert into kept values (1); insert into kept values (2)', [])).rejects.toMatchObject({
        code: 'rejected',
      });
      await expect(schema.query('insert into kept select i from (values (3), (3)) as v(i)', [])).rejects.toMatchObject({
        code: 'rejected',
      });
      expect(await schema.query('select count(*)::int as count from kept', [])).toEqual([{ count: 0 }]);
    } finally {
      await schema.drop();
      await schema.close();
    }
  });

  it('ends a statement when it is aborted, and goes on afterwards', async () => {
    const schema = open('slow');
    const abort = new AbortController();
    try {
      await schema.query('select 1', []);
      const slow = schema.query('select pg_sleep(30)', [], abort.signal);
      slow.catch(() => undefined);
      await until(async () => (await sleeping()) === 1);
      abort.abort(new Error('enough'));
      await expect(slow).rejects.toThrow('enough');
      expect(await schema.query('select 1 as one', [])).toEqual([{ one: 1 }]);
    } finally {
      await schema.drop();
      await schema.close();
    }
    await until(async () => (await sleeping()) === 0);
  });

  it("works under the server's own role where the database lets it make none", async () => {
    await postgres.query(`create role plain_owner login; `);
    await postgres.query(`grant create on database ${new URL(postgres.url).pathname.slice(1)} to plain_owner`);
    const url = postgres.url.replace('//crisol@', '//plain_owner@');
    const schema = new OwnSchema({ connectionString: url }, 'plain');
    try {
      expect(await schema.query('select current_user::text as who', [])).toEqual([{ who: 'plain_owner' }]);
    } finally {
      await schema.drop();
      await schema.close();
      const name = new URL(postgres.url).pathname.slice(1);
      await postgres.query(`revoke create on database ${name} from plain_owner`);
      await postgres.query('drop role plain_owner');
    }
  });

  it('says that a database which does not answer may answer later', async () => {
    const schema = new OwnSchema({ connectionString: 'postgres://nobody@127.0.0.1:1/none' }, 'gone');
    await expect(schema.query('select 1', [])).rejects.toMatchObject({ code: 'retry' });
    await schema.close();
  });

  it('has a name of its own however long the id is', () => {
    const names = [schemaOf(`a-${'b'.repeat(61)}`), schemaOf(`a-${'b'.repeat(60)}`), schemaOf('a-b')];
    expect(new Set(names).size).toBe(3);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(63);
  });
});

describe('a plugin that goes', () => {
  it('leaves no value, no file and no schema', async () => {
    // Only these settings matter to a scope.
    const config = { databaseUrl: postgres.url, dataFolder: folder, allowPrivateAddresses: false } as ConstructorParameters<
      typeof ServerPluginScopes
    >[0];
    // Nothing is logged here.
    const logs = { sink: () => console } as unknown as PluginLogs;
    const scopes = new ServerPluginScopes(config, database, storage, new DatasetSources(), logs);
    const permissions = { hosts: [], secrets: [], datasets: [], commands: false, database: true, memoryMb: 512, cpus: 1 };
    const manifest = { id: 'goes', kinds: ['notifier' as const], api: '^1.1', permissions };
    const scope = await scopes.open({ manifest, version: '1.0.0', description: '', entry: '' }, {});
    await scope.parts.keyValue.set('a', 1);
    await scope.parts.artifacts.put('a', bytes('a'));
    await scope.parts.database.query('create table kept (id int)', []);
    await expect(scope.parts.commands.run({ command: 'true', args: [], signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'rejected',
    });
    await scope.end();
    await scope.close();
    await scopes.forget('goes');
    expect(await postgres.query(`select 1 from plugin_value union all select 1 from plugin_artifact`)).toEqual([]);
    expect(await postgres.query(`select 1 from pg_namespace where nspname = 'plugin_goes'`)).toEqual([]);
    expect(await objects()).toBe(0);
  });
});

async function until(look: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await look())) {
    if (Date.now() > end) throw new Error('not within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
