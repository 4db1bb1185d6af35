import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Lifecycle, Run } from '@crisol/contracts';

/** One attempt at a model: parameters, metrics by step, and what came of it. Points of metrics have tables of their own. */
export const RunEntity = defineEntity({
  name: 'Run',
  tableName: 'run',
  properties: {
    id: p.text().primary(),
    /** Short key of the tables of metrics, inputs and models; given by the database. */
    num: p.bigint('number').autoincrement(),
    experimentNumber: p.bigint('number').name('experiment_number'),
    experimentId: p.text().name('experiment_id'),
    name: p.text(),
    state: p.text().$type<Run['state']>(),
    source: p.text().$type<Run['source']>(),
    jobId: p.text().name('job_id').nullable(),
    datasetVersion: p.json<NonNullable<Run['datasetVersion']>>().name('dataset_version').nullable(),
    modelVersion: p.json<NonNullable<Run['modelVersion']>>().name('model_version').nullable(),
    params: p.json<Record<string, string>>(),
    evaluation: p.json<NonNullable<Run['evaluation']>>().nullable(),
    tags: p.json<Record<string, string>>(),
    lifecycle: p.text().$type<Lifecycle>(),
    deletedAt: p.datetime().name('deleted_at').nullable(),
    /** Who ran it, as the client says. */
    userName: p.text().name('user_name'),
    /** Milliseconds since 1970-01-01 UTC, as the client says. */
    startTime: p.bigint('number').name('start_time').nullable(),
    endTime: p.bigint('number').name('end_time').nullable(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    updatedAt: p.datetime().name('updated_at'),
    revision: p.integer(),
  },
});
export type RunRow = InferEntity<typeof RunEntity>;
