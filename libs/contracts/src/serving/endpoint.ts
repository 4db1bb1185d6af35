import { z } from 'zod';
import { Cell, LooseNumber, objectFields, pageOf, Timestamp } from '../common.js';
import { FeatureName, FeatureStatus } from '../features/feature-store.js';
import { id, Name } from '../ids.js';
import { Signature } from '../registry/model.js';

/** One variant of an endpoint: a version by number or alias, and its share of the traffic. */
export const Variant = z
  .strictObject({
    name: Name,
    model: z.string().meta({ description: 'Id or name' }),
    version: z.int().min(1).optional(),
    alias: z.string().min(1).max(128).optional(),
    role: z.enum(['primary', 'canary', 'shadow']).default('primary'),
    share: z.number().min(0).max(100),
  })
  .refine((variant) => (variant.version === undefined) !== (variant.alias === undefined), {
    path: ['version'],
    message: 'give either version or alias',
  })
  .meta({ id: 'Variant', example: { name: 'champion', model: 'penguins', alias: 'champion', role: 'primary', share: 100 } });
export type Variant = z.infer<typeof Variant>;
export const Traffic = z
  .strictObject({ variants: z.array(Variant).min(1).max(20) })
  .meta({ id: 'Traffic', description: 'Shares sum to 100; a shadow takes none' });
export type Traffic = z.infer<typeof Traffic>;
export const VariantStatus = z
  .object({
    ...Variant.shape,
    resolvedVersion: z.int().nullable(),
    versionId: z.string().nullable(),
    lane: z.enum(['inline', 'isolated']).nullable(),
    state: z.enum(['ready', 'cold', 'loading', 'quarantined', 'unavailable']),
    reason: z.string().nullable(),
  })
  .meta({ id: 'VariantStatus' });
export type VariantStatus = z.infer<typeof VariantStatus>;

/** Columns that the server fills from a feature store, by the entity keys that an instance carries. */
export const FeatureLookup = z
  .strictObject({
    store: z.string().min(1).max(64).meta({ description: 'Name of an active feature store' }),
    keys: z
      .record(z.string().min(1).max(128), z.string().min(1).max(256))
      .refine((keys) => Object.keys(keys).length > 0, 'name at least one entity key')
      .meta({ description: 'Entity key → field of the instance that holds it' }),
    features: z
      .array(
        z.strictObject({
          feature: FeatureName,
          as: z.string().min(1).max(256).optional().meta({ description: 'Column; the name of the feature when not given' }),
        }),
      )
      .min(1)
      .max(500),
    timeoutMs: z.int().min(1).max(10_000).default(100),
    onFailure: z
      .enum(['fail', 'null'])
      .default('fail')
      .meta({ description: 'When the store does not answer: refuse the prediction (503), or predict with missing values' }),
  })
  .meta({
    id: 'FeatureLookup',
    description: 'A value that the instance itself gives wins',
    example: { store: 'postgres', keys: { driver_id: 'driver_id' }, features: [{ feature: 'driver:trips', as: 'trips' }] },
  });
export type FeatureLookup = z.infer<typeof FeatureLookup>;

export const EndpointStats = z
  .object({
    windowMs: z.int(),
    requests: z.int(),
    rows: z.int(),
    errors: z.int(),
    requestsPerMinute: z.number(),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
    perVariant: z.record(z.string(), z.object({ requests: z.int(), errors: z.int() })),
    buckets: z
      .array(z.object({ at: Timestamp, requests: z.int(), errors: z.int(), p95Ms: z.number().nullable() }))
      .meta({ description: 'One for each minute, oldest first' }),
  })
  .meta({ id: 'EndpointStats' });
export type EndpointStats = z.infer<typeof EndpointStats>;
export const Endpoint = z
  .object({
    id: id('ep'),
    name: z.string(),
    description: z.string(),
    variants: z.array(VariantStatus),
    signature: Signature.nullable().meta({ description: 'Of the first variant that can serve' }),
    lookup: FeatureLookup.nullable(),
    stats: EndpointStats,
    ...objectFields,
  })
  .meta({ id: 'Endpoint' });
export type Endpoint = z.infer<typeof Endpoint>;
export const EndpointPage = pageOf(Endpoint, 'EndpointPage');
export type EndpointPage = z.infer<typeof EndpointPage>;
export const CreateEndpoint = z
  .strictObject({
    name: Name,
    description: z.string().max(5000).default(''),
    variants: z.array(Variant).min(1).max(20),
    lookup: FeatureLookup.nullable().default(null),
    tags: z.record(z.string(), z.string()).default({}),
  })
  .meta({
    id: 'CreateEndpoint',
    example: { name: 'penguins', variants: [{ name: 'champion', model: 'penguins', alias: 'champion', share: 100 }] },
  });
export type CreateEndpoint = z.infer<typeof CreateEndpoint>;
export const UpdateEndpoint = z
  .strictObject({
    description: z.string().max(5000).optional(),
    lookup: FeatureLookup.nullable().optional().meta({ description: 'Replaces the look-up as a whole; null takes it away' }),
    tags: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: 'UpdateEndpoint' });
export type UpdateEndpoint = z.infer<typeof UpdateEndpoint>;

export const PredictRequest = z
  .strictObject({
    instances: z.array(z.record(z.string(), Cell)).min(1).max(10_000),
    options: z
      .strictObject({
        probabilities: z.boolean().default(true),
        stickyKey: z.string().max(256).optional(),
        features: z.boolean().optional().meta({ description: 'Whether the answer says what the look-up found' }),
      })
      .default({ probabilities: true }),
  })
  .meta({ id: 'PredictRequest', example: { instances: [{ bill_length_mm: 39.1, island: 'Torgersen' }] } });
export type PredictRequest = z.infer<typeof PredictRequest>;
export const Prediction = z
  .object({
    id: z.string(),
    value: z.union([z.string(), LooseNumber]).optional(),
    probabilities: z.record(z.string(), LooseNumber).optional(),
    confidence: LooseNumber.optional().meta({ description: 'Probability of the answer' }),
    error: z.object({ code: z.string(), pointer: z.string(), message: z.string() }).optional(),
  })
  .meta({ id: 'Prediction' });
export type Prediction = z.infer<typeof Prediction>;
export const PredictResponse = z
  .object({
    requestId: z.string(),
    endpoint: z.string().nullable(),
    variant: z.string().nullable(),
    modelVersion: z.object({ model: z.string(), version: z.int() }),
    predictions: z.array(Prediction),
    partial: z.boolean(),
    cached: z.boolean(),
    features: z
      .object({
        store: z.string(),
        columns: z.array(z.string()),
        rows: z
          .array(
            z.object({
              statuses: z.array(z.union([FeatureStatus, z.enum(['given', 'unavailable'])])),
              eventTimes: z.array(Timestamp.nullable()),
            }),
          )
          .meta({ description: 'given: the instance brought its own value; unavailable: the store did not answer' }),
      })
      .optional(),
    timings: z.object({ queueMs: z.number(), featuresMs: z.number(), inferenceMs: z.number(), totalMs: z.number() }),
  })
  .meta({ id: 'PredictResponse' });
export type PredictResponse = z.infer<typeof PredictResponse>;
