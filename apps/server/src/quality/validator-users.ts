import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PluginUser } from '@crisol/contracts';
import { Database } from '../platform/database/database.js';
import { namesOf, PluginUsers } from '../platform/plugins/plugin-users.js';
import { SuiteEntity } from './suite.entity.js';

/** Tells the plugins' page which suites a validator judges. */
@Injectable()
export class ValidatorUsers implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly users: PluginUsers,
  ) {}

  onModuleInit(): void {
    this.users.register(async (plugin): Promise<PluginUser[]> => {
      const validators = namesOf(plugin, 'validator');
      if (validators.length === 0) return [];
      const suites = await this.database.read((em) =>
        em.find(SuiteEntity, { validator: { $in: validators } }, { orderBy: { name: 'asc' }, limit: 100 }),
      );
      return suites.map(({ id, name }) => ({ kind: 'suite', id, name }));
    });
  }
}
