import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { PluginIsolation } from '@crisol/contracts';
import { pluginApiVersion, satisfiesRange } from '@crisol/plugin-api';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Config } from '../../config/config.js';
import { StartFailure } from '../../database/start-failure.js';
import { EventBus } from '../../events/event-bus.js';
import { ActivePlugins } from '../active-plugins.js';
import type { Health } from '../call-guard/breaker.js';
import { PluginListError, readPluginList, type ListedPlugin } from '../discovery/plugin-list.js';
import { readManifest, type PluginPackage } from '../discovery/read-manifest.js';
import { PackageFault } from '../install/package-folders.js';
import { PackageSwitch } from '../install/package-switch.js';
import type { PluginRow } from '../plugin.entity.js';
import { inWords } from '../settings/plugin-settings.js';
import { PluginSecrets } from '../settings/plugin-secrets.js';
import { PluginLoadError, words } from './load-plugin.js';
import { listProvided, type PluginInstance } from './plugin-instance.js';
import { PluginRunners, type LoadedPlugin } from './plugin-runner.js';
import { PluginStore, type StateChange } from './plugin-store.js';
import { OfflineDisables } from './offline-disables.js';
import { StartMarker } from './start-marker.js';

const HEARTBEAT_MS = 10_000;
const SHUTDOWN_DRAIN_MS = 1_000;
const START_WAIT_MS = 20_000;

/** Code that has been loaded, with what it was loaded from. */
interface Code {
  readonly package: PluginPackage;
  /** Digest of the installed package; null for what plugins.yaml names. */
  readonly sha512: string | null;
  readonly isolation: PluginIsolation;
  readonly loaded: LoadedPlugin;
}
interface Known {
  /** Null for an installed plugin: its row says which package. */
  readonly listed: PluginPackage | null;
  /** Folder of what plugins.yaml names. */
  readonly folder: string | null;
  /** What runs, or is ready to. */
  code: Code | undefined;
  /** The generation that this process runs, or tried to. */
  generation: number;
  /** The generation that it has told so. */
  acknowledged: number;
}

/** Brings plugins up when the process starts, and again whenever their row's generation grows. */
@Injectable()
export class PluginLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Plugins');
  private readonly marker: StartMarker;
  private readonly known = new Map<string, Known>();
  /** The last change of each plugin; the next one waits for it. */
  private readonly queues = new Map<string, Promise<void>>();
  private readonly retiring = new Set<Promise<void>>();
  /** Plugins inside which an earlier process died; each is held back once, until the operator enables it again. */
  private crashed = new Set<string>();
  /** The last change of health; the next one is written after it, so that the row ends as the breaker does. */
  private healthTold: Promise<void> = Promise.resolve();
  private readonly stop: (() => void)[] = [];

  constructor(
    private readonly config: Config,
    private readonly events: EventBus,
    private readonly store: PluginStore,
    private readonly secrets: PluginSecrets,
    private readonly runners: PluginRunners,
    private readonly active: ActivePlugins,
    private readonly packages: PackageSwitch,
    private readonly offline: OfflineDisables,
  ) {
    this.marker = new StartMarker(config.dataFolder);
  }

  async onApplicationBootstrap(): Promise<void> {
    const listed = await readPluginList(this.config.pluginsFile).catch((error: unknown) => {
      throw error instanceof PluginListError ? new StartFailure(error.message) : error;
    });
    await this.offline.apply();
    this.crashed = this.marker.takeCrashed();
    this.active.onHealth((id, health, cause) => this.healthChanged(id, health, cause));
    this.stop.push(
      this.events.onPublished('plugin.changed', ({ data }) => this.changed(data['id'])),
      this.events.onPublished('events.missed', () => this.catchUpSoon()),
    );
    const ids: string[] = [];
    for (const item of listed) ids.push(await this.discover(item, ids));
    await this.store.unlistOthers(ids);
    await this.bringInstalledUp();
    if (this.config.safeMode) this.log.warn('Safe mode: the server runs without plugins.');
    const timer = setInterval(() => this.beat(), HEARTBEAT_MS);
    timer.unref();
    this.stop.push(() => clearInterval(timer));
    await this.checkRequired();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stop.splice(0)) stop();
    await Promise.all(this.queues.values());
    for (const [id, { code }] of this.known) void this.retire(this.active.remove(id), code, SHUTDOWN_DRAIN_MS);
    await Promise.race([Promise.all(this.retiring), delay(2 * SHUTDOWN_DRAIN_MS, undefined, { ref: false })]);
    await this.store.leave();
  }

  /** Whether an instance of the plugin runs in this process. */
  runs(id: string): boolean {
    return this.active.instance(id) !== undefined;
  }

  /** Where the plugin that plugins.yaml names stands on this machine. */
  listedFolder(id: string): string | undefined {
    return this.known.get(id)?.folder ?? undefined;
  }

  /** Does something with the plugin's code: that which is loaded, or else, where it cannot do harm, loaded for this alone. */
  async withCode<T>(row: PluginRow, work: (loaded: LoadedPlugin) => Promise<T>): Promise<T | undefined> {
    const known = this.known.get(row.id);
    if (known?.code) return work(known.code.loaded);
    if (!known || row.isolation !== 'isolated' || this.config.safeMode) return undefined;
    const { loaded } = await this.load(known, row);
    try {
      return await work(loaded);
    } finally {
      await loaded.unload();
    }
  }

  /** Applies the generation that the row has now, after whatever is under way for this plugin. */
  apply(id: string): Promise<void> {
    const next = (this.queues.get(id) ?? Promise.resolve()).then(async () => {
      const row = await this.store.anyRow(id);
      if (!row) return this.forget(id);
      const known = this.known.get(id) ?? (row.installed ? this.meet(id) : undefined);
      if (known && row.listed && row.generation > known.generation) await this.bringUp(known, row);
    });
    const settled = next.catch((error: unknown) => this.log.error(`Plugin ${id} could not be brought to its new settings`, error));
    this.queues.set(id, settled);
    return next;
  }

  private async discover(listed: ListedPlugin, taken: readonly string[]): Promise<string> {
    const { location } = listed.source;
    const read = listed.folder
      ? await readManifest(listed.folder)
      : ({ ok: false, code: 'not_found', message: `The npm package ${location} is not installed.` } as const);
    const id = read.ok ? read.value.manifest.id : basename(location);
    if (taken.includes(id)) {
      this.log.error(`plugins.yaml names ${id} twice; ${location} is ignored.`);
      return id;
    }
    const row = await this.store.discovered(id, listed, read.ok ? read.value : null);
    if (!read.ok) {
      await this.tell(id, { state: 'failed', code: read.code, message: read.message }, row.generation);
      return id;
    }
    const known: Known = { listed: read.value, folder: listed.folder, code: undefined, generation: 0, acknowledged: 0 };
    this.known.set(id, known);
    await this.bringUp(known, row);
    return id;
  }

  /** A package that has to be fetched first may take its time: the start goes on, and the plugin comes up when it is there. */
  private async bringInstalledUp(): Promise<void> {
    for (const { id, installed } of await this.store.generations()) {
      if (!installed) continue;
      const late = delay(START_WAIT_MS, 'late', { ref: false });
      const applied = this.apply(id).catch(() => undefined);
      if ((await Promise.race([applied, late])) === 'late') this.log.warn(`Plugin ${id} is not up yet; the server starts without it.`);
    }
  }

  private meet(id: string): Known {
    const known: Known = { listed: null, folder: null, code: undefined, generation: 0, acknowledged: 0 };
    this.known.set(id, known);
    return known;
  }

  /** Ends a plugin whose row is gone. */
  private async forget(id: string): Promise<void> {
    const known = this.known.get(id);
    this.known.delete(id);
    await this.retire(this.active.remove(id), known?.code);
  }

  private async bringUp(known: Known, row: PluginRow): Promise<void> {
    const { id } = row;
    known.generation = row.generation;
    const blocked = this.blockedBy(row);
    if (!blocked) return this.buildAndSwap(known, row);
    // A process of its own ends with the plugin; code in this process stays, to know the form of its settings.
    const ending = known.code?.isolation === 'isolated' ? known.code : undefined;
    if (ending) known.code = undefined;
    void this.retire(this.active.remove(id), ending);
    await this.tell(id, blocked, row.generation);
    if (blocked.state === 'quarantined') await this.fallBack(row, blocked, true);
  }

  private blockedBy(row: PluginRow): StateChange | undefined {
    if (!satisfiesRange(pluginApiVersion, row.apiRange)) {
      const message = `Written for plugin API ${row.apiRange}; this host has ${pluginApiVersion}.`;
      return { state: 'incompatible', code: 'api_range', message };
    }
    if (!row.enabled) return { state: 'disabled', code: null, message: null };
    if (this.config.safeMode) return { state: 'disabled', code: 'safe_mode', message: 'The server was started in safe mode.' };
    const crashedNow = this.crashed.delete(row.id);
    const crashedBefore = row.state === 'quarantined' && row.code === 'start_crashed';
    if (crashedNow || crashedBefore) {
      const message = 'The server died while it brought this plugin up. Enable it again to give it another try.';
      return { state: 'quarantined', code: 'start_crashed', message };
    }
    if (row.permissions.database && row.isolation === 'isolated') {
      const message = 'It asks for a schema in the database (permissions.database), which only plugins in process get; it is isolated.';
      return { state: 'misconfigured', code: 'needs_in_process', message };
    }
    return undefined;
  }

  private async buildAndSwap(known: Known, row: PluginRow): Promise<void> {
    const { id } = row;
    const former = known.code;
    let code: Code | undefined;
    let change: StateChange;
    this.marker.set(id);
    try {
      code = await this.load(known, row);
      const { settingsSchema } = code.loaded;
      const stored = { ...row.settings, ...this.secretsOf(row) };
      const settings = await code.loaded.parseSettings(stored);
      if (!settings.ok) {
        change = { state: 'misconfigured', code: 'settings_invalid', message: inWords(settings.issues), settingsSchema };
      } else {
        const instance = await this.start(code.loaded, stored, row.generation);
        void this.retire(this.active.swap(instance), former === code ? undefined : former);
        known.code = code;
        change = { state: 'active', code: null, message: null, settingsSchema, provides: listProvided(instance.provided) };
      }
    } catch (error) {
      this.log.error(`Plugin ${id} could not be started`, error);
      const known = error instanceof PluginLoadError || error instanceof PackageFault;
      change = { state: 'failed', code: known ? error.code : 'setup_failed', message: words(error) };
    } finally {
      this.marker.clear();
    }
    if (change.state === 'active') return this.tell(id, change, row.generation);
    await this.keepFormer(known, row, code, change);
  }

  /** The former instance goes on with its former code and settings rather than leaving its users with nothing. */
  private async keepFormer(known: Known, row: PluginRow, code: Code | undefined, change: StateChange): Promise<void> {
    const { id } = row;
    const runs = this.runs(id);
    if (code && code !== known.code) {
      if (runs) await code.loaded.unload();
      else known.code = code;
    }
    if (!runs) {
      await this.tell(id, change, row.generation);
      return this.fallBack(row, change, true);
    }
    const { state, code: cause, message, ...schema } = change;
    const what = known.code && known.code.sha512 !== row.packageSha512 ? 'with its former version' : 'with its former settings';
    // The form of a version that does not run is not the form of the one that does.
    const kept = what === 'with its former settings' ? schema : {};
    await this.tell(
      id,
      { ...kept, state: 'degraded', code: 'update_failed', message: `Runs ${what}. ${message ?? cause ?? state}` },
      row.generation,
    );
    if (what === 'with its former version') await this.fallBack(row, change, false);
  }

  private async fallBack(row: PluginRow, { code, message }: StateChange, onlyOnProbation: boolean): Promise<void> {
    if (!row.packageSha512 || !row.formerSha512) return;
    const setback = { code: onlyOnProbation ? 'update_fell_back' : 'update_failed', message: message ?? code ?? '' } as const;
    await this.packages
      .fallBack(row.id, row.packageSha512, setback, onlyOnProbation)
      .catch((error: unknown) => this.log.error(`Plugin ${row.id} could not fall back to its former version`, error));
  }

  /** The code that the row asks for; what is loaded already is not loaded again. */
  private async load(known: Known, row: PluginRow): Promise<Code> {
    const { isolation } = row;
    const sha512 = row.packageSha512 ?? null;
    if (known.code && known.code.isolation === isolation && known.code.sha512 === sha512) return known.code;
    const found = known.listed ?? (sha512 === null ? undefined : await this.packages.read(sha512));
    if (!found) throw new PluginLoadError('import_failed', 'There is no package for it.');
    return { package: found, sha512, isolation, loaded: await this.runners.of(isolation).load(found) };
  }

  private secretsOf({ id, secrets }: PluginRow): Record<string, string> {
    const open = this.secrets.readable(id, secrets);
    if (open) return open;
    throw new PluginLoadError('secrets_unreadable', 'Its secrets were sealed with another master key than the one of this process.');
  }

  private async start(loaded: LoadedPlugin, stored: Record<string, unknown>, generation: number): Promise<PluginInstance> {
    const instance = await loaded.start(stored, generation);
    try {
      this.checkNames(instance);
      return instance;
    } catch (error) {
      void this.retire(instance, undefined);
      throw error;
    }
  }

  private checkNames(instance: PluginInstance): void {
    for (const { kind, name } of listProvided(instance.provided)) {
      const other = this.active.instances().find((running) => running.pluginId !== instance.pluginId && running.names(kind).includes(name));
      if (other) throw new PluginLoadError('provides_wrong', `Plugin ${other.pluginId} already brings a ${kind} called ${name}.`);
    }
  }

  /** Ends an instance once its calls are over, and then gives back the code that nothing uses any more. */
  private async retire(instance: PluginInstance | undefined, code: Code | undefined, drainMs?: number): Promise<void> {
    const end = async () => {
      await instance?.retire(drainMs);
      await code?.loaded.unload();
    };
    const done = end().catch((error: unknown) => this.log.warn(`Plugin ${instance?.pluginId ?? ''} failed at dispose`, error));
    this.retiring.add(done);
    await done.finally(() => this.retiring.delete(done));
  }

  private async tell(id: string, change: StateChange, generation?: number): Promise<void> {
    if (change.state !== 'active' && change.state !== 'disabled')
      this.log.warn(`Plugin ${id} is ${change.state}${change.message ? `: ${change.message}` : ''}`);
    await this.store.report(id, change, generation);
    const known = this.known.get(id);
    if (known && generation !== undefined) known.acknowledged = generation;
  }

  private healthChanged(id: string, health: Health, cause: string): void {
    const change: StateChange =
      health === 'healthy'
        ? { state: 'active', code: null, message: null }
        : { state: health, code: 'too_many_faults', message: cause.slice(0, 1_000) };
    const told = this.healthTold.then(async () => {
      await this.tell(id, change);
      const row = health === 'quarantined' ? await this.store.row(id) : null;
      // Only the package that this process runs is to blame.
      if (row && row.packageSha512 === this.known.get(id)?.code?.sha512) await this.fallBack(row, change, true);
    });
    this.healthTold = told.catch((error: unknown) => this.log.error(`The state of plugin ${id} could not be written`, error));
  }

  private changed(id: unknown): void {
    // Failures were logged and kept by `apply` itself.
    if (typeof id === 'string') this.apply(id).catch(() => undefined);
  }

  private async catchUp(): Promise<void> {
    const rows = await this.store.generations();
    const ids = new Set(rows.map(({ id }) => id));
    for (const { id, generation, installed } of rows) {
      const known = this.known.get(id);
      if (known ? generation > known.generation : installed) this.changed(id);
    }
    for (const id of this.known.keys()) if (!ids.has(id)) this.changed(id);
  }

  /** What every process does every ten seconds. */
  beat(): void {
    this.active.retryQuarantined();
    const acknowledged = [...this.known].flatMap(([id, known]) => (known.acknowledged > 0 ? [{ id, generation: known.acknowledged }] : []));
    this.store.heartbeat(acknowledged).catch((error: unknown) => this.log.warn('Plugin heartbeat failed', error));
    this.catchUpSoon();
  }

  private catchUpSoon(): void {
    this.catchUp().catch((error: unknown) => this.log.warn('The plugins could not be compared with their rows', error));
  }

  private async checkRequired(): Promise<void> {
    if (this.config.safeMode) return;
    const missing = (await this.store.rows()).filter((row) => row.required && row.enabled && !this.active.instance(row.id));
    if (missing.length === 0) return;
    throw new StartFailure(missing.map((row) => `The required plugin ${row.id} is ${row.state}: ${row.message}`).join('\n'));
  }
}
