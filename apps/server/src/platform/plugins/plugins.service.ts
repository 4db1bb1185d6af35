import { Injectable } from '@nestjs/common';
import {
  JsonObject,
  type ListQuery,
  type PluginCheck,
  type PluginDetail,
  type PluginIsolation,
  type PluginPage,
  type PluginSettings,
} from '@crisol/contracts';
import type { Actor } from '../auth/actor.js';
import { Audit } from '../audit/audit.js';
import { Config } from '../config/config.js';
import { problem, ProblemError } from '../http/problem.js';
import { checkRevision } from '../http/revision.js';
import { ActivePlugins } from './active-plugins.js';
import { PluginLifecycle } from './lifecycle/plugin-lifecycle.js';
import { PluginStore, unknownPlugin } from './lifecycle/plugin-store.js';
import { PluginPages } from './page/plugin-pages.js';
import { PluginStatistics } from './page/plugin-statistics.js';
import { toPlugin } from './plugin.entity.js';
import { PluginChanges } from './plugin-changes.js';
import { PluginUsers } from './plugin-users.js';
import { inWords, splitSecrets } from './settings/plugin-settings.js';
import { PluginSecrets } from './settings/plugin-secrets.js';

const CHECK_MS = 10_000;
const noProcesses = { applied: 0, total: 0 };
const noCalls = { total: 0, errors: 0, p50Ms: null };

/** What operators see and change of plugins. Every change is a new generation, which each process applies and acknowledges. */
@Injectable()
export class PluginsService {
  constructor(
    private readonly config: Config,
    private readonly audit: Audit,
    private readonly store: PluginStore,
    private readonly lifecycle: PluginLifecycle,
    private readonly active: ActivePlugins,
    private readonly secrets: PluginSecrets,
    private readonly changes: PluginChanges,
    private readonly users: PluginUsers,
    private readonly statistics: PluginStatistics,
    private readonly pages: PluginPages,
  ) {}

  /** By id. */
  async list(query: ListQuery): Promise<PluginPage> {
    if (query.sort !== undefined && query.sort !== 'id') throw problem('invalid_sort', { detail: 'Plugins are sorted by id.' });
    const after = query.cursor === undefined ? '' : Buffer.from(query.cursor, 'base64url').toString('utf8');
    const [rows, processes, calls] = await Promise.all([this.store.rows(), this.store.processes(), this.statistics.summary()]);
    if (query.cursor !== undefined && !/^[a-z0-9-]+$/.test(after))
      throw problem('invalid_cursor', { detail: 'Take the cursor from nextCursor of the page before.' });
    const q = query.q?.toLowerCase() ?? '';
    const wanted = rows.filter((row) => row.id > after && `${row.id} ${row.description}`.toLowerCase().includes(q));
    const shown = wanted.slice(0, query.limit);
    const last = wanted.length > shown.length ? shown.at(-1) : undefined;
    return {
      data: await Promise.all(
        shown.map(async (row) =>
          toPlugin(row, calls.get(row.id) ?? noCalls, processes.get(row.id) ?? noProcesses, (await this.users.of(row)).length),
        ),
      ),
      nextCursor: last ? Buffer.from(last.id, 'utf8').toString('base64url') : null,
      totalEstimate: rows.length,
      safeMode: this.config.safeMode,
    };
  }

  async get(id: string): Promise<PluginDetail> {
    const row = await this.store.row(id);
    if (!row) throw unknownPlugin(id);
    const [processes, calls, page] = await Promise.all([this.store.processes(), this.statistics.summary(), this.pages.of(row)]);
    return { ...toPlugin(row, calls.get(id) ?? noCalls, processes.get(id) ?? noProcesses, page.usedBy.length), ...page };
  }

  /** Replaces the settings; secrets that are left out keep their value, null removes one. */
  async putSettings(actor: Actor, id: string, body: PluginSettings, expected: number | null | undefined): Promise<PluginDetail> {
    const sent = JsonObject.parse(body);
    const seen = await this.store.row(id);
    if (!seen) throw unknownPlugin(id);
    checkRevision(expected, seen.revision, true);
    // Before the transaction: the plugin's own schema may have to be asked for in another process.
    const next = await this.lifecycle.withCode(seen, async (loaded) => {
      // Secrets that another master key sealed are lost: they have to be entered again.
      const kept = this.secrets.readable(id, seen.secrets) ?? {};
      const { open, secrets } = splitSecrets(sent, loaded.secretNames, kept);
      return { open, secrets, parsed: await loaded.parseSettings({ ...open, ...secrets }) };
    });
    if (!next) throw problem('plugin_not_active', { detail: `Plugin ${id} is ${seen.state}: its settings are not known.` });
    const { open, secrets, parsed } = next;
    if (!parsed.ok) throw problem('plugin_settings_invalid', { detail: inWords(parsed.issues), errors: parsed.issues });
    await this.changes.apply(id, async (em, row) => {
      checkRevision(seen.revision, row.revision);
      row.settings = open;
      row.secrets = this.secrets.seal(id, secrets);
      row.setback = null;
      await this.store.note(em, id, { type: 'settings', version: row.version, actor: actor.name });
      const change = { settings: open, secretsSet: Object.keys(secrets) };
      await this.audit.record(em, actor, { action: 'plugin.settings_changed', target: { kind: 'plugin', id, name: id }, change });
    });
    return this.get(id);
  }

  /** Also gives a failed or quarantined plugin another try. */
  async enable(actor: Actor, id: string): Promise<PluginDetail> {
    await this.changes.apply(id, async (em, row) => {
      row.enabled = true;
      row.setback = null;
      await this.store.changeState(em, row, { state: 'discovered', code: null, message: null });
      await this.store.note(em, id, { type: 'enabled', version: row.version, actor: actor.name });
      await this.audit.record(em, actor, { action: 'plugin.enabled', target: { kind: 'plugin', id, name: id } });
    });
    return this.get(id);
  }

  async disable(actor: Actor, id: string): Promise<PluginDetail> {
    await this.changes.disable(actor, id);
    return this.get(id);
  }

  /** Moves the plugin into its own process, or into ours. */
  async setIsolation(actor: Actor, id: string, mode: PluginIsolation): Promise<PluginDetail> {
    await this.changes.apply(id, async (em, row) => {
      row.isolation = mode;
      row.isolationChosen = true;
      await this.store.note(em, id, { type: 'isolation', message: mode, version: row.version, actor: actor.name });
      await this.audit.record(em, actor, {
        action: 'plugin.isolation_changed',
        target: { kind: 'plugin', id, name: id },
        change: { mode },
      });
    });
    return this.get(id);
  }

  /** The Test button: asks the plugin whether its other side answers with these settings. */
  async check(id: string): Promise<PluginCheck> {
    if (!(await this.store.row(id))) throw unknownPlugin(id);
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
}
