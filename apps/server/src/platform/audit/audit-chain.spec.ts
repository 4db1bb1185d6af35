import { describe, expect, it } from '@jest/globals';
import { chainStart, firstBreak, hashOf, type AuditContent } from './audit-chain.js';
import type { AuditEventRow } from './audit-event.entity.js';

const start = { seq: 0, hash: chainStart };

function chain(length: number): AuditEventRow[] {
  const rows: AuditEventRow[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const content: AuditContent = {
      seq,
      id: `evt_${seq}`,
      at: new Date(1_790_000_000_000 + seq),
      actorKind: 'user',
      actorId: 'usr_1',
      actorName: 'ada',
      action: 'alias.moved',
      targetKind: 'alias',
      targetId: null,
      targetName: 'champion',
      outcome: 'done',
      requestId: null,
      change: '{"to":7}',
      previousHash: rows.at(-1)?.hash ?? chainStart,
    };
    rows.push({ ...content, hash: hashOf(content) });
  }
  return rows;
}

describe(firstBreak.name, () => {
  it('finds nothing in an untouched chain', () => expect(firstBreak(chain(5), start)).toBeNull());

  it.each<[string, Partial<AuditEventRow>]>([
    ['the actor', { actorName: 'eve' }],
    ['the time', { at: new Date(0) }],
    ['the change', { change: null }],
    ['a border between two values', { actorId: null, actorName: 'usr_1ada' }],
  ])('finds a row with %s edited', (_what, edit) => {
    const rows = chain(5).map((row) => (row.seq === 3 ? { ...row, ...edit } : row));
    expect(firstBreak(rows, start)).toBe(3);
  });

  it('finds an edited row whose own hash was made anew', () => {
    const rows = chain(5).map((row) => {
      if (row.seq !== 3) return row;
      const edited = { ...row, actorName: 'eve' };
      return { ...edited, hash: hashOf(edited) };
    });
    expect(firstBreak(rows, start)).toBe(4);
  });

  it('finds a missing row', () => {
    expect(
      firstBreak(
        chain(5).filter((row) => row.seq !== 2),
        start,
      ),
    ).toBe(3);
  });
});
