import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Lifecycle } from '@crisol/contracts';

/** A named set of runs. */
export const ExperimentEntity = defineEntity({
  name: 'Experiment',
  tableName: 'experiment',
  properties: {
    id: p.text().primary(),
    /** The experiment id of MLflow's clients; given by the database. */
    number: p.bigint('number').autoincrement(),
    name: p.text(),
    lifecycle: p.text().$type<Lifecycle>(),
    deletedAt: p.datetime().name('deleted_at').nullable(),
    /** Where a client wants its artifacts, when not here. */
    artifactLocation: p.text().name('artifact_location').nullable(),
    tags: p.json<Record<string, string>>(),
    createdAt: p.datetime().name('created_at'),
    createdBy: p.text().name('created_by').nullable(),
    updatedAt: p.datetime().name('updated_at'),
    revision: p.integer(),
  },
});
export type ExperimentRow = InferEntity<typeof ExperimentEntity>;
