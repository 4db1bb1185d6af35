import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PluginUser } from '@crisol/contracts';
import { Database } from '../../platform/database/database.js';
import { namesOf, PluginUsers } from '../../platform/plugins/plugin-users.js';
import { ModelEntity } from '../models/model.entity.js';
import { GateEntity } from './gate.entity.js';

/** Tells the plugins' page which gates a validator judges for: without it their aliases stay where they are. */
@Injectable()
export class GateUsers implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly users: PluginUsers,
  ) {}

  onModuleInit(): void {
    this.users.register(async (plugin): Promise<PluginUser[]> => {
      const validators = namesOf(plugin, 'validator');
      if (validators.length === 0) return [];
      return this.database.read(async (em) => {
        const gates = await em.find(GateEntity, { validator: { $in: validators } }, { orderBy: { name: 'asc' }, limit: 100 });
        const models = await em.find(ModelEntity, { id: { $in: gates.map(({ modelId }) => modelId) } });
        const names = new Map(models.map(({ id, name }) => [id, name]));
        return gates.map(({ id, name, modelId }) => ({ kind: 'gate', id, name: `${names.get(modelId) ?? modelId}/${name}` }));
      });
    });
  }
}
