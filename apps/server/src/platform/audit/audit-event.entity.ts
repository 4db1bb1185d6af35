import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { AuditEvent } from '@crisol/contracts';
import { z } from 'zod';

export const AuditEventSchema = defineEntity({
  name: 'AuditEvent',
  properties: {
    seq: p.bigint('number').primary().autoincrement(false),
    id: p.text(),
    at: p.datetime(),
    actorKind: p.text().$type<AuditEvent['actor']['kind']>(),
    actorId: p.text().nullable(),
    actorName: p.text(),
    action: p.text(),
    targetKind: p.text(),
    targetId: p.text().nullable(),
    targetName: p.text(),
    outcome: p.text().$type<AuditEvent['outcome']>(),
    requestId: p.text().nullable(),
    /** JSON as text: the hash is over these very characters. */
    change: p.text().nullable(),
    previousHash: p.text(),
    hash: p.text(),
  },
});
export type AuditEventRow = InferEntity<typeof AuditEventSchema>;

export const toAuditEvent = (row: AuditEventRow): AuditEvent => ({
  id: row.id,
  at: row.at.toISOString(),
  actor: { kind: row.actorKind, id: row.actorId ?? null, name: row.actorName },
  action: row.action,
  target: { kind: row.targetKind, id: row.targetId ?? null, name: row.targetName },
  outcome: row.outcome,
  requestId: row.requestId ?? null,
  change: row.change == null ? null : z.json().parse(JSON.parse(row.change)),
});
