import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { SealedText } from '../../platform/plugins/settings/secret-box.js';

/** A key that signs evidence: the public part in the open, the private one sealed like every secret of the platform. */
export const EvidenceKeyEntity = defineEntity({
  name: 'EvidenceKey',
  tableName: 'evidence_key',
  properties: {
    id: p.text().primary(),
    publicPem: p.text().name('public_pem'),
    sealed: p.json<Record<string, SealedText>>(),
    createdAt: p.datetime().name('created_at'),
  },
});
export type EvidenceKeyRow = InferEntity<typeof EvidenceKeyEntity>;

/** What was signed for one move, to the byte: append-only (a trigger sees to it). */
export const EvidenceBundleEntity = defineEntity({
  name: 'EvidenceBundle',
  tableName: 'evidence_bundle',
  properties: {
    eventId: p.text().name('event_id').primary(),
    /** Canonical JSON. */
    statement: p.text(),
    sha256: p.text(),
    keyId: p.text().name('key_id'),
    signature: p.text(),
  },
});
export type EvidenceBundleRow = InferEntity<typeof EvidenceBundleEntity>;
