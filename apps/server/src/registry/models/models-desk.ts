import { looksLikeId, type Model } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { problem } from '../../platform/http/problem.js';
import { ModelChanges } from './model-changes.js';
import { ModelSummaries } from './model-summaries.js';
import { ModelEntity } from './model.entity.js';
import { ModelsService } from './models.service.js';

/** Deleting models and bringing them back, for callers of our own API. */
@Injectable()
export class ModelsDesk {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly changes: ModelChanges,
    private readonly summaries: ModelSummaries,
  ) {}

  remove(actor: Actor, model: string): Promise<void> {
    return this.database.transaction(async (em) => this.changes.remove(em, actor, await this.models.lock(em, model)));
  }

  /** By id; or by name, which means the one that was deleted last. */
  restore(actor: Actor, model: string): Promise<Model> {
    return this.database.transaction(async (em) => {
      const found = looksLikeId(model)
        ? await em.findOne(ModelEntity, { id: model })
        : await em.findOne(ModelEntity, { name: model }, { orderBy: { deletedAt: 'desc' } });
      if (!found) throw problem('not_found', { detail: `There is no model called ${model}.` });
      return this.summaries.one(em, await this.changes.restore(em, actor, found.id));
    });
  }
}
