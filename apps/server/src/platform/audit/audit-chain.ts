import { createHash } from 'node:crypto';
import type { AuditEventRow } from './audit-event.entity.js';

export type AuditContent = Omit<AuditEventRow, 'hash' | symbol>;

/** What stands before the first event. */
export const chainStart = '0'.repeat(64);

/** SHA-256 over the hash before and every column, in a fixed order; JSON keeps the borders between the values apart. */
export function hashOf(row: AuditContent): string {
  const content = [
    row.seq,
    row.id,
    row.at.toISOString(),
    row.actorKind,
    row.actorId ?? null,
    row.actorName,
    row.action,
    row.targetKind,
    row.targetId ?? null,
    row.targetName,
    row.outcome,
    row.requestId ?? null,
    row.change ?? null,
  ];
  return createHash('sha256').update(row.previousHash).update(JSON.stringify(content)).digest('hex');
}

/** The first row that does not follow from the one before it; null when all do. */
export function firstBreak(rows: readonly AuditEventRow[], previous: { readonly seq: number; readonly hash: string }): number | null {
  let { seq, hash } = previous;
  for (const row of rows) {
    if (row.seq !== seq + 1 || row.previousHash !== hash || hashOf(row) !== row.hash) return row.seq;
    ({ seq, hash } = row);
  }
  return null;
}
