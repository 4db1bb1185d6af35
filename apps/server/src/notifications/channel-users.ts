import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PluginUser } from '@crisol/contracts';
import { Database } from '../platform/database/database.js';
import { namesOf, PluginUsers, type UsedPlugin } from '../platform/plugins/plugin-users.js';
import { ChannelSchema } from './channel.entity.js';

const MOST = 100;

/** Tells the plugins' pages which channels go through a notifier of theirs. */
@Injectable()
export class ChannelUsers implements OnModuleInit {
  constructor(
    private readonly users: PluginUsers,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.users.register((plugin) => this.of(plugin));
  }

  /** By name. */
  async of(plugin: UsedPlugin): Promise<PluginUser[]> {
    const notifiers = namesOf(plugin, 'notifier');
    if (notifiers.length === 0) return [];
    const where = { notifier: { $in: notifiers } };
    const rows = await this.database.read((em) => em.find(ChannelSchema, where, { orderBy: { name: 'asc' }, limit: MOST }));
    return rows.map(({ id, name }) => ({ kind: 'channel', id, name }));
  }
}
