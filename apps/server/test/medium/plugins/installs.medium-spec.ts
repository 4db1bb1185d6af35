import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { ConfirmPluginInstall, PluginInstall, PluginPermissions } from '@crisol/contracts';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemActor } from '../../../src/platform/auth/actor.js';
import { until } from '../jobs/ledger-world.js';
import { startPostgres, type TestPostgres } from '../jobs/start-postgres.js';
import { makeTarball, paxRecord, pluginFiles, pluginTarball, type PluginText, type TarEntry } from './make-tarball.js';
import { registryFile, startRegistry } from './start-registry.js';
import { fixture, makePluginTables, openPluginWorld, type PluginWorld, type PluginWorldOptions } from './plugin-world.js';

const ID = 'notifier-parcel';

describe('installing plugins', () => {
  let postgres: TestPostgres;
  let folder: string;
  const worlds: PluginWorld[] = [];
  const open = async (options: Partial<PluginWorldOptions> = {}): Promise<PluginWorld> => {
    const world = await openPluginWorld(postgres, { plugins: [], dataFolder: join(folder, 'data'), ...options });
    worlds.push(world);
    await world.start();
    return world;
  };
  const closeAll = async () => {
    for (const world of worlds.splice(0)) await world.close();
  };
  /** Sends a tarball, and waits until it has been looked at. */
  const sent = async (world: PluginWorld, tarball: Buffer): Promise<PluginInstall> => {
    const scratch = await world.installs.scratch();
    const path = join(scratch, 'sent.tgz');
    await writeFile(path, tarball);
    return seen(world, await world.installs.startSent(systemActor, { folder: scratch, path, fileName: 'parcel.tgz' }));
  };
  const seen = async (world: PluginWorld, { id }: PluginInstall): Promise<PluginInstall> => {
    await until(async () => (await world.installs.get(id)).state !== 'fetching', 60_000);
    return world.installs.get(id);
  };
  const confirm = (world: PluginWorld, install: PluginInstall, more: Partial<ConfirmPluginInstall> = {}) => {
    if (!install.permissions) throw new Error(JSON.stringify(install.problems));
    return world.installs.confirm(systemActor, install.id, { permissions: install.permissions, ...more });
  };
  const installed = async (world: PluginWorld, text: PluginText = {}) => {
    const install = await sent(world, pluginTarball(text));
    expect(install).toMatchObject({ state: 'staged', problems: [] });
    return confirm(world, install, install.previousVersion === null ? { isolation: 'in_process' } : {});
  };
  const send = async (world: PluginWorld) => (await world.send('parcel')).reference;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    postgres = await startPostgres();
    await makePluginTables(postgres);
  }, 60_000);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crisol-installs-'));
    await mkdir(join(folder, 'data'));
    await postgres.query(
      'truncate plugin, plugin_process, plugin_value, plugin_minute, plugin_event, plugin_log, plugin_install, plugin_package, plugin_artifact',
    );
  });
  afterEach(async () => {
    await closeAll();
    await rm(folder, { recursive: true, force: true });
  });
  afterAll(() => postgres.stop());

  it('packs and installs a folder, shows what it is before anything runs, and never runs a script of it', async () => {
    const world = await open();
    const source = join(folder, 'source');
    await mkdir(source);
    const ran = join(folder, 'ran');
    const scripts = Object.fromEntries(
      ['preinstall', 'install', 'postinstall', 'prepare', 'prepack'].map((name) => [name, `echo ${name} >> ${ran}`]),
    );
    const files = pluginFiles({
      packageJson: { scripts },
      atImport: `import { appendFileSync } from 'node:fs'; appendFileSync('${join(folder, 'imported')}', '.');`,
    });
    for (const [path, body] of Object.entries(files)) await writeFile(join(source, path), body);
    const install = await seen(world, await world.installs.start(systemActor, { source: { type: 'folder', path: source } }));
    expect(install).toMatchObject({
      state: 'staged',
      pluginId: ID,
      packageName: 'crisol-plugin-parcel',
      version: '1.0.0',
      previousVersion: null,
      needsConfirmation: true,
      files: 3,
      dependencies: [],
      readme: '# crisol-plugin-parcel\n',
      defaultIsolation: 'isolated',
      permissions: { hosts: ['a.example'], memoryMb: 512 },
      problems: [{ code: 'install_scripts', blocking: false }],
    });
    expect(install.sha512).toMatch(/^[0-9a-f]{128}$/);
    expect(install.log.map(({ line }) => line).join('\n')).toContain('Unpacking with npm');
    await expect(stat(join(folder, 'imported'))).rejects.toThrow();
    expect((await world.service.list({ limit: 50 })).data).toEqual([]);
    await confirm(world, install, { isolation: 'in_process' });
    expect(await world.states()).toEqual({ [ID]: 'active' });
    expect(await send(world)).toBe('1.0.0');
    await expect(stat(ran)).rejects.toThrow();
    const shown = await world.service.get(ID);
    expect(shown).toMatchObject({
      installed: true,
      source: { type: 'folder', location: source },
      isolation: 'in_process',
      readme: '# crisol-plugin-parcel\n',
      package: { name: 'crisol-plugin-parcel', sha512: install.sha512, formerVersion: null },
      processes: { applied: 1, total: 1 },
      processList: [{ role: 'all', state: 'active', generation: 2 }],
    });
  }, 60_000);

  it('fetches name@version from a registry with what it depends on, and refuses dependencies from elsewhere', async () => {
    const leaf = makeTarball([
      {
        path: 'package/package.json',
        body: JSON.stringify({ name: 'crisol-test-leaf', version: '1.2.3', type: 'module', exports: './leaf.js' }),
      },
      { path: 'package/leaf.js', body: "export default 'a leaf';" },
    ]);
    const withLeaf = {
      atImport: "import leaf from 'crisol-test-leaf';",
      send: 'return { deliveredAt: 0, reference: leaf };',
    };
    const registry = await startRegistry([
      ['crisol-plugin-parcel', '1.0.0', pluginTarball({ ...withLeaf, packageJson: { dependencies: { 'crisol-test-leaf': '^1.0.0' } } })],
      [
        'crisol-plugin-parcel',
        '1.1.0',
        pluginTarball({ version: '1.1.0', packageJson: { dependencies: { elsewhere: registryFile(leaf) } } }),
      ],
      ['crisol-test-leaf', '1.2.3', leaf],
    ]);
    try {
      const world = await open();
      const start = async (version: string) =>
        seen(world, await world.installs.start(systemActor, { source: { type: 'npm', name: 'crisol-plugin-parcel', version } }));
      const install = await start('1.0.0');
      expect(install).toMatchObject({ state: 'staged', dependencies: ['crisol-test-leaf@1.2.3'], problems: [] });
      await confirm(world, install, { isolation: 'in_process' });
      expect(await send(world)).toBe('a leaf');
      expect((await world.service.get(ID)).source).toEqual({ type: 'npm', location: 'crisol-plugin-parcel@1.0.0' });
      expect((await start('1.1.0')).problems).toMatchObject([{ code: 'dependency_source', blocking: true }]);
      expect((await start('7.0.0')).problems).toMatchObject([{ code: 'npm_failed', message: expect.stringContaining('7.0.0') }]);
    } finally {
      await registry.close();
    }
  }, 120_000);

  it('runs what was installed in a process of its own unless told otherwise, and moves it at a switch', async () => {
    const world = await open();
    const install = await sent(world, pluginTarball({ send: 'return { deliveredAt: 0, reference: String(process.pid) };' }));
    await confirm(world, install);
    const isolated = await world.service.get(ID);
    expect(isolated).toMatchObject({ state: 'active', isolation: 'isolated' });
    expect(isolated.containment.facts.length).toBeGreaterThan(5);
    expect(await send(world)).not.toBe(String(process.pid));
    const moved = await world.service.setIsolation(systemActor, ID, 'in_process');
    expect(moved).toMatchObject({ state: 'active', isolation: 'in_process', processes: { applied: 1, total: 1 } });
    expect(await send(world)).toBe(String(process.pid));
    await installed(world, { version: '2.0.0' });
    expect(await world.service.get(ID)).toMatchObject({ version: '2.0.0', isolation: 'in_process' });
    await world.service.setIsolation(systemActor, ID, 'isolated');
    expect(await send(world)).toBe('2.0.0');
  }, 60_000);

  it('does not run isolated what asks for the database, and says what to do', async () => {
    const world = await open();
    const install = await sent(world, pluginTarball({ permissions: { database: true } }));
    await confirm(world, install);
    expect(await world.service.get(ID)).toMatchObject({
      state: 'misconfigured',
      code: 'needs_in_process',
      fix: expect.stringContaining('in process'),
    });
    await world.service.setIsolation(systemActor, ID, 'in_process');
    expect(await world.states()).toEqual({ [ID]: 'active' });
  }, 60_000);

  it('takes exactly the permissions that it showed', async () => {
    const world = await open();
    const install = await sent(world, pluginTarball());
    const other = { ...install.permissions, hosts: ['*'] } as PluginPermissions;
    await expect(confirm(world, install, { permissions: other })).rejects.toMatchObject({ code: 'plugin_permissions_differ' });
    await confirm(world, install, { isolation: 'in_process' });
    await expect(confirm(world, install)).rejects.toMatchObject({ code: 'install_not_staged' });
  }, 60_000);

  it('does not run what was laid out otherwise than it was shown, whatever made the difference', async () => {
    const world = await open();
    const install = await sent(world, pluginTarball({ permissions: { hosts: ['*'] } }));
    await postgres.query(`update plugin_install set facts = jsonb_set(facts, '{manifest,permissions,hosts}', '["a.example"]')`);
    const shown = await world.installs.get(install.id);
    expect(shown.permissions?.hosts).toEqual(['a.example']);
    await expect(confirm(world, shown)).rejects.toMatchObject({ code: 'install_refused' });
    expect((await world.service.list({ limit: 50 })).data).toEqual([]);
  }, 60_000);

  it('asks again for what is wider than before, and not for what is narrower; settings and secrets stay', async () => {
    const world = await open();
    const text = {
      settings: "greeting: z.string().default('hi'), token: z.string().default('')",
      permissions: { hosts: ['a.example'], secrets: ['token'] },
    };
    const reply = "return { deliveredAt: 0, reference: `${settings.greeting} ${secrets.get('token')} VERSION` };";
    await installed(world, { ...text, send: reply.replace('VERSION', 'one') });
    const { revision } = await world.service.get(ID);
    await world.service.putSettings(systemActor, ID, { greeting: 'hola', token: 's3cret' }, revision);
    const wider = await sent(
      world,
      pluginTarball({
        ...text,
        version: '2.0.0',
        permissions: { hosts: ['a.example', 'b.example'], secrets: ['token'], memoryMb: 256 },
        send: reply.replace('VERSION', 'two'),
      }),
    );
    expect(wider).toMatchObject({
      previousVersion: '1.0.0',
      needsConfirmation: true,
      permissionChanges: [
        { permission: 'hosts', added: ['b.example'], removed: [], widened: true },
        { permission: 'memoryMb', added: ['256'], removed: ['512'], widened: false },
      ],
    });
    await confirm(world, wider);
    expect(await send(world)).toBe('hola s3cret two');
    const narrower = await sent(
      world,
      pluginTarball({
        ...text,
        version: '3.0.0',
        permissions: { hosts: ['b.example'], secrets: ['token'], memoryMb: 256 },
        send: reply.replace('VERSION', 'three'),
      }),
    );
    expect(narrower.needsConfirmation).toBe(false);
    await confirm(world, narrower);
    expect(await send(world)).toBe('hola s3cret three');
    const { data } = await world.pages.events(ID, { limit: 50 });
    expect(data.map(({ type, version }) => [type, version]).filter(([type]) => type !== 'state')).toEqual([
      ['updated', '3.0.0'],
      ['updated', '2.0.0'],
      ['settings', '1.0.0'],
      ['installed', '1.0.0'],
    ]);
  }, 90_000);

  describe('refuses, before anything of it is unpacked,', () => {
    const good = (): TarEntry[] => Object.entries(pluginFiles()).map(([path, body]) => ({ path: `package/${path}`, body }));
    const cases: [string, () => Buffer, string][] = [
      ['what is no archive', () => Buffer.from('hello'), 'not_a_tarball'],
      ['an archive that is cut short', () => pluginTarball().subarray(0, 300), 'not_a_tarball'],
      ['an absolute path', () => makeTarball([...good(), { path: '/etc/cron.d/x', body: 'x' }]), 'unsafe_path'],
      ['a path that climbs', () => makeTarball([...good(), { path: 'package/../../x', body: 'x' }]), 'unsafe_path'],
      [
        'a path that climbs in a pax record',
        () =>
          makeTarball([
            ...good(),
            { path: 'p', type: 'x', body: paxRecord('path', 'package/../../../x') },
            { path: 'package/a', body: 'x' },
          ]),
        'unsafe_path',
      ],
      ['a symbolic link', () => makeTarball([...good(), { path: 'package/a', type: '2', link: '/etc/passwd' }]), 'link'],
      ['a hard link', () => makeTarball([...good(), { path: 'package/a', type: '1', link: 'package/index.js' }]), 'link'],
      ['a device', () => makeTarball([...good(), { path: 'package/a', type: '3' }]), 'special_file'],
      [
        'more than 5,000 files',
        () => makeTarball([...good(), ...Array.from({ length: 5_001 }, (_, i) => ({ path: `package/f${i}`, body: '' }))]),
        'too_many_files',
      ],
      [
        'what unpacks to more than 256 MiB',
        () => makeTarball([...good(), { path: 'package/zeros', body: Buffer.alloc(257 * 1024 * 1024) }]),
        'too_large',
      ],
      ['no package.json', () => makeTarball([{ path: 'package/index.js', body: '' }]), 'bad_manifest'],
      ['a package that is no plugin', () => pluginTarball({ packageJson: { crisol: undefined } }), 'bad_manifest'],
      ['a manifest with an unknown field', () => pluginTarball({ permissions: { root: true } }), 'bad_manifest'],
      ['another plugin API', () => pluginTarball({ api: '^2.0' }), 'api_range'],
      ['an entry that is not in it', () => pluginTarball({ packageJson: { exports: './dist/plugin.js' } }), 'missing_file'],
      ['an entry outside of it', () => pluginTarball({ packageJson: { exports: '../x.js' } }), 'bad_manifest'],
      [
        'a copy of the plugin API',
        () => pluginTarball({ packageJson: { dependencies: { '@crisol/plugin-api': '^1.0.0' } } }),
        'plugin_api_dependency',
      ],
      ['a package under the name of one of ours', () => pluginTarball({ name: 'zod' }), 'bad_manifest'],
      ['a package whose name is an option', () => pluginTarball({ name: '--global' }), 'bad_manifest'],
      ['a reserved id', () => pluginTarball({ id: 'installs' }), 'id_taken'],
    ];
    it.each(cases)(
      '%s',
      async (_name, tarball, code) => {
        const world = await open();
        const install = await sent(world, tarball());
        expect(install.state).toBe('failed');
        expect(install.problems.filter((one) => one.blocking).map((one) => one.code)).toEqual([code]);
        expect(await readdir(join(folder, 'data', 'plugins', 'packages')).catch(() => [])).toEqual([]);
        await expect(world.installs.confirm(systemActor, install.id, { permissions: {} as PluginPermissions })).rejects.toMatchObject({
          code: 'install_refused',
        });
      },
      60_000,
    );

    it('an id that plugins.yaml or another package has', async () => {
      const world = await open({ plugins: [fixture('with-dispose')] });
      const listed = await sent(world, pluginTarball({ id: 'with-dispose' }));
      expect(listed.problems).toMatchObject([{ code: 'id_taken', blocking: true }]);
      await installed(world);
      const stranger = await sent(world, pluginTarball({ name: 'somebody-elses', version: '9.0.0' }));
      expect(stranger.problems).toMatchObject([{ code: 'id_taken', blocking: true }]);
    }, 60_000);

    it('a folder that is not there, or not named by its whole path', async () => {
      const world = await open();
      const start = (source: Parameters<typeof world.installs.start>[1]['source']) => world.installs.start(systemActor, { source });
      const folderless = await seen(world, await start({ type: 'folder', path: join(folder, 'nowhere') }));
      expect(folderless.problems).toMatchObject([{ code: 'folder_unknown', blocking: true }]);
      const relative = await seen(world, await start({ type: 'folder', path: 'plugins/x' }));
      expect(relative.problems).toMatchObject([{ code: 'folder_unknown', blocking: true }]);
    }, 60_000);
  });

  it('runs an update beside the old version first: one that does not start, fails its check or does not fit the settings leaves the old one running', async () => {
    const world = await open();
    await installed(world);
    const bad: [PluginText, string][] = [
      [{ atImport: "throw new Error('the module has a bug');" }, 'the module has a bug'],
      [{ more: "check: async () => { throw new Error('the other side is gone'); }," }, 'the other side is gone'],
      [{ settings: 'port: z.int()' }, 'port'],
    ];
    for (const [text, cause] of bad) {
      const install = await sent(world, pluginTarball({ ...text, version: '2.0.0' }));
      await expect(confirm(world, install)).rejects.toMatchObject({
        code: 'plugin_update_failed',
        message: expect.stringContaining(cause),
      });
      expect(await world.service.get(ID)).toMatchObject({
        version: '1.0.0',
        state: 'degraded',
        code: 'update_failed',
        fix: expect.stringContaining('former version'),
      });
      expect(await send(world)).toBe('1.0.0');
      expect((await world.installs.get(install.id)).problems).toMatchObject([{ code: 'update_failed', blocking: false }]);
    }
    const needsSettings = await sent(world, pluginTarball({ settings: 'port: z.int()', version: '2.0.0' }));
    await confirm(world, needsSettings, { settings: { port: 8080 } });
    expect(await world.service.get(ID)).toMatchObject({ version: '2.0.0', state: 'active', code: null, settings: { port: 8080 } });
    expect(await send(world)).toBe('2.0.0');
  }, 120_000);

  it('falls back by itself when the new version is quarantined within ten minutes, and says so', async () => {
    const world = await open();
    await installed(world);
    await installed(world, { version: '2.0.0', send: "throw new Error('broken in two');" });
    expect((await world.service.get(ID)).package).toMatchObject({ formerVersion: '1.0.0' });
    for (let i = 0; i < 10; i++) await expect(world.send('parcel')).rejects.toThrow();
    await until(async () => (await world.service.get(ID)).version === '1.0.0');
    await until(async () => (await world.service.get(ID)).processes.applied === 1);
    const shown = await world.service.get(ID);
    expect(shown).toMatchObject({ state: 'degraded', code: 'update_fell_back', message: expect.stringContaining('broken in two') });
    expect(await send(world)).toBe('1.0.0');
    const { data } = await world.pages.events(ID, { limit: 50 });
    expect(data.map(({ type }) => type)).toContain('fell_back');
    await world.enable(ID);
    expect(await world.states()).toEqual({ [ID]: 'active' });
  }, 60_000);

  it('says who uses a plugin, and leaves nothing of it but its history', async () => {
    const world = await open();
    world.users.register(async ({ provides }) => provides.map(({ name }) => ({ kind: 'channel', id: 'ch_1', name: `ops by ${name}` })));
    await installed(world, {
      settings: "token: z.string().default('')",
      permissions: { secrets: ['token'] },
      send: "await keyValue.set('a', 1); log.info('sent one'); return { deliveredAt: 0 };",
    });
    const { revision, usedBy } = await world.service.get(ID);
    expect(usedBy).toEqual([{ kind: 'channel', id: 'ch_1', name: 'ops by parcel' }]);
    await world.service.putSettings(systemActor, ID, { token: 's3cret' }, revision);
    await send(world);
    expect(await world.logs.read(ID, { limit: 10 })).toMatchObject([{ level: 'info', message: 'sent one' }]);
    expect(await world.statistics.over(ID, 5)).toMatchObject({ total: { calls: 1, errors: 0 } });
    await expect(world.removal.uninstall(systemActor, ID, false)).rejects.toMatchObject({ code: 'still_in_use', options: { usedBy } });
    await world.removal.uninstall(systemActor, ID, true);
    expect(await world.states()).toEqual({});
    expect(world.active.instances()).toEqual([]);
    for (const table of ['plugin', 'plugin_process', 'plugin_value', 'plugin_log', 'plugin_minute', 'plugin_package', 'plugin_artifact'])
      expect([table, await postgres.query(`select * from ${table}`)]).toEqual([table, []]);
    expect(await readdir(join(folder, 'data', 'plugins', 'packages'))).toEqual([]);
    expect(await objects(join(folder, 'data', 'storage', 'objects'))).toEqual([]);
    const { data } = await world.pages.events(ID, { limit: 50 });
    expect(data[0]).toMatchObject({ type: 'uninstalled', version: '1.0.0', by: 'system' });
    expect(world.audit.entries.map(({ action }) => action)).toContain('plugin.uninstalled');
  }, 60_000);

  it('says what to do about a plugin of plugins.yaml that is to be removed', async () => {
    const world = await open({ plugins: [fixture('with-dispose')] });
    await expect(world.removal.uninstall(systemActor, 'with-dispose', true)).rejects.toMatchObject({
      code: 'plugin_listed',
      message: expect.stringContaining('plugins.yaml'),
    });
  });

  it('does not load a package of which a byte was changed, in any place', async () => {
    const world = await open();
    await installed(world);
    await closeAll();
    const packages = join(folder, 'data', 'plugins', 'packages');
    const [name = ''] = await readdir(packages);
    const changes: [string, string][] = [
      [join('node_modules', 'crisol-plugin-parcel', 'index.js'), '\n'],
      ['package.tgz', ' '],
    ];
    for (const [path, addition] of changes) {
      const file = join(packages, name, path);
      const was = await readFile(file);
      await appendFile(file, addition);
      const again = await open();
      const shown = await again.service.get(ID);
      expect(shown).toMatchObject({ state: 'failed', code: 'package_changed' });
      await closeAll();
      await writeFile(file, was);
    }
    await writeFile(join(packages, name, 'node_modules', 'crisol-plugin-parcel', 'extra.js'), '');
    expect((await (await open()).service.get(ID)).code).toBe('package_changed');
    await closeAll();
    await rm(join(packages, name), { recursive: true });
    const fresh = await open();
    expect(await fresh.states()).toEqual({ [ID]: 'active' });
  }, 120_000);

  it('lays the same package out in a process with another data folder, and hears its acknowledgement', async () => {
    const storageFolder = join(folder, 'storage');
    const api = await open({ storageFolder, role: 'api' });
    await mkdir(join(folder, 'worker'));
    await writeFile(join(folder, 'worker', 'master.key'), await readFile(join(folder, 'data', 'master.key')), { mode: 0o600 });
    const worker = await open({ storageFolder, role: 'worker', dataFolder: join(folder, 'worker') });
    await installed(api);
    await until(async () => (await api.service.get(ID)).processes.applied === 2, 30_000);
    expect(await send(worker)).toBe('1.0.0');
    await installed(api, { version: '2.0.0' });
    await until(async () => (await send(worker)) === '2.0.0', 30_000);
    await api.removal.uninstall(systemActor, ID, false);
    await until(() => worker.active.instances().length === 0, 30_000);
  }, 90_000);

  it('applies what was disabled while no server ran, before the plugin is imported', async () => {
    const world = await open();
    const imported = join(folder, 'imported');
    await installed(world, { atImport: `import { appendFileSync } from 'node:fs'; appendFileSync('${imported}', '.');` });
    await closeAll();
    await rm(imported);
    await writeFile(join(folder, 'data', 'plugins', `disabled-${ID}`), '');
    const again = await open();
    expect(await again.states()).toEqual({ [ID]: 'disabled' });
    await expect(stat(imported)).rejects.toThrow();
    expect(again.audit.entries).toMatchObject([{ action: 'plugin.disabled', change: { whileDown: true } }]);
    expect(await readdir(join(folder, 'data', 'plugins'))).toEqual(['packages']);
    await again.enable(ID);
    expect(await again.states()).toEqual({ [ID]: 'active' });
  }, 60_000);
});

async function objects(path: string): Promise<string[]> {
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => entry.name);
}
