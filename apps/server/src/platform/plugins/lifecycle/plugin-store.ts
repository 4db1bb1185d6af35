import { Injectable } from '@nestjs/common';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import type { Plugin, PluginState } from '@crisol/contracts';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Database } from '../../database/database.js';
import { EventBus } from '../../events/event-bus.js';
import type { ListedPlugin } from '../discovery/plugin-list.js';
import type { PluginPackage } from '../discovery/read-manifest.js';
import { PluginSchema, type PluginRow } from '../plugin.entity.js';

export interface StateChange {
  readonly state: PluginState;
  readonly code: string | null;
  readonly message: string | null;
  readonly provides?: Plugin['provides'];
  readonly settingsSchema?: Plugin['settingsSchema'];
}

/** A process whose last sign of life is older is dead. */
const ALIVE = "interval '30 seconds'";

/** The plugins' rows: what was found, what the operator wants, what is, and which processes have applied it. */
@Injectable()
export class PluginStore {
  readonly processId = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;

  constructor(
    private readonly database: Database,
    private readonly events: EventBus,
  ) {}

  /** Writes what discovery found and gives the row; settings, switch and generation of an earlier start stay. */
  async discovered(id: string, listed: ListedPlugin, found: PluginPackage | null): Promise<PluginRow> {
    return this.database.transaction(async (em) => {
      const facts = {
        version: found?.version ?? 'unknown',
        kinds: found?.manifest.kinds ?? [],
        description: found?.description ?? '',
        source: listed.source,
        required: listed.required,
        listed: true,
        apiRange: found?.manifest.api ?? '',
        permissions: found?.manifest.permissions ?? { hosts: [], secrets: [] },
      };
      // Several processes may find a new plugin at once: the insert that loses does nothing.
      await em.execute(
        `insert into plugin (id, version, kinds, description, source, required, listed, api_range, permissions, state, since, provides)
         values (?, ?, '[]', '', '{}', false, true, '', '{}', 'discovered', now(), '[]') on conflict (id) do nothing`,
        [id, facts.version],
      );
      const row = await em.findOneOrFail(PluginSchema, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      em.assign(row, facts);
      await em.flush();
      return row;
    });
  }

  async unlistOthers(ids: readonly string[]): Promise<void> {
    await this.database.transaction((em) => em.nativeUpdate(PluginSchema, { id: { $nin: [...ids] } }, { listed: false }));
  }

  async row(id: string): Promise<PluginRow | null> {
    return this.database.read((em) => em.findOne(PluginSchema, { id, listed: true }));
  }

  async rows(): Promise<PluginRow[]> {
    return this.database.read((em) => em.find(PluginSchema, { listed: true }, { orderBy: { id: 'asc' } }));
  }

  /** Writes a new state and tells it; nothing happens when it is the state already. */
  async setState(id: string, change: StateChange): Promise<void> {
    await this.database.transaction(async (em) => {
      const row = await em.findOne(PluginSchema, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (row) await this.changeState(em, row, change);
    });
  }

  /** As `setState`, on a row that the caller has locked. */
  async changeState(em: EntityManager, row: PluginRow, change: StateChange): Promise<void> {
    const from = row.state;
    const same = from === change.state && (row.code ?? null) === change.code && (row.message ?? null) === change.message;
    em.assign(row, { ...change, ...(same ? {} : { since: new Date() }) });
    await em.flush();
    // `discovered` is only on the way to the next state, and nobody's news.
    if (same || change.state === 'discovered') return;
    const { state, code, message } = change;
    await this.events.record(em, { topic: 'plugins', type: 'plugin.state_changed', data: { id: row.id, from, state, code, message } });
  }

  /** Tells every process to apply the row's generation. */
  async announce(em: EntityManager, row: PluginRow): Promise<void> {
    await this.events.record(em, { topic: 'plugins', type: 'plugin.changed', data: { id: row.id, generation: row.generation } });
  }

  async acknowledge(id: string, generation: number): Promise<void> {
    await this.database.transaction((em) =>
      em.execute(
        `insert into plugin_process (plugin_id, process_id, generation, seen_at) values (?, ?, ?, clock_timestamp())
         on conflict (plugin_id, process_id) do update set generation = excluded.generation, seen_at = excluded.seen_at`,
        [id, this.processId, generation],
      ),
    );
  }

  /** Says that this process lives, and forgets those that do not. */
  async heartbeat(): Promise<void> {
    await this.database.transaction(async (em) => {
      await em.execute('update plugin_process set seen_at = clock_timestamp() where process_id = ?', [this.processId]);
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
}
