import type { ParityReport, Signature, Task } from '@crisol/contracts';
import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

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

/** One version of a model. Never changed once written (a trigger sees to it); what becomes of it is in its admission. */
export const ModelVersionEntity = defineEntity({
  name: 'ModelVersion',
  tableName: 'model_version',
  properties: {
    id: p.text().primary(),
    modelId: p.text().name('model_id'),
    number: p.integer(),
    description: p.text(),
    task: p.text().$type<Task>(),
    signature: p.json<Signature>(),
    signatureHash: p.text().name('signature_hash'),
    metrics: p.json<Record<string, number | string | null>>(),
    params: p.json<Record<string, string>>(),
    modelType: p.text().name('model_type'),
    importance: p.json<readonly { readonly column: string; readonly value: number }[]>(),
    objectKey: p.text().name('object_key'),
    sizeBytes: p.bigint('number').name('size_bytes'),
    sha256: p.text(),
    runId: p.text().name('run_id').nullable(),
    datasetVersion: p.json<DatasetVersionRef>().name('dataset_version').nullable(),
    tags: p.json<Record<string, string>>(),
    origin: p.text(),
    parity: p.json<ParityReport>().nullable(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
  },
});
export type ModelVersionRow = InferEntity<typeof ModelVersionEntity>;
