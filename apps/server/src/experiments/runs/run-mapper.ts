import { looseNumber, type Run } from '@crisol/contracts';
import { removedAfter } from '../../platform/storage/grace-time.js';
import { mlflowIdOf, runIdOf } from './run-ids.js';
import type { RunRecord } from './run-record.js';

export const noteTag = 'mlflow.note.content';
export const parentTag = 'mlflow.parentRunId';
export const contextTag = 'mlflow.data.context';

/** Where the artifacts of a run are for MLflow's clients. */
export function artifactUriOf(run: Pick<RunRecord, 'id' | 'experiment_number' | 'artifact_location'>): string {
  const root = run.artifact_location ?? `mlflow-artifacts:/${run.experiment_number}`;
  return `${root}/${mlflowIdOf(run.id)}/artifacts`;
}

const isoOf = (ms: string | null): string | null => (ms === null ? null : new Date(Number(ms)).toISOString());

export function toRun(run: RunRecord, evaluation: Run['evaluation'] = null): Run {
  const parent = run.tags[parentTag];
  return {
    id: run.id,
    name: run.name,
    mlflowId: mlflowIdOf(run.id),
    experiment: { id: run.experiment_id, name: run.experiment_name, number: Number(run.experiment_number) },
    state: run.state,
    lifecycle: run.lifecycle,
    deletedAt: isoOf(run.deleted_ms),
    removedAfter: removedAfter(run.deleted_ms === null ? null : new Date(Number(run.deleted_ms))),
    description: run.tags[noteTag] ?? '',
    user: run.user_name,
    parent: parent === undefined ? null : (runIdOf(parent) ?? null),
    source: run.source,
    job: run.job_id,
    datasetVersion: run.dataset_version,
    modelVersion: run.model_version,
    params: run.params,
    metrics: Object.fromEntries(
      (run.metrics ?? []).map(([name, last, , step, min, max, count]) => [
        name,
        { last: looseNumber(Number(last)), min: looseNumber(Number(min)), max: looseNumber(Number(max)), step, count },
      ]),
    ),
    evaluation,
    inputs: (run.inputs ?? []).map(([name, digest, sourceType, source, schema, profile, tags]) => ({
      name,
      digest,
      context: tags[contextTag] ?? null,
      sourceType,
      source,
      schema,
      profile,
    })),
    loggedModels: (run.models ?? []).map(([role, id, name, step]) => ({
      id,
      name: name ?? id,
      role,
      step: role === 'output' ? step : null,
    })),
    artifactUri: artifactUriOf(run),
    startedAt: isoOf(run.start_time),
    finishedAt: isoOf(run.end_time),
    tags: run.tags,
    createdAt: new Date(Number(run.created_ms)).toISOString(),
    createdBy: run.created_by,
    updatedAt: new Date(Number(run.updated_ms)).toISOString(),
    revision: run.revision,
  };
}
