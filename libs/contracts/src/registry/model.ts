import { z } from 'zod';
import { JsonObject, listQuery, LooseNumber, objectFields, pageOf, Timestamp } from '../common.js';
import { LifecycleFilter } from '../experiments/run.js';
import { id, Name } from '../ids.js';
import { Task } from '../training/training.js';
import { ParityReport } from './bring.js';

export const SignatureColumn = z
  .object({
    name: z.string(),
    type: z.enum(['number', 'integer', 'boolean', 'text', 'date', 'timestamp']),
    nullable: z.boolean(),
    levels: z
      .array(z.string())
      .optional()
      .meta({ description: 'Known values of a text column, commonest first; others are taken as unseen' }),
    min: z.number().optional(),
    max: z.number().optional(),
    example: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  })
  .meta({ id: 'SignatureColumn' });
export type SignatureColumn = z.infer<typeof SignatureColumn>;
/** The named, typed columns that a version takes and gives. */
export const Signature = z
  .object({
    task: Task,
    inputs: z.array(SignatureColumn),
    target: z.string(),
    labels: z.array(z.string()).nullable().meta({ description: 'Classes in the order of the probabilities' }),
  })
  .meta({ id: 'Signature' });
export type Signature = z.infer<typeof Signature>;

export const AdmissionStep = z
  .object({
    name: z.enum(['gate', 'clean', 'load', 'warm', 'measure']),
    outcome: z.enum(['passed', 'refused', 'skipped']),
    durationMs: z.number(),
    detail: z.string(),
  })
  .meta({ id: 'AdmissionStep' });
export const Admission = z
  .object({
    state: z
      .enum(['pending', 'admitted', 'refused', 'quarantined', 'stored'])
      .meta({ description: 'stored: there is no ONNX file in it; kept and given back, never loaded here' }),
    lane: z.enum(['inline', 'isolated']).nullable(),
    steps: z.array(AdmissionStep),
    reasons: z.array(z.object({ rule: z.string(), message: z.string(), node: z.string().optional() })),
    latency: z.object({ rows: z.int(), p50Ms: z.number(), p99Ms: z.number() }).array(),
    operators: z.array(z.object({ name: z.string(), count: z.int() })),
    memoryBytes: z.int().nullable(),
    finishedAt: Timestamp.nullable(),
  })
  .meta({ id: 'Admission' });
export type Admission = z.infer<typeof Admission>;

export const ModelVersion = z
  .object({
    id: id('ver'),
    model: z.object({ id: id('mdl'), name: z.string() }),
    version: z.int(),
    description: z.string(),
    aliases: z.array(z.string()),
    task: Task.nullable().meta({ description: 'Null while it is not known: a version without an ONNX file' }),
    signature: Signature.nullable(),
    signatureHash: z.string().nullable(),
    flavors: z.array(z.string()).meta({ description: 'Of an MLflow model, such as sklearn and python_function' }),
    stage: z.enum(['None', 'Staging', 'Production', 'Archived']),
    source: z.string().meta({ description: 'Where its files are, as the client said' }),
    loggedModel: z.string().nullable(),
    howToServe: z.string().nullable().meta({ description: 'For a version without ONNX: the lines of code that add it' }),
    lifecycle: z.enum(['active', 'deleted']),
    metrics: z.record(z.string(), LooseNumber.nullable()),
    params: z.record(z.string(), z.string()),
    modelType: z.string(),
    admission: Admission,
    sizeBytes: z.int().meta({ description: 'Of the ONNX file, or of all files of a stored model' }),
    sha256: z.string().nullable().meta({ description: 'Of the ONNX file' }),
    run: id('run').nullable(),
    datasetVersion: z.object({ dataset: z.string(), version: z.int(), id: id('dsv') }).nullable(),
    origin: z.string().optional().meta({ description: 'Who made a model that was brought, such as skl2onnx 1.18' }),
    parity: ParityReport.nullable().optional().meta({ description: 'Brought with sample rows and expected outputs' }),
    ...objectFields,
  })
  .meta({ id: 'ModelVersion' });
export type ModelVersion = z.infer<typeof ModelVersion>;
export const ModelVersionPage = pageOf(ModelVersion, 'ModelVersionPage');
export type ModelVersionPage = z.infer<typeof ModelVersionPage>;

export const Model = z
  .object({
    id: id('mdl'),
    name: z.string(),
    description: z.string(),
    task: Task.nullable(),
    latestVersion: z.int().nullable(),
    aliases: z.record(z.string(), z.int()).meta({ description: 'Alias to version number' }),
    keyMetric: z
      .object({ name: z.string(), value: LooseNumber.nullable() })
      .nullable()
      .meta({ description: 'Of the champion, else of the latest' }),
    endpoints: z.array(z.string()),
    lifecycle: z.enum(['active', 'deleted']),
    ...objectFields,
  })
  .meta({ id: 'Model' });
export type Model = z.infer<typeof Model>;
export const ModelPage = pageOf(Model, 'ModelPage');
export type ModelPage = z.infer<typeof ModelPage>;
/** No `meta` id: with one the parameters vanish from OpenAPI. */
export const ModelListQuery = z.strictObject({ ...listQuery, lifecycle: LifecycleFilter });
export type ModelListQuery = z.infer<typeof ModelListQuery>;
export const ModelVersionListQuery = z.strictObject({ limit: listQuery.limit, cursor: listQuery.cursor, lifecycle: LifecycleFilter });
export type ModelVersionListQuery = z.infer<typeof ModelVersionListQuery>;
export const CreateModel = z
  .strictObject({ name: Name, description: z.string().max(5000).default(''), tags: z.record(z.string(), z.string()).default({}) })
  .meta({ id: 'CreateModel' });
export type CreateModel = z.infer<typeof CreateModel>;
export const UpdateModel = z
  .strictObject({ name: Name.optional(), description: z.string().max(5000).optional(), tags: z.record(z.string(), z.string()).optional() })
  .meta({ id: 'UpdateModel' });
export type UpdateModel = z.infer<typeof UpdateModel>;
export const RegisterRun = z.strictObject({ run: id('run'), description: z.string().max(5000).default('') }).meta({ id: 'RegisterRun' });
export type RegisterRun = z.infer<typeof RegisterRun>;

export const MoveAlias = z
  .strictObject({ version: z.int().min(1), comment: z.string().max(2000).default('') })
  .meta({ id: 'MoveAlias', example: { version: 2, comment: 'better recall' } });
export type MoveAlias = z.infer<typeof MoveAlias>;
export const Alias = z
  .object({ model: z.string(), alias: z.string(), version: z.int(), movedAt: Timestamp, movedBy: z.string().nullable(), revision: z.int() })
  .meta({ id: 'Alias' });
export type Alias = z.infer<typeof Alias>;
export const AliasEvent = z
  .object({
    id: id('evt'),
    alias: z.string(),
    fromVersion: z.int().nullable(),
    toVersion: z.int().nullable(),
    actor: z.string().nullable(),
    actorName: z.string(),
    comment: z.string(),
    at: Timestamp,
    evidence: JsonObject,
  })
  .meta({ id: 'AliasEvent' });
export type AliasEvent = z.infer<typeof AliasEvent>;
export const AliasEventList = z.object({ data: z.array(AliasEvent) }).meta({ id: 'AliasEventList' });
export type AliasEventList = z.infer<typeof AliasEventList>;
