import { JsonObject, type EvidenceBundle } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { problem } from '../../platform/http/problem.js';
import { AliasEventEntity } from '../aliases/alias-event.entity.js';
import { ModelsService } from '../models/models.service.js';
import { EvidenceBundleEntity, type EvidenceBundleRow } from './evidence.entity.js';
import { evidencePage } from './evidence-page.js';

/** Signed evidence of moves, as it was written when they were made. */
@Injectable()
export class EvidenceService {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
  ) {}

  /** The signed bundle of one move. @throws `not_found` */
  bundle(model: string, event: string): Promise<EvidenceBundle> {
    return this.database.read(async (em) => toBundle(await this.find(em, model, event)));
  }

  /** The same by the event alone, whatever became of the model. @throws `not_found` */
  bundleOf(event: string): Promise<EvidenceBundle> {
    return this.database.read(async (em) => {
      const row = await em.findOne(EvidenceBundleEntity, { eventId: event });
      if (!row) throw problem('not_found', { detail: `There is no signed evidence for ${event}; moves of aliases have it.` });
      return toBundle(row);
    });
  }

  /** The same for people: a page that stands alone. */
  page(model: string, event: string): Promise<string> {
    return this.database.read(async (em) => {
      const row = await this.find(em, model, event);
      return evidencePage(toBundle(row), row.sha256);
    });
  }

  private async find(em: EntityManager, model: string, event: string): Promise<EvidenceBundleRow> {
    const target = await this.models.find(em, model);
    const move = await em.findOne(AliasEventEntity, { id: event, modelId: target.id });
    const row = move && (await em.findOne(EvidenceBundleEntity, { eventId: move.id }));
    if (!row) throw problem('not_found', { detail: `${target.name} has no signed evidence for ${event}; moves of aliases have it.` });
    return row;
  }
}

function toBundle(row: EvidenceBundleRow): EvidenceBundle {
  return {
    statement: JsonObject.parse(JSON.parse(row.statement)),
    signature: { algorithm: 'ed25519', keyId: row.keyId, value: row.signature },
  };
}
