import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PluginUser } from '@crisol/contracts';
import { Database } from '../../platform/database/database.js';
import { namesOf, PluginUsers } from '../../platform/plugins/plugin-users.js';
import { ModelEntity } from './model.entity.js';
import { ModelVersionEntity } from '../versions/model-version.entity.js';

/** Tells the plugins' page which models were trained with a model type: they serve without it, and are trained again with it. */
@Injectable()
export class ModelTypeUsers implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly users: PluginUsers,
  ) {}

  onModuleInit(): void {
    this.users.register(async (plugin): Promise<PluginUser[]> => {
      const modelTypes = namesOf(plugin, 'model-type');
      if (modelTypes.length === 0) return [];
      const models = await this.database.read(async (em) => {
        const versions = await em.find(ModelVersionEntity, { modelType: { $in: modelTypes } }, { fields: ['modelId'], limit: 10_000 });
        const ids = [...new Set(versions.map(({ modelId }) => modelId))];
        return em.find(ModelEntity, { id: { $in: ids } }, { orderBy: { name: 'asc' }, limit: 100 });
      });
      return models.map(({ id, name }) => ({ kind: 'model', id, name }));
    });
  }
}
