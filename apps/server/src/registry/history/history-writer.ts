import type { HistoryEvent } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/auth/actor.js';
import { newId } from '../../platform/database/new-id.js';
import { RegistryEventEntity } from './registry-event.entity.js';

export interface NewHistoryEvent {
  readonly kind: HistoryEvent['kind'];
  readonly alias?: string | null;
  readonly version?: number | null;
  readonly from?: string | null;
  readonly to?: string | null;
  readonly comment?: string;
  readonly evidence?: HistoryEvent['evidence'];
}

/** Writes what happens to models and is no move of an alias, in the transaction in which it happens. */
@Injectable()
export class HistoryWriter {
  async record(em: EntityManager, actor: Pick<Actor, 'id' | 'name'>, modelId: string, event: NewHistoryEvent): Promise<void> {
    const { kind, alias = null, version = null, from = null, to = null, comment = '', evidence = {} } = event;
    await em.insert(RegistryEventEntity, {
      id: newId('evt'),
      modelId,
      kind,
      alias,
      version,
      from,
      to,
      actor: actor.id,
      actorName: actor.name,
      comment,
      evidence,
      at: new Date(),
    });
  }
}
