import { z } from 'zod';
import { Cell, Timestamp } from '../common.js';
import { PluginState } from '../platform/plugins.js';

const viewName = z.string().min(1).max(128);
const entityKeys = z.record(z.string().min(1).max(128), z.union([z.string().max(1_000), z.number()]));
/** A name that can stand in `view:feature` and in a path. */
const newName = viewName.regex(/^[^\s/:@%\\\p{Cc}]+$/u, 'may not hold white space, control characters or one of / : @ % \\');
/** `view:feature`. */
export const FeatureName = z
  .string()
  .max(257)
  .regex(/^[^:]+:[^:]+$/, 'must be view:feature');

export const FeatureType = z.enum(['number', 'integer', 'boolean', 'text', 'timestamp']).meta({ id: 'FeatureType' });
export type FeatureType = z.infer<typeof FeatureType>;
export const FeatureStatus = z
  .enum(['present', 'null_value', 'not_found', 'outside_max_age'])
  .meta({ id: 'FeatureStatus', description: 'Why a value is what it is; all but present come with null' });
export type FeatureStatus = z.infer<typeof FeatureStatus>;

export const FeatureView = z
  .object({
    name: viewName,
    entities: z.array(z.string()).meta({ description: 'Names of the keys of one entity' }),
    features: z.array(z.object({ name: z.string(), type: FeatureType })),
    maxAgeSeconds: z.number().nullable().meta({ description: 'Age after which a value counts as outside_max_age; null for never' }),
  })
  .meta({ id: 'FeatureView' });
export type FeatureView = z.infer<typeof FeatureView>;
export const PutFeatureView = z
  .strictObject({
    entities: z.array(newName).min(1).max(20),
    features: z
      .array(z.strictObject({ name: newName, type: FeatureType }))
      .min(1)
      .max(1_000),
    maxAgeSeconds: z.number().positive().max(3_155_760_000).nullable().default(null),
  })
  .superRefine(({ entities, features }, context) => {
    const seen = new Set<string>();
    const columns = [
      ...entities.map((name, i) => ({ name, path: ['entities', i] })),
      ...features.map(({ name }, i) => ({ name, path: ['features', i, 'name'] })),
    ];
    for (const { name, path } of columns) {
      if (seen.has(name)) context.addIssue({ code: 'custom', path, message: `names ${name} a second time` });
      seen.add(name);
    }
  })
  .meta({
    id: 'PutFeatureView',
    example: { entities: ['driver_id'], features: [{ name: 'trips', type: 'integer' }], maxAgeSeconds: 86_400 },
  });
export type PutFeatureView = z.infer<typeof PutFeatureView>;

export const FeatureStoreInfo = z
  .object({
    name: z.string(),
    title: z.string(),
    pluginId: z.string(),
    state: PluginState,
    writable: z.boolean().meta({ description: 'Whether views and rows can be written through Crisol' }),
    views: z.array(FeatureView),
    problem: z.string().nullable().meta({ description: 'Why the views could not be listed' }),
  })
  .meta({ id: 'FeatureStoreInfo' });
export type FeatureStoreInfo = z.infer<typeof FeatureStoreInfo>;
export const FeatureStoreList = z.object({ data: z.array(FeatureStoreInfo) }).meta({ id: 'FeatureStoreList' });
export type FeatureStoreList = z.infer<typeof FeatureStoreList>;

export const WriteFeatureRows = z
  .strictObject({
    rows: z
      .array(z.strictObject({ keys: entityKeys, at: Timestamp, values: z.record(z.string().min(1).max(128), Cell) }))
      .min(1)
      .max(10_000),
  })
  .meta({
    id: 'WriteFeatureRows',
    description: 'The same row twice changes nothing; an older one never replaces a newer one online',
    example: { rows: [{ keys: { driver_id: 1001 }, at: '2026-01-02T03:04:05Z', values: { trips: 12 } }] },
  });
export type WriteFeatureRows = z.infer<typeof WriteFeatureRows>;
export const WrittenFeatureRows = z.object({ rows: z.int() }).meta({ id: 'WrittenFeatureRows' });
export type WrittenFeatureRows = z.infer<typeof WrittenFeatureRows>;

export const ReadOnlineFeatures = z
  .strictObject({ features: z.array(FeatureName).min(1).max(500), rows: z.array(entityKeys).min(1).max(10_000) })
  .meta({ id: 'ReadOnlineFeatures', example: { features: ['driver:trips'], rows: [{ driver_id: 1001 }] } });
export type ReadOnlineFeatures = z.infer<typeof ReadOnlineFeatures>;
export const ReadHistoricalFeatures = z
  .strictObject({
    features: z.array(FeatureName).min(1).max(500),
    rows: z
      .array(z.strictObject({ keys: entityKeys, at: Timestamp }))
      .min(1)
      .max(10_000),
  })
  .meta({
    id: 'ReadHistoricalFeatures',
    example: { features: ['driver:trips'], rows: [{ keys: { driver_id: 1001 }, at: '2026-01-02T03:04:05Z' }] },
  });
export type ReadHistoricalFeatures = z.infer<typeof ReadHistoricalFeatures>;
export const FeatureVectors = z
  .object({
    features: z.array(z.string()),
    rows: z
      .array(z.object({ values: z.array(Cell), statuses: z.array(FeatureStatus), eventTimes: z.array(Timestamp.nullable()) }))
      .meta({ description: 'In the order of the request; each list in the order of features' }),
  })
  .meta({ id: 'FeatureVectors' });
export type FeatureVectors = z.infer<typeof FeatureVectors>;
