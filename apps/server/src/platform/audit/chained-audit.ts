import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../auth/actor.js';
import { Database } from '../database/database.js';
import { newId } from '../database/new-id.js';
import { chainStart, firstBreak, hashOf, type AuditContent } from './audit-chain.js';
import { AuditEventSchema } from './audit-event.entity.js';
import { Audit, type AuditEntry } from './audit.js';

// Any number that no other advisory lock of the server uses.
const chainLock = 4_217_001;
const verifyBatch = 1_000;

@Injectable()
export class ChainedAudit extends Audit {
  constructor(private readonly database: Database) {
    super();
  }

  /** Call it late in the transaction: the chain's lock is held until the commit. */
  async record(em: EntityManager, actor: Actor, entry: AuditEntry): Promise<void> {
    await em.flush();
    await em.execute('select pg_advisory_xact_lock(?)', [chainLock]);
    const [last] = await em.find(AuditEventSchema, {}, { orderBy: { seq: 'desc' }, limit: 1, disableIdentityMap: true });
    const content: AuditContent = {
      seq: (last?.seq ?? 0) + 1,
      id: newId('evt'),
      at: new Date(),
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      action: entry.action,
      targetKind: entry.target.kind,
      targetId: entry.target.id,
      targetName: entry.target.name,
      outcome: entry.outcome ?? 'done',
      requestId: actor.requestId,
      change: entry.change === undefined ? null : JSON.stringify(entry.change),
      previousHash: last?.hash ?? chainStart,
    };
    await em.insert(AuditEventSchema, { ...content, hash: hashOf(content) });
  }

  /** Walks the whole chain. `brokenAt` is the number of the first event that was edited, or follows a removed one. */
  async verify(): Promise<{ readonly checked: number; readonly brokenAt: number | null }> {
    let previous = { seq: 0, hash: chainStart };
    let checked = 0;
    for (;;) {
      const after = previous.seq;
      const rows = await this.database.read((em) =>
        em.find(AuditEventSchema, { seq: { $gt: after } }, { orderBy: { seq: 'asc' }, limit: verifyBatch }),
      );
      const brokenAt = firstBreak(rows, previous);
      checked += rows.length;
      const last = rows.at(-1);
      if (brokenAt !== null || !last) return { checked, brokenAt };
      previous = { seq: last.seq, hash: last.hash };
    }
  }
}
