import { Injectable } from '@nestjs/common';
import { Statements } from '../../platform/database/statements.js';
import type { RegistryFields } from '../versions/registry-filter.js';
import { nextToken, searchSql, type RegistrySearch } from '../versions/registry-page.js';
import { modelsWithLatest, type ModelWithLatest } from './model-records.js';

const fields: RegistryFields = {
  filters: { name: { sql: 'm.name', type: 'text', listed: true } },
  orders: { name: 'm.name', timestamp: 'm.updated_at', last_updated_timestamp: 'm.updated_at' },
  orderNoun: 'order by key',
  tags: 'm.tags',
};

/** Finds models by a filter, each with its newest versions. */
@Injectable()
export class ModelSearch {
  constructor(private readonly statements: Statements) {}

  /** @throws FilterError */
  async find(search: RegistrySearch): Promise<{ rows: ModelWithLatest[]; nextPageToken: string | null }> {
    const { condition, tail, offset, values } = searchSql(search, fields, ['m.name asc']);
    const found = await this.statements.run<{ id: string }>(
      { text: `select m.id from model m where m.deleted_at is null and ${condition} ${tail}` },
      values.values,
    );
    const ids = found.slice(0, search.limit).map(({ id }) => id);
    const more = found.length > search.limit;
    return { rows: await modelsWithLatest(this.statements.run, ids), nextPageToken: more ? nextToken(offset + search.limit) : null };
  }
}
