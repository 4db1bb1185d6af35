import type { ModelCard, PutModelCard } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { checkRevision } from '../../platform/http/revision.js';
import type { ModelRow } from '../models/model.entity.js';
import { ModelsService } from '../models/models.service.js';
import type { ModelVersionRow } from '../versions/model-version.entity.js';
import { VersionsService } from '../versions/versions.service.js';
import { CardFacts } from './card-facts.js';
import { sectionKeys } from './card-sections.js';
import { ModelCardEntity } from './model-card.entity.js';

/** Cards of versions: facts as they are now, and the words that people wrote. */
@Injectable()
export class CardsService {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
    private readonly facts: CardFacts,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  get(model: string, version: string): Promise<ModelCard> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      return this.card(em, target, await this.versions.row(em, target, version));
    });
  }

  /** Replaces the words of one version; from then on it inherits none. */
  put(actor: Actor, model: string, version: string, body: PutModelCard, expected: number | null | undefined): Promise<ModelCard> {
    const keys = body.sections.map(({ key }) => key);
    const repeated = keys.findIndex((key, at) => keys.indexOf(key) !== at);
    if (repeated >= 0)
      throw problem('validation_failed', { errors: [{ pointer: `/sections/${repeated}/key`, code: 'repeated', message: 'stands twice' }] });
    return this.database.transaction(async (em) => {
      const target = await this.models.lock(em, model);
      const row = await this.versions.row(em, target, version);
      const own = await em.findOne(ModelCardEntity, { versionId: row.id });
      checkRevision(expected, own?.revision ?? 0);
      const words = {
        owner: body.owner.toWellFormed(),
        licence: body.licence.toWellFormed(),
        sections: body.sections.map(({ key, text }) => ({ key, text: text.toWellFormed() })),
        updatedAt: new Date(),
        updatedBy: actor.id,
        revision: (own?.revision ?? 0) + 1,
      };
      if (own) em.assign(own, words);
      else em.create(ModelCardEntity, { versionId: row.id, modelId: target.id, version: row.number, ...words });
      await em.flush();
      await this.audit.record(em, actor, {
        action: 'model_card.changed',
        target: { kind: 'modelVersion', id: row.id, name: `${target.name}@${row.number}` },
        change: { owner: words.owner, licence: words.licence, sections: keys, revision: words.revision },
      });
      await this.events.record(em, {
        topic: 'models',
        type: 'model_card.changed',
        data: { id: row.id, model: target.name, modelId: target.id, version: row.number, revision: words.revision },
      });
      return this.card(em, target, row);
    });
  }

  private async card(em: EntityManager, model: ModelRow, version: ModelVersionRow): Promise<ModelCard> {
    // Its own words, else those of the last version before it that has some.
    const [words = null] = await em.find(
      ModelCardEntity,
      { modelId: model.id, version: { $lte: version.number } },
      { orderBy: { version: 'desc' }, limit: 1 },
    );
    const own = words?.versionId === version.id;
    const written = new Map(words?.sections.map(({ key, text }) => [key, text]));
    return {
      model: model.name,
      version: version.number,
      facts: await this.facts.of(em, model, version),
      owner: words?.owner ?? '',
      licence: words?.licence ?? '',
      sections: sectionKeys.map((key) => ({ key, text: written.get(key) ?? '' })),
      inheritedFrom: words && !own ? words.version : null,
      tags: version.tags,
      updatedAt: words && own ? words.updatedAt.toISOString() : null,
      updatedBy: words && own ? (words.updatedBy ?? null) : null,
      revision: words && own ? words.revision : 0,
    };
  }
}
