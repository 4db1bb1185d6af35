import { z } from 'zod';
import { JsonObject, pageOf, Tags, Timestamp } from '../common.js';
import { id } from '../ids.js';

/** One thing that happened to a model, its versions, aliases or stages. Written once, never changed. */
export const HistoryEvent = z
  .object({
    id: id('evt'),
    kind: z.enum([
      'alias_moved',
      'alias_removed',
      'stage_moved',
      'version_created',
      'version_admitted',
      'version_refused',
      'version_deleted',
      'version_restored',
      'approved',
      'rejected',
      'withdrawn',
      'policy_changed',
      'demoted',
      'renamed',
      'deleted',
      'restored',
    ]),
    alias: z.string().nullable(),
    version: z.int().nullable(),
    from: z.string().nullable().meta({ description: 'Version, stage or name before' }),
    to: z.string().nullable(),
    actor: z.string().nullable(),
    actorName: z.string(),
    comment: z.string(),
    at: Timestamp,
    evidence: JsonObject.meta({ description: 'Gate verdicts, approvals, metrics, data versions and digests that spoke for the move' }),
    hasBundle: z.boolean().meta({ description: 'A signed evidence bundle can be had for it' }),
  })
  .meta({ id: 'HistoryEvent' });
export type HistoryEvent = z.infer<typeof HistoryEvent>;
export const HistoryEventPage = pageOf(HistoryEvent, 'HistoryEventPage');
export type HistoryEventPage = z.infer<typeof HistoryEventPage>;
export const HistoryQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2000).optional(),
  version: z.coerce.number().int().min(1).optional(),
  alias: z.string().max(255).optional(),
});
export type HistoryQuery = z.infer<typeof HistoryQuery>;
export const AsOfQuery = z.strictObject({ asOf: Timestamp.optional().meta({ description: 'What held at that instant' }) });
export type AsOfQuery = z.infer<typeof AsOfQuery>;
/** A model as it was at an instant. */
export const ModelAsOf = z
  .object({
    id: id('mdl'),
    name: z.string(),
    asOf: Timestamp,
    aliases: z.array(z.object({ alias: z.string(), version: z.int(), event: id('evt'), since: Timestamp, movedBy: z.string() })),
    stages: z.array(z.object({ stage: z.string(), version: z.int(), since: Timestamp })),
    versions: z.array(z.int()).meta({ description: 'That existed and were not deleted' }),
  })
  .meta({ id: 'ModelAsOf' });
export type ModelAsOf = z.infer<typeof ModelAsOf>;

/** What spoke for a promotion, signed with the server's Ed25519 key over the canonical JSON (RFC 8785) of `statement`. */
export const EvidenceBundle = z
  .object({
    statement: JsonObject,
    signature: z.object({ algorithm: z.literal('ed25519'), keyId: z.string(), value: z.string().meta({ description: 'base64' }) }),
  })
  .meta({ id: 'EvidenceBundle' });
export type EvidenceBundle = z.infer<typeof EvidenceBundle>;
export const EvidenceKeyList = z
  .object({ data: z.array(z.object({ keyId: z.string(), publicKeyPem: z.string(), createdAt: Timestamp })) })
  .meta({ id: 'EvidenceKeyList' });
export type EvidenceKeyList = z.infer<typeof EvidenceKeyList>;

export const UpdateVersion = z
  .strictObject({
    description: z.string().max(20_000).optional(),
    tags: z
      .record(z.string().min(1).max(250), z.string().max(5000).nullable())
      .optional()
      .meta({ description: 'Merged; null takes a tag away' }),
  })
  .meta({ id: 'UpdateVersion' });
export type UpdateVersion = z.infer<typeof UpdateVersion>;

/** A model card: facts that the platform knows, and words that people write. */
export const ModelCard = z
  .object({
    model: z.string(),
    version: z.int(),
    facts: z.object({
      task: z.string().nullable(),
      modelType: z.string(),
      trainedOn: z.object({ dataset: z.string(), version: z.int(), rows: z.int().nullable() }).nullable(),
      run: z.string().nullable(),
      origin: z.string(),
      metrics: z.record(z.string(), z.number().nullable()),
      slices: z.array(z.object({ gate: z.string(), slice: z.string(), rows: z.int(), value: z.number().nullable(), passed: z.boolean() })),
      fairness: z.array(z.object({ check: z.string(), outcome: z.string(), message: z.string() })),
      gates: z.array(z.object({ gate: z.string(), verdict: z.string(), at: Timestamp })),
      inputs: z.array(z.object({ name: z.string(), type: z.string() })),
      limits: z.array(z.string()).meta({ description: 'What is known not to work, as sentences' }),
      lineage: z.array(z.object({ kind: z.string(), name: z.string() })),
      aliases: z.array(z.string()),
      endpoints: z.array(z.string()),
      sizeBytes: z.int(),
      sha256: z.string().nullable(),
      createdAt: Timestamp,
      createdBy: z.string(),
    }),
    owner: z.string(),
    licence: z.string(),
    sections: z
      .array(
        z.object({
          key: z.enum(['summary', 'intended_use', 'out_of_scope', 'training_data', 'evaluation', 'ethics', 'limitations', 'contact']),
          text: z.string(),
        }),
      )
      .meta({ description: 'Markdown that people wrote; all eight, empty ones too' }),
    inheritedFrom: z.int().nullable().meta({ description: 'The version whose words are shown because this one has none yet' }),
    tags: Tags,
    updatedAt: Timestamp.nullable(),
    updatedBy: z.string().nullable(),
    revision: z.int(),
  })
  .meta({ id: 'ModelCard' });
export type ModelCard = z.infer<typeof ModelCard>;
export const PutModelCard = z
  .strictObject({
    owner: z.string().max(200).default(''),
    licence: z.string().max(200).default(''),
    sections: z
      .array(
        z.strictObject({
          key: z.enum(['summary', 'intended_use', 'out_of_scope', 'training_data', 'evaluation', 'ethics', 'limitations', 'contact']),
          text: z.string().max(20_000),
        }),
      )
      .max(8)
      .default([]),
  })
  .meta({ id: 'PutModelCard' });
export type PutModelCard = z.infer<typeof PutModelCard>;
