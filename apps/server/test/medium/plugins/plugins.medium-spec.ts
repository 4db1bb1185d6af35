import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { pluginApiVersion } from '@crisol/plugin-api';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemActor } from '../../../src/platform/auth/actor.js';
import { until } from '../jobs/ledger-world.js';
import { startPostgres, type TestPostgres } from '../jobs/start-postgres.js';
import { fixture, makePluginTables, openPluginWorld, type PluginWorld, type PluginWorldOptions } from './plugin-world.js';

interface Seen {
  made: number;
  disposed: number;
  calls: number;
  callsAfterDispose: number;
}
const withDispose = (): Seen => Reflect.get(globalThis, Symbol.for('with-dispose'));

describe('plugins', () => {
  let postgres: TestPostgres;
  const worlds: PluginWorld[] = [];
  const open = async (options: PluginWorldOptions): Promise<PluginWorld> => {
    const world = await openPluginWorld(postgres, options);
    worlds.push(world);
    return world;
  };
  const started = async (...plugins: string[]): Promise<PluginWorld> => {
    const world = await open({ plugins: plugins.map(fixture) });
    await world.start();
    return world;
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    postgres = await startPostgres();
    await makePluginTables(postgres);
  }, 60_000);
  beforeEach(() => postgres.query('truncate plugin, plugin_process, plugin_value, plugin_minute, plugin_event, plugin_log'));
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });
  afterAll(() => postgres.stop());

  it('starts with every kind of bad plugin, says what is wrong with each, and leaves the good one alone', async () => {
    const world = await started('fails-at-import', 'fails-in-setup', 'wrong-api', 'bad-settings', 'with-dispose', 'is-not-there');
    expect(await world.states()).toEqual({
      'fails-at-import': 'failed: import_failed',
      'fails-in-setup': 'failed: setup_failed',
      'wrong-api': 'incompatible: api_range',
      'bad-settings': 'misconfigured: settings_invalid',
      'with-dispose': 'active',
      'is-not-there': 'failed: not_found',
    });
    const messageOf = async (id: string) => (await world.service.get(id)).message;
    expect(await messageOf('fails-at-import')).toContain('the module has a bug on line 1');
    expect(await messageOf('fails-in-setup')).toContain('setup has a bug');
    expect(await messageOf('wrong-api')).toBe(`Written for plugin API ^2.0; this host has ${pluginApiVersion}.`);
    expect(await messageOf('bad-settings')).toContain('port');
    await expect(world.send('with-dispose')).resolves.toEqual({ deliveredAt: 0 });
  });

  it('stops the start when a required plugin is not active, naming it and the cause', async () => {
    const world = await open({ plugins: [fixture('fails-in-setup')], required: [fixture('fails-in-setup')] });
    await expect(world.start()).rejects.toThrow('The required plugin fails-in-setup is failed: setup failed: setup has a bug');
  });

  it('runs without any plugin in safe mode, and with them at the next start', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'crisol-plugins-'));
    const safe = await open({ plugins: [fixture('with-dispose')], safeMode: true, dataFolder });
    await safe.start();
    expect(await safe.states()).toEqual({ 'with-dispose': 'disabled: safe_mode' });
    expect(safe.active.notifiers()).toEqual([]);
    const normal = await open({ plugins: [fixture('with-dispose')], dataFolder });
    await normal.start();
    expect(await normal.states()).toEqual({ 'with-dispose': 'active' });
    await rm(dataFolder, { recursive: true });
  });

  it('quarantines the plugin inside which the last start died, until it is enabled again', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'crisol-plugins-'));
    await mkdir(join(dataFolder, 'plugins'));
    await writeFile(join(dataFolder, 'plugins', `starting-${hostname()}-${process.pid}`), 'with-dispose');
    const world = await open({ plugins: [fixture('with-dispose')], dataFolder });
    await world.start();
    expect(await world.states()).toEqual({ 'with-dispose': 'quarantined: start_crashed' });
    await world.enable('with-dispose');
    expect(await world.states()).toEqual({ 'with-dispose': 'active' });
    await rm(dataFolder, { recursive: true });
  });

  it('gives a caller the code of a deadline when a plugin hangs, and of a failure when it throws a string', async () => {
    const world = await started('hangs', 'rejects-late', 'throws', 'with-dispose');
    await expect(world.send('hangs', 20)).rejects.toMatchObject({ code: 'plugin_timed_out' });
    await expect(world.send('rejects-late', 20)).rejects.toMatchObject({ code: 'plugin_timed_out' });
    await expect(world.send('throws')).rejects.toMatchObject({ code: 'plugin_call_failed' });
    await expect(world.send('with-dispose')).resolves.toEqual({ deliveredAt: 0 });
  });

  it('degrades a plugin at five faults, quarantines it at ten, and leaves the others alone', async () => {
    const world = await started('throws', 'with-dispose');
    const stateIs = (expected: string) => until(async () => (await world.states())['throws'] === expected);
    for (let i = 0; i < 5; i++) await expect(world.send('throws')).rejects.toThrow();
    await stateIs('degraded: too_many_faults');
    for (let i = 0; i < 5; i++) await expect(world.send('throws')).rejects.toThrow();
    await stateIs('quarantined: too_many_faults');
    expect(world.active.notifiers().map(({ notifier }) => notifier.name)).toEqual(['with-dispose']);
    expect((await world.service.get('throws')).message).toBe('send: a string');
  });

  it('takes settings at run time: refuses wrong ones by field, applies right ones and asks for the revision', async () => {
    const world = await started('with-settings');
    expect(await world.states()).toEqual({ 'with-settings': 'misconfigured: settings_invalid' });
    const put = (settings: Record<string, string | number>, revision?: number) =>
      world.service.putSettings(systemActor, 'with-settings', settings, revision);
    await expect(put({ greeting: 'hi' })).rejects.toMatchObject({ code: 'revision_required' });
    await expect(put({ greeting: 'hi' }, 7)).rejects.toMatchObject({ code: 'revision_mismatch' });
    await expect(put({ greeting: '', colour: 'red' }, 1)).rejects.toMatchObject({
      code: 'plugin_settings_invalid',
      options: { errors: [{ pointer: '/greeting' }, { pointer: '/colour', code: 'unknown_field' }] },
    });
    const changed = await put({ greeting: 'hi', times: 2 }, 1);
    expect(changed).toMatchObject({ state: 'active', revision: 2, generation: 2, processes: { applied: 1, total: 1 } });
    await expect(world.send('with-settings')).resolves.toMatchObject({ reference: 'hihi' });
  });

  it('keeps secrets write-only and encrypted at rest, and hands them to the plugin', async () => {
    const world = await started('with-secrets');
    const token = 'canary-7f3a9c';
    const changed = await world.service.putSettings(systemActor, 'with-secrets', { user: 'ada', token }, 1);
    expect(changed).toMatchObject({ settings: { user: 'ada' }, settingsSecretsSet: ['token'] });
    await expect(world.send('with-secrets')).resolves.toMatchObject({ reference: '13 characters' });
    const kept = await world.service.putSettings(systemActor, 'with-secrets', { user: 'bob' }, 2);
    expect(kept.settingsSecretsSet).toEqual(['token']);
    await expect(world.service.check('with-secrets')).resolves.toMatchObject({ ok: true, message: 'The token has 13 characters.' });
    const rows = JSON.stringify(await postgres.query('select * from plugin'));
    expect(rows).not.toContain(token);
    expect(JSON.stringify([await world.service.get('with-secrets'), world.audit.entries])).not.toContain(token);
    expect(rows).not.toContain(await readFile(join(world.config.dataFolder, 'master.key'), 'utf8'));
  });

  it('gives each plugin a key-value store that survives a restart', async () => {
    const first = await started('with-key-value');
    await expect(first.send('with-key-value')).resolves.toMatchObject({ reference: '1' });
    const second = await started('with-key-value');
    await expect(second.send('with-key-value')).resolves.toMatchObject({ reference: '2' });
  });

  it('never calls a disposed instance while it is switched and reconfigured under calls', async () => {
    const world = await started('with-dispose');
    const seen = Object.assign(withDispose(), { made: 0, disposed: 0, calls: 0, callsAfterDispose: 0 });
    let stop = false;
    let refused = 0;
    const caller = async () => {
      while (!stop) {
        await world.send('with-dispose').catch(() => refused++);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const callers = [caller(), caller(), caller(), caller()];
    for (let i = 0; i < 20; i++) {
      const { revision } = await world.service.get('with-dispose');
      await world.service.putSettings(systemActor, 'with-dispose', { name: `name ${i}` }, revision);
    }
    expect(refused).toBe(0);
    for (let i = 0; i < 10; i++) {
      await world.disable('with-dispose');
      await world.enable('with-dispose');
    }
    stop = true;
    await Promise.all(callers);
    await until(() => seen.disposed === 30);
    expect(seen.made).toBe(30);
    expect(seen.calls).toBeGreaterThan(100);
    expect(seen.callsAfterDispose).toBe(0);
  }, 60_000);

  it('reaches every process with a switch, and counts who has applied it', async () => {
    const one = await started('with-dispose');
    const two = await started('with-dispose');
    await one.disable('with-dispose');
    await until(() => two.active.notifiers().length === 0);
    await until(async () => (await one.service.get('with-dispose')).processes.applied === 2);
    await two.enable('with-dispose');
    await until(() => one.active.notifiers().length === 1);
    await until(async () => {
      const { processes } = await two.service.get('with-dispose');
      return processes.applied === 2 && processes.total === 2;
    });
  });

  it('runs a plugin as plugins.yaml says until an operator chooses', async () => {
    const [folder, dataFolder] = [fixture('with-dispose'), await mkdtemp(join(tmpdir(), 'crisol-plugins-'))];
    const first = await open({ plugins: [folder], isolated: [folder], dataFolder });
    await first.start();
    expect(await first.service.get('with-dispose')).toMatchObject({ state: 'active', isolation: 'isolated' });
    const second = await open({ plugins: [folder], dataFolder });
    await second.start();
    expect((await second.service.get('with-dispose')).isolation).toBe('in_process');
    await second.service.setIsolation(systemActor, 'with-dispose', 'isolated');
    const third = await open({ plugins: [folder], dataFolder });
    await third.start();
    expect((await third.service.get('with-dispose')).isolation).toBe('isolated');
    await rm(dataFolder, { recursive: true });
  }, 60_000);

  it('adds up the calls of all processes by minute', async () => {
    const [one, two] = [await started('with-dispose', 'throws'), await started('with-dispose', 'throws')];
    for (const world of [one, one, two]) await world.send('with-dispose');
    await expect(two.send('throws')).rejects.toThrow();
    await two.statistics.flush();
    const stats = await one.statistics.over('with-dispose', 5);
    expect(stats).toMatchObject({ stepMinutes: 1, total: { calls: 3, errors: 0 } });
    expect(stats.minutes).toHaveLength(5);
    expect(stats.calls.reduce((sum, calls) => sum + calls, 0)).toBe(3);
    expect(stats.total.p50Ms).toBeGreaterThan(0);
    expect((await one.service.get('throws')).calls).toMatchObject({ total: 1, errors: 1 });
    const week = await one.statistics.over('with-dispose', 10_080);
    expect([week.stepMinutes, week.minutes.length, week.total.calls]).toEqual([28, 360, 3]);
  });

  it('keeps the last thousand lines of a plugin, and cuts what floods', async () => {
    const world = await started('with-dispose');
    const sink = world.logs.sink('with-dispose');
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 300; i++) sink.log(`line ${round}.${i}`);
      await world.logs.flush();
    }
    sink.error('the last one', new Error('with its cause'));
    const lines = await world.logs.read('with-dispose', { limit: 1_000 });
    expect(lines).toHaveLength(1_000);
    expect(lines.at(-1)).toMatchObject({ level: 'error', message: expect.stringMatching(/^the last one Error: with its cause/) });
    expect(lines.at(-2)).toMatchObject({ level: 'warn', message: expect.stringContaining('100 lines were left out') });
    expect(lines.at(-3)?.message).toBe('line 5.199');
    expect(await world.logs.read('with-dispose', { limit: 10, level: 'error' })).toHaveLength(1);
    expect(await world.logs.read('with-dispose', { limit: 10, after: lines.at(-2)?.id ?? 0 })).toHaveLength(1);
  });

  it('counts a process again that was taken for dead', async () => {
    const world = await started('with-dispose');
    await postgres.query('delete from plugin_process');
    expect((await world.service.get('with-dispose')).processes).toEqual({ applied: 0, total: 0 });
    world.lifecycle.beat();
    await until(async () => (await world.service.get('with-dispose')).processes.applied === 1);
    expect((await world.service.get('with-dispose')).processList).toMatchObject([{ role: 'all', generation: 1, state: null }]);
  });

  it('is degraded, not failed, where it comes up in some processes only', async () => {
    const one = await started('with-dispose');
    await postgres.query(
      `insert into plugin_process (plugin_id, process_id, role, generation, seen_at, state, code, message)
       values ('with-dispose', 'elsewhere', 'worker', 1, now(), 'failed', 'import_failed', 'no such file')`,
    );
    await one.enable('with-dispose');
    expect(await one.states()).toEqual({ 'with-dispose': 'active' });
    await postgres.query("update plugin_process set generation = 2 where process_id = 'elsewhere'");
    for (let i = 0; i < 5; i++) one.active.instance('with-dispose')?.fault('a fault');
    await until(async () => (await one.service.get('with-dispose')).state === 'degraded');
    expect(await one.service.get('with-dispose')).toMatchObject({
      code: 'import_failed',
      message: 'In 1 of 2 processes: no such file',
      processList: [
        { role: 'all', state: 'degraded' },
        { role: 'worker', state: 'failed', message: 'no such file' },
      ],
    });
  });
});
