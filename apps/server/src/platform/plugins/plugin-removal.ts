import { Injectable } from '@nestjs/common';
import type { PluginUser } from '@crisol/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../auth/actor.js';
import { Audit } from '../audit/audit.js';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import { problem } from '../http/problem.js';
import { PackageSweeper } from './install/package-sweeper.js';
import { PluginStore, unknownPlugin } from './lifecycle/plugin-store.js';
import { PluginChanges } from './plugin-changes.js';
import { PluginUsers } from './plugin-users.js';
import { ServerPluginScopes } from './scope/plugin-scopes.js';

/** Processes have this long to let go of a plugin that is uninstalled; one that is stuck does not hold the rest up. */
const letGoMs = 10_000;

/** Removes plugins that were installed, with everything that they kept; their history stays. */
@Injectable()
export class PluginRemoval {
  constructor(
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly audit: Audit,
    private readonly store: PluginStore,
    private readonly changes: PluginChanges,
    private readonly users: PluginUsers,
    private readonly scopes: ServerPluginScopes,
    private readonly sweeper: PackageSweeper,
  ) {}

  /** @param force - also when something uses it */
  async uninstall(actor: Actor, id: string, force: boolean): Promise<void> {
    const row = await this.store.row(id);
    if (!row) throw unknownPlugin(id);
    if (!row.installed) {
      const detail = `${row.source.location} is named in plugins.yaml: take that entry out and restart every process, or disable the plugin.`;
      throw problem('plugin_listed', { detail });
    }
    const usedBy = force ? [] : await this.users.of(row);
    if (usedBy.length > 0) throw problem('still_in_use', { detail: inUse(id, usedBy), usedBy });
    // Off everywhere first: what still runs could write again what is removed below.
    await this.changes.disable(actor, id);
    const end = Date.now() + letGoMs;
    while (Date.now() < end && !(await this.isLetGo(id))) await delay(50);
    await this.database.transaction(async (em) => {
      for (const table of ['plugin_log', 'plugin_minute']) await em.execute(`delete from ${table} where plugin_id = ?`, [id], 'run');
      await em.execute('delete from plugin where id = ?', [id], 'run');
      await this.store.note(em, id, { type: 'uninstalled', version: row.version, actor: actor.name });
      const change = { version: row.version, forced: force };
      await this.audit.record(em, actor, { action: 'plugin.uninstalled', target: { kind: 'plugin', id, name: id }, change });
      await this.events.record(em, { topic: 'plugins', type: 'plugin.changed', data: { id } });
    });
    await this.scopes.forget(id);
    await this.sweeper.sweep();
  }

  private async isLetGo(id: string): Promise<boolean> {
    const processes = (await this.store.processes()).get(id);
    return processes === undefined || processes.applied >= processes.total;
  }
}

function inUse(id: string, usedBy: readonly PluginUser[]): string {
  const named = usedBy.slice(0, 3).map((user) => `${user.kind} ${user.name}`);
  const more = usedBy.length > 3 ? ` and ${usedBy.length - 3} more` : '';
  return `${named.join(', ')}${more} need what ${id} provides. Change them first, or force it.`;
}
