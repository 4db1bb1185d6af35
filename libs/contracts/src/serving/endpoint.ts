import { z } from 'zod';
import { Cell, LooseNumber, objectFields, pageOf, Timestamp } from '../common.js';
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
    tags: z.record(z.string(), z.string()).default({}),
  })
  .meta({
    id: 'CreateEndpoint',
    example: { name: 'penguins', variants: [{ name: 'champion', model: 'penguins', alias: 'champion', share: 100 }] },
  });
export type CreateEndpoint = z.infer<typeof CreateEndpoint>;
export const UpdateEndpoint = z
  .strictObject({ description: z.string().max(5000).optional(), tags: z.record(z.string(), z.string()).optional() })
  .meta({ id: 'UpdateEndpoint' });
export type UpdateEndpoint = z.infer<typeof UpdateEndpoint>;

export const PredictRequest = z
  .strictObject({
    instances: z.array(z.record(z.string(), Cell)).min(1).max(10_000),
    options: z
      .strictObject({ probabilities: z.boolean().default(true), stickyKey: z.string().max(256).optional() })
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
    timings: z.object({ queueMs: z.number(), featuresMs: z.number(), inferenceMs: z.number(), totalMs: z.number() }),
  })
  .meta({ id: 'PredictResponse' });
export type PredictResponse = z.infer<typeof PredictResponse>;
