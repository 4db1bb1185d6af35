import { Injectable } from '@nestjs/common';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import type { Plugin, PluginEvent, PluginProcess, PluginState } from '@crisol/contracts';
import { PluginManifest } from '@crisol/plugin-api';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import { problem, type ProblemError } from '../../http/problem.js';
import type { ListedPlugin } from '../discovery/plugin-list.js';
import type { PluginPackage } from '../discovery/read-manifest.js';
import { PluginSchema, type PluginRow } from '../plugin.entity.js';
import { overallState, type ProcessState } from './overall-state.js';

export interface StateChange {
  readonly state: PluginState;
  readonly code: string | null;
  readonly message: string | null;
  readonly provides?: Plugin['provides'];
  readonly settingsSchema?: Plugin['settingsSchema'];
}
/** One line of a plugin's history. */
export interface PluginNote {
  readonly type: PluginEvent['type'];
  readonly from?: PluginState;
  readonly state?: PluginState;
  readonly code?: string | null;
  readonly message?: string | null;
  readonly version?: string | null;
  readonly actor?: string | null;
}

/** A process whose last sign of life is older is dead. */
const ALIVE = "interval '30 seconds'";
const noPermissions = PluginManifest.shape.permissions.parse({});

/** The plugins' rows: what was found, what the operator wants, what is, and which processes have applied it. */
@Injectable()
export class PluginStore {
  readonly processId = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;

  constructor(
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly config: Config,
  ) {}

  /** Writes what discovery found and gives the row; settings, switches and generation of an earlier start stay. */
  async discovered(id: string, listed: ListedPlugin, found: PluginPackage | null): Promise<PluginRow> {
    return this.database.transaction(async (em) => {
      const row = await this.lockOrMake(em, id, found?.version ?? 'unknown', false);
      em.assign(row, {
        version: found?.version ?? 'unknown',
        kinds: found?.manifest.kinds ?? [],
        description: found?.description ?? '',
        source: listed.source,
        required: listed.required,
        listed: true,
        // An entry of plugins.yaml wins over what was installed under the same id.
        installed: false,
        packageSha512: null,
        formerSha512: null,
        formerSource: null,
        probationUntil: null,
        setback: null,
        apiRange: found?.manifest.api ?? '',
        permissions: found?.manifest.permissions ?? noPermissions,
        ...(row.isolationChosen ? {} : { isolation: listed.isolation }),
      });
      await em.flush();
      return row;
    });
  }

  /**
   * The row of a plugin, locked; made when there is none.
   * @param afresh - whether a row of an earlier plugin of that id loses its settings and switches
   */
  async lockOrMake(em: EntityManager, id: string, version: string, afresh: boolean): Promise<PluginRow> {
    // Several processes may find a new plugin at once: the insert that loses does nothing.
    await em.execute(
      `insert into plugin (id, version, kinds, description, source, required, listed, api_range, permissions, state, since, provides)
       values (?, ?, '[]', '', '{}', false, true, '', '{}', 'discovered', now(), '[]') on conflict (id) do nothing`,
      [id, version],
    );
    const row = await em.findOneOrFail(PluginSchema, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (afresh)
      em.assign(row, {
        settings: {},
        secrets: {},
        settingsSchema: null,
        provides: [],
        enabled: true,
        state: 'discovered',
        code: null,
        message: null,
      });
    return row;
  }

  /** Rows that plugins.yaml does not name any more are kept, but not shown; those that were installed stay. */
  async unlistOthers(ids: readonly string[]): Promise<void> {
    await this.database.transaction((em) => em.nativeUpdate(PluginSchema, { id: { $nin: [...ids] }, installed: false }, { listed: false }));
  }

  async row(id: string): Promise<PluginRow | null> {
    return this.database.read((em) => em.findOne(PluginSchema, { id, listed: true }));
  }

  /** Also a row that plugins.yaml named once. */
  async anyRow(id: string): Promise<PluginRow | null> {
    return this.database.read((em) => em.findOne(PluginSchema, { id }));
  }

  /** @throws ProblemError `plugin_unknown`, so that a mistyped id is no plugin that never did anything */
  async known(id: string): Promise<void> {
    if (!(await this.anyRow(id))) throw unknownPlugin(id);
  }

  async rows(): Promise<PluginRow[]> {
    return this.database.read((em) => em.find(PluginSchema, { listed: true }, { orderBy: { id: 'asc' } }));
  }

  /** The least that tells whether a process is behind. */
  async generations(): Promise<{ id: string; generation: number; installed: boolean }[]> {
    return this.database.read((em) => em.execute('select id, generation, installed from plugin where listed order by id'));
  }

  /**
   * Writes what this process made of a generation, and what that means for the plugin as a whole.
   * @param generation - acknowledged with it; undefined for news about the one that runs
   */
  async report(id: string, change: StateChange, generation?: number): Promise<void> {
    await this.database.transaction(async (em) => {
      const row = await em.findOne(PluginSchema, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) return;
      const { state, code, message } = change;
      await em.execute(
        `insert into plugin_process (plugin_id, process_id, role, generation, seen_at, state, code, message)
         values (?, ?, ?, coalesce(?::int, 0), clock_timestamp(), ?, ?, ?)
         on conflict (plugin_id, process_id) do update set generation = coalesce(?::int, plugin_process.generation),
           seen_at = excluded.seen_at, state = excluded.state, code = excluded.code, message = excluded.message`,
        [id, this.processId, this.config.role, generation ?? null, state, code, message, generation ?? null],
      );
      const others = await em.execute<ProcessState[]>(
        `select state, code, message from plugin_process where plugin_id = ? and process_id <> ? and generation >= ? and state is not null
         and seen_at > clock_timestamp() - ${ALIVE} order by process_id`,
        [id, this.processId, row.generation],
      );
      // A process that is behind with its generation does not speak for the plugin.
      if (generation !== undefined && generation < row.generation) return;
      const overall = overallState({ state, code, message }, others);
      const setback = overall.state === 'active' ? row.setback : undefined;
      await this.changeState(em, row, { ...change, ...overall, ...(setback ? { state: 'degraded', ...setback } : {}) });
    });
  }

  /** Writes a new state and tells it, on a row that the caller has locked; nothing happens when it is the state already. */
  async changeState(em: EntityManager, row: PluginRow, change: StateChange): Promise<void> {
    const from = row.state;
    const same = from === change.state && (row.code ?? null) === change.code && (row.message ?? null) === change.message;
    em.assign(row, { ...change, ...(same ? {} : { since: new Date() }) });
    await em.flush();
    // `discovered` is only on the way to the next state, and nobody's news.
    if (same || change.state === 'discovered') return;
    const { state, code, message } = change;
    await this.note(em, row.id, { type: 'state', from, state, code, message, version: row.version });
    await this.events.record(em, { topic: 'plugins', type: 'plugin.state_changed', data: { id: row.id, from, state, code, message } });
  }

  /** Adds a line to the plugin's history. */
  async note(em: EntityManager, id: string, note: PluginNote): Promise<void> {
    await em.execute(
      'insert into plugin_event (plugin_id, type, from_state, state, code, message, version, actor) values (?, ?, ?, ?, ?, ?, ?, ?)',
      [
        id,
        note.type,
        note.from ?? null,
        note.state ?? null,
        note.code ?? null,
        note.message ?? null,
        note.version ?? null,
        note.actor ?? null,
      ],
      'run',
    );
  }

  /** Tells every process to apply the row's generation. */
  async announce(em: EntityManager, row: PluginRow): Promise<void> {
    await this.events.record(em, { topic: 'plugins', type: 'plugin.changed', data: { id: row.id, generation: row.generation } });
  }

  /**
   * Says that this process lives, and forgets those that do not. One that was taken for dead, such as after the machine
   * slept, is there again.
   */
  async heartbeat(acknowledged: readonly { readonly id: string; readonly generation: number }[]): Promise<void> {
    await this.database.transaction(async (em) => {
      await em.execute(
        `insert into plugin_process (plugin_id, process_id, role, generation, seen_at)
         select plugin.id, ?, ?, mine.generation, clock_timestamp()
         from jsonb_to_recordset(?::jsonb) as mine (id text, generation int) join plugin on plugin.id = mine.id
         on conflict (plugin_id, process_id) do update set seen_at = excluded.seen_at`,
        [this.processId, this.config.role, JSON.stringify(acknowledged)],
        'run',
      );
      await em.execute(`delete from plugin_process where seen_at < clock_timestamp() - ${ALIVE}`);
    });
  }

  async leave(): Promise<void> {
    await this.database.transaction((em) => em.execute('delete from plugin_process where process_id = ?', [this.processId]));
  }

  /** For each plugin, how many living processes there are and how many have applied its generation. */
  async processes(): Promise<ReadonlyMap<string, Plugin['processes']>> {
    const rows = await this.database.read((em) =>
      em.execute<{ id: string; applied: number; total: number }[]>(
        `select plugin.id, count(*) filter (where process.generation >= plugin.generation)::int as applied, count(*)::int as total
         from plugin join plugin_process process on process.plugin_id = plugin.id
         where process.seen_at > clock_timestamp() - ${ALIVE} group by plugin.id`,
      ),
    );
    return new Map(rows.map(({ id, applied, total }) => [id, { applied, total }]));
  }

  /** The living processes of one plugin. */
  async processList(id: string): Promise<PluginProcess[]> {
    const rows = await this.database.read((em) =>
      em.execute<(Omit<PluginProcess, 'seenAt' | 'process'> & { process_id: string; seen_at: Date | string })[]>(
        `select process_id, role, generation, state, message, seen_at from plugin_process
         where plugin_id = ? and seen_at > clock_timestamp() - ${ALIVE} order by role, process_id`,
        [id],
      ),
    );
    return rows.map(({ process_id, role, generation, state, message, seen_at }) => ({
      process: process_id,
      role,
      generation,
      state,
      message,
      seenAt: new Date(seen_at).toISOString(),
    }));
  }
}

export function unknownPlugin(id: string): ProblemError {
  return problem('plugin_unknown', { detail: `No plugin ${id} is installed or listed in plugins.yaml.` });
}
