import type { ModelVersion, ParityReport, Signature, Task } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { problem } from '../../platform/http/problem.js';

/** Where the data of a version came from. */
export interface DatasetVersionRef {
  readonly dataset: string;
  readonly version: number;
  readonly id: string;
}
/** Who made the file: producer, opsets, metadata, as the file says. */
export interface ModelOrigin {
  readonly producer: string;
  readonly producerVersion: string;
  readonly opsets: Readonly<Record<string, number>>;
}

export type Stage = ModelVersion['stage'];

/**
 * One version of a model. What it is made of never changes once written (triggers see to it); what becomes of it is in its
 * admission. Task and signature are empty until they are known, and for a version without an ONNX file for good.
 */
export const ModelVersionEntity = defineEntity({
  name: 'ModelVersion',
  tableName: 'model_version',
  properties: {
    id: p.text().primary(),
    modelId: p.text().name('model_id'),
    number: p.integer(),
    description: p.text(),
    task: p.text().$type<Task>().nullable(),
    signature: p.json<Signature>().nullable(),
    signatureHash: p.text().name('signature_hash').nullable(),
    metrics: p.json<Record<string, number | string | null>>(),
    params: p.json<Record<string, string>>(),
    modelType: p.text().name('model_type'),
    importance: p.json<readonly { readonly column: string; readonly value: number }[]>(),
    /** The ONNX file. */
    objectKey: p.text().name('object_key').nullable(),
    sizeBytes: p.bigint('number').name('size_bytes'),
    sha256: p.text().nullable(),
    runId: p.text().name('run_id').nullable(),
    datasetVersion: p.json<DatasetVersionRef>().name('dataset_version').nullable(),
    tags: p.json<Record<string, string>>(),
    origin: p.text(),
    parity: p.json<ParityReport>().nullable(),
    flavors: p.json<readonly string[]>(),
    stage: p.text().$type<Stage>(),
    source: p.text(),
    /** As the client gave it, which may name a run that is not here. */
    sourceRun: p.text().name('source_run'),
    runLink: p.text().name('run_link'),
    loggedModel: p.text().name('logged_model').nullable(),
    /** Where the source was when the version was made. */
    location: p.text(),
    userName: p.text().name('user_name'),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    updatedAt: p.datetime().name('updated_at'),
    deletedAt: p.datetime().name('deleted_at').nullable(),
    /** Once the grace time was over; the row stays as history. */
    filesRemovedAt: p.datetime().name('files_removed_at').nullable(),
    revision: p.integer(),
  },
});
export type ModelVersionRow = InferEntity<typeof ModelVersionEntity>;

/** A version whose file can be loaded: what gates, judges and endpoints work with. */
export interface ServableRow extends ModelVersionRow {
  readonly task: Task;
  readonly signature: Signature;
  readonly signatureHash: string;
  readonly objectKey: string;
  readonly sha256: string;
}

/** Whether everything is known of the version that serving it takes. */
export function isServable(row: ModelVersionRow): row is ServableRow {
  return row.task != null && row.signature != null && row.signatureHash != null && row.objectKey != null && row.sha256 != null;
}

/** The version as one that can be loaded. @throws `version_not_admitted` */
export function servable(row: ModelVersionRow): ServableRow {
  if (isServable(row)) return row;
  throw problem('version_not_admitted', {
    detail: `Version ${row.number} is stored without an ONNX file that is known to work, so it cannot be loaded here.`,
  });
}
