import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { pluginApiVersion } from '@crisol/plugin-api';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Config } from '../../config/config.js';
import { StartFailure } from '../../database/start-failure.js';
import { EventBus } from '../../events/event-bus.js';
import { ActivePlugins } from '../active-plugins.js';
import type { Health } from '../call-guard/breaker.js';
import { PluginListError, readPluginList, type ListedPlugin } from '../discovery/plugin-list.js';
import { isCompatible, readManifest, type PluginPackage } from '../discovery/read-manifest.js';
import type { PluginRow } from '../plugin.entity.js';
import { inWords } from '../settings/plugin-settings.js';
import { PluginSecrets } from '../settings/plugin-secrets.js';
import { PluginLoadError, words } from './load-plugin.js';
import { listProvided, type PluginInstance } from './plugin-instance.js';
import { PluginRunners, type LoadedPlugin } from './plugin-runner.js';
import { PluginStore, type StateChange } from './plugin-store.js';
import { StartMarker } from './start-marker.js';

const HEARTBEAT_MS = 10_000;
const SHUTDOWN_DRAIN_MS = 1_000;

interface Known {
  readonly package: PluginPackage;
  /** Set once its code has been loaded. */
  loaded: LoadedPlugin | undefined;
  /** The generation that this process runs, or tried to. */
  generation: number;
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
  private readonly stop: (() => void)[] = [];

  constructor(
    private readonly config: Config,
    private readonly events: EventBus,
    private readonly store: PluginStore,
    private readonly secrets: PluginSecrets,
    private readonly runners: PluginRunners,
    private readonly active: ActivePlugins,
  ) {
    this.marker = new StartMarker(config.dataFolder);
  }

  async onApplicationBootstrap(): Promise<void> {
    const listed = await readPluginList(this.config.pluginsFile).catch((error: unknown) => {
      throw error instanceof PluginListError ? new StartFailure(error.message) : error;
    });
    this.crashed = this.marker.takeCrashed();
    this.active.onHealth((id, health, cause) => this.healthChanged(id, health, cause));
    this.stop.push(
      this.events.onPublished('plugin.changed', ({ data }) => this.changed(data['id'])),
      this.events.onPublished('events.missed', () => this.catchUp()),
    );
    const ids: string[] = [];
    for (const item of listed) ids.push(await this.discover(item, ids));
    await this.store.unlistOthers(ids);
    if (this.config.safeMode) this.log.warn('Safe mode: the server runs without plugins.');
    const timer = setInterval(() => this.beat(), HEARTBEAT_MS);
    timer.unref();
    this.stop.push(() => clearInterval(timer));
    await this.checkRequired();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stop.splice(0)) stop();
    await Promise.all(this.queues.values());
    for (const instance of this.active.instances()) this.retire(this.active.remove(instance.pluginId), SHUTDOWN_DRAIN_MS);
    await Promise.race([Promise.all(this.retiring), delay(2 * SHUTDOWN_DRAIN_MS, undefined, { ref: false })]);
    await this.store.leave();
  }

  /** The plugin's code, when it could be loaded. */
  loaded(id: string): LoadedPlugin | undefined {
    return this.known.get(id)?.loaded;
  }

  /** Applies the generation that the row has now, after whatever is under way for this plugin. */
  apply(id: string): Promise<void> {
    const next = (this.queues.get(id) ?? Promise.resolve()).then(async () => {
      const known = this.known.get(id);
      const row = known && (await this.store.row(id));
      if (known && row && row.generation > known.generation) await this.bringUp(known, row);
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
      await this.tell(id, { state: 'failed', code: read.code, message: read.message });
      return id;
    }
    const known: Known = { package: read.value, loaded: undefined, generation: 0 };
    this.known.set(id, known);
    await this.bringUp(known, row);
    return id;
  }

  private async bringUp(known: Known, row: PluginRow): Promise<void> {
    const { id } = row;
    known.generation = row.generation;
    const blocked = this.blockedBy(known.package, row);
    if (blocked) {
      this.retire(this.active.remove(id));
      await this.tell(id, blocked);
    } else {
      await this.buildAndSwap(known, row);
    }
    await this.store.acknowledge(id, row.generation);
  }

  private blockedBy(found: PluginPackage, row: PluginRow): StateChange | undefined {
    if (!isCompatible(found.manifest)) {
      const message = `Written for plugin API ${found.manifest.api}; this host has ${pluginApiVersion}.`;
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
    return undefined;
  }

  private async buildAndSwap(known: Known, row: PluginRow): Promise<void> {
    const { id } = row;
    let change: StateChange;
    this.marker.set(id);
    try {
      known.loaded ??= await this.runners.of('in_process').load(known.package);
      const { settingsSchema } = known.loaded;
      const stored = { ...row.settings, ...this.secrets.open(id, row.secrets) };
      const settings = await known.loaded.parseSettings(stored);
      if (!settings.ok) {
        change = { state: 'misconfigured', code: 'settings_invalid', message: inWords(settings.issues), settingsSchema };
      } else {
        const instance = await known.loaded.start(stored, row.generation);
        this.checkNames(instance);
        this.retire(this.active.swap(instance));
        change = { state: 'active', code: null, message: null, settingsSchema, provides: listProvided(instance.provided) };
      }
    } catch (error) {
      this.log.error(`Plugin ${id} could not be started`, error);
      change = { state: 'failed', code: error instanceof PluginLoadError ? error.code : 'setup_failed', message: words(error) };
    } finally {
      this.marker.clear();
    }
    const stillRuns = change.state !== 'active' && this.active.instance(id);
    // The former instance goes on with its former settings rather than leaving its users with nothing.
    await this.tell(
      id,
      stillRuns
        ? { ...change, state: 'degraded', code: 'update_failed', message: `Runs with its former settings. ${change.message}` }
        : change,
    );
  }

  private checkNames(instance: PluginInstance): void {
    for (const { kind, name } of listProvided(instance.provided)) {
      const other = this.active.instances().find((running) => running.pluginId !== instance.pluginId && running.names(kind).includes(name));
      if (other) throw new PluginLoadError('provides_wrong', `Plugin ${other.pluginId} already brings a ${kind} called ${name}.`);
    }
  }

  private retire(instance: PluginInstance | undefined, drainMs?: number): void {
    if (!instance) return;
    const done = instance.retire(drainMs).catch((error: unknown) => this.log.warn(`Plugin ${instance.pluginId} failed at dispose`, error));
    this.retiring.add(done);
    void done.finally(() => this.retiring.delete(done));
  }

  private async tell(id: string, change: StateChange): Promise<void> {
    if (change.state !== 'active' && change.state !== 'disabled')
      this.log.warn(`Plugin ${id} is ${change.state}${change.message ? `: ${change.message}` : ''}`);
    await this.store.setState(id, change);
  }

  private healthChanged(id: string, health: Health, cause: string): void {
    const change: StateChange =
      health === 'healthy'
        ? { state: 'active', code: null, message: null }
        : { state: health, code: 'too_many_faults', message: cause.slice(0, 1_000) };
    this.tell(id, change).catch((error: unknown) => this.log.error(`The state of plugin ${id} could not be written`, error));
  }

  private changed(id: unknown): void {
    // Failures were logged and kept by `apply` itself.
    if (typeof id === 'string') this.apply(id).catch(() => undefined);
  }

  private catchUp(): void {
    for (const id of this.known.keys()) this.changed(id);
  }

  private beat(): void {
    this.active.retryQuarantined();
    this.store.heartbeat().catch((error: unknown) => this.log.warn('Plugin heartbeat failed', error));
    this.catchUp();
  }

  private async checkRequired(): Promise<void> {
    if (this.config.safeMode) return;
    const missing = (await this.store.rows()).filter((row) => row.required && row.enabled && !this.active.instance(row.id));
    if (missing.length === 0) return;
    throw new StartFailure(missing.map((row) => `The required plugin ${row.id} is ${row.state}: ${row.message}`).join('\n'));
  }
}
