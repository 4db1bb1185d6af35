import type {
  ConfirmPluginInstall,
  Plugin,
  PluginCheck,
  PluginDetail,
  PluginIsolation,
  PluginEvent,
  PluginInstall,
  PluginLog,
  PluginLogLine,
  PluginSettings,
  PluginStats,
  StartPluginInstall,
} from '@crisol/contracts';
import { List, type ListOptions } from './list.js';
import { pause, type CallOptions, type Transport } from './transport.js';

const pollMs = 300;

/** Plugins: what runs, and how others are installed. Everything here asks for the scope `plugins:admin`. */
export class Plugins {
  readonly #transport: Transport;
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** By id. */
  list(options: ListOptions = {}): List<Plugin> {
    return new List(this.#transport, 'plugins', options);
  }

  get(plugin: string, options: CallOptions = {}): Promise<PluginDetail> {
    return this.#transport.json('GET', path(plugin), options);
  }

  /** History, newest first. */
  events(plugin: string, options: ListOptions = {}): List<PluginEvent> {
    return new List(this.#transport, `${path(plugin)}/events`, options);
  }

  /** @param minutes - how far back, at most 10,080 */
  stats(plugin: string, minutes = 60, options: CallOptions = {}): Promise<PluginStats> {
    return this.#transport.json('GET', `${path(plugin)}/stats`, { ...options, query: { minutes } });
  }

  /** The last lines, oldest first; `after` is the id of the last line that was seen. */
  async logs(
    plugin: string,
    options: CallOptions & { readonly limit?: number; readonly after?: number; readonly level?: PluginLogLine['level'] } = {},
  ): Promise<readonly PluginLogLine[]> {
    const { limit, after, level, ...call } = options;
    const log: PluginLog = await this.#transport.json('GET', `${path(plugin)}/logs`, { ...call, query: { limit, after, level } });
    return log.data;
  }

  /** Replaces the settings; a secret that is left out keeps its value. @param revision - that was seen */
  putSettings(plugin: string, settings: PluginSettings, revision: number, options: CallOptions = {}): Promise<PluginDetail> {
    const headers = { 'if-match': `"r${revision}"` };
    return this.#transport.json('PUT', `${path(plugin)}/settings`, { ...options, json: settings, headers });
  }

  setIsolation(plugin: string, mode: PluginIsolation, options: CallOptions = {}): Promise<PluginDetail> {
    return this.#transport.json('PUT', `${path(plugin)}/isolation`, { ...options, json: { mode } });
  }

  enable(plugin: string, options: CallOptions = {}): Promise<PluginDetail> {
    return this.#transport.json('POST', `${path(plugin)}/enable`, options);
  }

  disable(plugin: string, options: CallOptions = {}): Promise<PluginDetail> {
    return this.#transport.json('POST', `${path(plugin)}/disable`, options);
  }

  /** Whether its other side answers with its settings. */
  check(plugin: string, options: CallOptions = {}): Promise<PluginCheck> {
    return this.#transport.json('POST', `${path(plugin)}/check`, options);
  }

  /** Removes an installed plugin; `force` also when something uses it. */
  async uninstall(plugin: string, options: CallOptions & { readonly force?: boolean } = {}): Promise<void> {
    const { force, ...call } = options;
    await this.#transport.send('DELETE', path(plugin), { ...call, query: { force: force === true ? 'true' : undefined } });
  }

  /**
   * Has a package fetched and looked at; nothing of it runs before `confirm`.
   * @param source - a tarball, or what the server fetches by itself
   */
  install(source: StartPluginInstall['source'] | File, options: CallOptions = {}): Promise<PluginInstall> {
    if (!(source instanceof File)) return this.#transport.json('POST', 'plugins/installs', { ...options, json: { source } });
    const form = new FormData();
    form.set('file', source, source.name);
    return this.#transport.json('POST', 'plugins/installs', { ...options, body: form, repeatable: false });
  }

  /** Waits until an install has been looked at; hears each new line of its log. */
  async staged(install: string, options: CallOptions & { readonly onLine?: (line: string) => void } = {}): Promise<PluginInstall> {
    const { onLine, ...call } = options;
    for (let told = 0; ;) {
      const found: PluginInstall = await this.#transport.json('GET', `plugins/installs/${encodeURIComponent(install)}`, call);
      for (const { line } of found.log.slice(told)) onLine?.(line);
      told = found.log.length;
      if (found.state !== 'fetching') return found;
      await pause(pollMs, call.signal);
    }
  }

  /** Lets a staged package run with exactly the permissions that the install shows. */
  confirm(install: string, confirmation: ConfirmPluginInstall, options: CallOptions = {}): Promise<PluginInstall> {
    return this.#transport.json('POST', `plugins/installs/${encodeURIComponent(install)}/confirm`, { ...options, json: confirmation });
  }

  async discard(install: string, options: CallOptions = {}): Promise<void> {
    await this.#transport.send('DELETE', `plugins/installs/${encodeURIComponent(install)}`, options);
  }
}

const path = (plugin: string): string => `plugins/${encodeURIComponent(plugin)}`;
