import { Injectable } from '@nestjs/common';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../auth/actor.js';
import { Audit } from '../audit/audit.js';
import { Database } from '../database/database.js';
import { PluginLifecycle } from './lifecycle/plugin-lifecycle.js';
import { PluginStore, unknownPlugin } from './lifecycle/plugin-store.js';
import { PluginSchema, type PluginRow } from './plugin.entity.js';

/** Changes a plugin's row as a new generation, applies it here, and lets the other processes hear of it at the commit. */
@Injectable()
export class PluginChanges {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly store: PluginStore,
    private readonly lifecycle: PluginLifecycle,
  ) {}

  /** @param work - on the locked row */
  async apply(id: string, work: (em: EntityManager, row: PluginRow) => Promise<void>): Promise<void> {
    await this.database.transaction(async (em) => {
      const row = await em.findOne(PluginSchema, { id, listed: true }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) throw unknownPlugin(id);
      await work(em, row);
      row.generation++;
      row.revision++;
      await em.flush();
      await this.store.announce(em, row);
    });
    await this.lifecycle.apply(id);
  }

  async disable(actor: Actor, id: string): Promise<void> {
    await this.apply(id, async (em, row) => {
      row.enabled = false;
      await this.store.changeState(em, row, { state: 'disabled', code: null, message: null });
      await this.store.note(em, id, { type: 'disabled', version: row.version, actor: actor.name });
      await this.audit.record(em, actor, { action: 'plugin.disabled', target: { kind: 'plugin', id, name: id } });
    });
  }
}
