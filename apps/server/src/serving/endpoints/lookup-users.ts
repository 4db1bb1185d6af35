import type { PluginUser } from '@crisol/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { namesOf, PluginUsers, type UsedPlugin } from '../../platform/plugins/plugin-users.js';
import { EndpointEntity } from './endpoint.entity.js';

const MOST = 100;

/** Says of a plugin that brings feature stores which endpoints look features up in them. */
@Injectable()
export class LookupUsers implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly users: PluginUsers,
  ) {}

  onModuleInit(): void {
    this.users.register((plugin) => this.of(plugin));
  }

  private async of(plugin: UsedPlugin): Promise<PluginUser[]> {
    const stores = new Set(namesOf(plugin, 'feature-store'));
    if (stores.size === 0) return [];
    const rows = await this.database.read((em) => em.find(EndpointEntity, { lookup: { $ne: null } }, { orderBy: { name: 'asc' } }));
    return rows
      .filter(({ lookup }) => lookup && stores.has(lookup.store))
      .slice(0, MOST)
      .map(({ id, name }) => ({ kind: 'endpoint', id, name }));
  }
}
