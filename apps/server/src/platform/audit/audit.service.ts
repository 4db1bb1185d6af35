import { Injectable } from '@nestjs/common';
import type { AuditEventPage, ListQuery } from '@crisol/contracts';
import { decodeCursor, pageOfRows } from '../auth/id-cursor.js';
import { Database } from '../database/database.js';
import { problem } from '../http/problem.js';
import { AuditEventSchema, toAuditEvent } from './audit-event.entity.js';

@Injectable()
export class AuditService {
  constructor(private readonly database: Database) {}

  /** Newest first. `q` finds by action, target or actor. */
  async list(query: ListQuery): Promise<AuditEventPage> {
    if (query.sort !== undefined && query.sort !== '-at') {
      throw problem('invalid_sort', { detail: 'Audit events are sorted by -at.' });
    }
    const before = decodeCursor('evt', query.cursor);
    const like = query.q === undefined ? null : `%${query.q.replace(/[\\%_]/g, '\\$&')}%`;
    return this.database.read(async (em) => {
      const from = before === null ? null : await em.findOne(AuditEventSchema, { id: before }, { fields: ['seq'] });
      if (before !== null && !from) throw problem('invalid_cursor');
      const rows = await em.find(
        AuditEventSchema,
        {
          ...(from ? { seq: { $lt: from.seq } } : {}),
          ...(like === null
            ? {}
            : { $or: [{ action: { $ilike: like } }, { targetName: { $ilike: like } }, { actorName: { $ilike: like } }] }),
        },
        { orderBy: { seq: 'desc' }, limit: query.limit + 1 },
      );
      return pageOfRows(rows, query.limit, toAuditEvent);
    });
  }
}
