import { canonicalJson } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { createHash, sign } from 'node:crypto';
import type { AliasEventRow } from '../aliases/alias-event.entity.js';
import type { ModelRow } from '../models/model.entity.js';
import { EvidenceBundleEntity } from './evidence.entity.js';
import { EvidenceKeys } from './evidence-keys.js';

/** Signs each move of an alias in the transaction that makes it. */
@Injectable()
export class EvidenceSigner {
  constructor(private readonly keys: EvidenceKeys) {}

  /**
   * Writes the signed statement of an event. It names the digest of the statement before it, so that of one alias none can
   * be taken out unseen.
   * @param previous - id of the alias's event before this one
   */
  async sign(em: EntityManager, model: ModelRow, event: AliasEventRow, previous: string | null): Promise<void> {
    const before = previous === null ? null : await em.findOne(EvidenceBundleEntity, { eventId: previous });
    const key = await this.keys.signing(em);
    const text = canonicalJson(
      plain({
        type: 'crisol.alias-move.v1',
        event: { id: event.id, kind: event.kind, at: event.at.toISOString() },
        model: { id: model.id, name: model.name },
        alias: event.alias,
        revision: event.revision,
        from: event.fromVersion ?? null,
        to: event.toVersion ?? null,
        actor: { id: event.actor ?? null, name: event.actorName },
        comment: event.comment,
        evidence: event.evidence,
        previous: before && { event: before.eventId, sha256: before.sha256 },
      }),
    );
    await em.insert(EvidenceBundleEntity, {
      eventId: event.id,
      statement: text,
      sha256: createHash('sha256').update(text).digest('hex'),
      keyId: key.id,
      signature: sign(null, Buffer.from(text), key.privateKey).toString('base64'),
    });
  }
}

/** As JSON holds it, without halves of surrogate pairs, which a plugin's message may hold and no signature can cover. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value), (_key, member: unknown) => (typeof member === 'string' ? member.toWellFormed() : member));
}
