import { Injectable } from '@nestjs/common';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { JsonObject, type ListQuery, type Plugin, type PluginCheck, type PluginPage, type PluginSettings } from '@crisol/contracts';
import type { Actor } from '../auth/actor.js';
import { Audit } from '../audit/audit.js';
import { Database } from '../database/database.js';
import { problem, ProblemError } from '../http/problem.js';
import { checkRevision } from '../http/revision.js';
import { ActivePlugins } from './active-plugins.js';
import { PluginLifecycle } from './lifecycle/plugin-lifecycle.js';
import { PluginStore } from './lifecycle/plugin-store.js';
import { PluginSchema, toPlugin, type PluginRow } from './plugin.entity.js';
import { inWords, splitSecrets } from './settings/plugin-settings.js';
import { PluginSecrets } from './settings/plugin-secrets.js';

const CHECK_MS = 10_000;
const noProcesses = { applied: 0, total: 0 };

/** What operators see and change of plugins. Every change is a new generation, which each process applies and acknowledges. */
@Injectable()
export class PluginsService {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly store: PluginStore,
    private readonly lifecycle: PluginLifecycle,
    private readonly active: ActivePlugins,
    private readonly secrets: PluginSecrets,
  ) {}

  /** By id. */
  async list(query: ListQuery): Promise<PluginPage> {
    if (query.sort !== undefined && query.sort !== 'id') throw problem('invalid_sort', { detail: 'Plugins are sorted by id.' });
    const after = query.cursor === undefined ? '' : Buffer.from(query.cursor, 'base64url').toString('utf8');
    const [rows, processes] = [await this.store.rows(), await this.store.processes()];
    const q = query.q?.toLowerCase() ?? '';
    const wanted = rows.filter((row) => row.id > after && `${row.id} ${row.description}`.toLowerCase().includes(q));
    const shown = wanted.slice(0, query.limit);
    const last = wanted.length > shown.length ? shown.at(-1) : undefined;
    return {
      data: shown.map((row) => this.show(row, processes)),
      nextCursor: last ? Buffer.from(last.id, 'utf8').toString('base64url') : null,
      totalEstimate: rows.length,
    };
  }

  async get(id: string): Promise<Plugin> {
    const row = await this.store.row(id);
    if (!row) throw unknown(id);
    return this.show(row, await this.store.processes());
  }

  /** Replaces the settings; secrets that are left out keep their value, null removes one. */
  async putSettings(actor: Actor, id: string, body: PluginSettings, expected: number | null | undefined): Promise<Plugin> {
    const sent = JsonObject.parse(body);
    await this.change(id, async (em, row) => {
      checkRevision(expected, row.revision, true);
      const loaded = this.lifecycle.loaded(id);
      if (!loaded) throw problem('plugin_not_active', { detail: `Plugin ${id} is ${row.state}: its settings are not known.` });
      const { open, secrets } = splitSecrets(sent, loaded.secretNames, this.secrets.open(id, row.secrets));
      const parsed = await loaded.parseSettings({ ...open, ...secrets });
      if (!parsed.ok) throw problem('plugin_settings_invalid', { detail: inWords(parsed.issues), errors: parsed.issues });
      row.settings = open;
      row.secrets = this.secrets.seal(id, secrets);
      const change = { settings: open, secretsSet: Object.keys(secrets) };
      await this.audit.record(em, actor, { action: 'plugin.settings_changed', target: { kind: 'plugin', id, name: id }, change });
    });
    return this.get(id);
  }

  /** Also gives a failed or quarantined plugin another try. */
  async enable(actor: Actor, id: string): Promise<Plugin> {
    await this.change(id, async (em, row) => {
      row.enabled = true;
      await this.store.changeState(em, row, { state: 'discovered', code: null, message: null });
      await this.audit.record(em, actor, { action: 'plugin.enabled', target: { kind: 'plugin', id, name: id } });
    });
    return this.get(id);
  }

  async disable(actor: Actor, id: string): Promise<Plugin> {
    await this.change(id, async (em, row) => {
      row.enabled = false;
      await this.store.changeState(em, row, { state: 'disabled', code: null, message: null });
      await this.audit.record(em, actor, { action: 'plugin.disabled', target: { kind: 'plugin', id, name: id } });
    });
    return this.get(id);
  }

  /** The Test button: asks the plugin whether its other side answers with these settings. */
  async check(id: string): Promise<PluginCheck> {
    await this.get(id);
    const started = performance.now();
    const took = () => Math.round(performance.now() - started);
    const check = this.active.instance(id)?.provided.check;
    if (!check) {
      const running = this.active.instance(id) !== undefined;
      return { ok: running, message: running ? 'It runs; it has nothing to check.' : 'It is not active.', durationMs: took() };
    }
    try {
      const { message } = await this.active.call(id, 'check', CHECK_MS, (signal) => check(signal));
      return { ok: true, message, durationMs: took() };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { ok: false, message: error.message, durationMs: took() };
    }
  }

  /** Changes the row under its lock as a new generation, then applies it here; other processes hear of it at the commit. */
  private async change(id: string, work: (em: EntityManager, row: PluginRow) => Promise<void>): Promise<void> {
    await this.database.transaction(async (em) => {
      const row = await em.findOne(PluginSchema, { id, listed: true }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) throw unknown(id);
      await work(em, row);
      row.generation++;
      row.revision++;
      await em.flush();
      await this.store.announce(em, row);
    });
    await this.lifecycle.apply(id);
  }

  private show(row: PluginRow, processes: ReadonlyMap<string, Plugin['processes']>): Plugin {
    return toPlugin(row, this.active.statistics(row.id), processes.get(row.id) ?? noProcesses);
  }
}

function unknown(id: string): ProblemError {
  return problem('plugin_unknown', { detail: `No plugin ${id} is listed in plugins.yaml.` });
}
