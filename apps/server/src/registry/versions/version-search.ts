import { Injectable } from '@nestjs/common';
import { Statements } from '../../platform/database/statements.js';
import type { RegistryFields } from './registry-filter.js';
import { nextToken, searchSql, type RegistrySearch } from './registry-page.js';
import { versionColumns, versionJoins, type VersionRecord } from './version-records.js';

const fields: RegistryFields = {
  filters: {
    name: { sql: 'm.name', type: 'text', listed: true },
    run_id: { sql: 'v.source_run', type: 'text', listed: true },
    version_number: { sql: 'v.number', type: 'integer' },
    source_path: { sql: 'v.source', type: 'text' },
  },
  orders: {
    name: 'm.name',
    version_number: 'v.number',
    creation_timestamp: 'v.created_at',
    last_updated_timestamp: 'v.updated_at',
  },
  orderNoun: 'attribute key',
  tags: 'v.tags',
};
const ties = ['m.name asc', 'v.number desc'];
const newestFirst = ['v.updated_at desc', ...ties];

/** Finds versions of all models by a filter. */
@Injectable()
export class VersionSearch {
  constructor(private readonly statements: Statements) {}

  /** @throws FilterError */
  async find(search: RegistrySearch): Promise<{ rows: VersionRecord[]; nextPageToken: string | null }> {
    const { condition, tail, offset, values } = searchSql(search, fields, search.order.length === 0 ? newestFirst : ties);
    const rows = await this.statements.run<VersionRecord>(
      { text: `select ${versionColumns} from model_version v ${versionJoins} where v.deleted_at is null and ${condition} ${tail}` },
      values.values,
    );
    const more = rows.length > search.limit;
    return { rows: rows.slice(0, search.limit), nextPageToken: more ? nextToken(offset + search.limit) : null };
  }
}
