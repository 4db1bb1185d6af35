import type { RunState } from '@crisol/contracts';
import type { Refusal } from '../../../experiments/runs/run-writer.js';
import { mlflowIdOf } from '../../../experiments/runs/run-ids.js';
import { artifactUriOf } from '../../../experiments/runs/run-mapper.js';
import type { RunRecord } from '../../../experiments/runs/run-record.js';
import { invalid, missing, type MlflowError } from '../mlflow-error.js';

const statusOf: Readonly<Record<RunState, string>> = {
  scheduled: 'SCHEDULED',
  running: 'RUNNING',
  succeeded: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
};

/** A run's state from MLflow's word for it; undefined for any other text. */
export function stateOf(status: string | undefined): RunState | undefined {
  switch (status) {
    case 'SCHEDULED':
      return 'scheduled';
    case 'RUNNING':
      return 'running';
    case 'FINISHED':
      return 'succeeded';
    case 'FAILED':
      return 'failed';
    case 'KILLED':
      return 'cancelled';
    default:
      return undefined;
  }
}

export const runMissing = (id: string): MlflowError => missing(`Run with id=${id} not found`);

/** Says in MLflow's words why nothing was written to a run. */
export function refused(refusal: Refusal, id: string, many = false): MlflowError {
  if (refusal.kind === 'missing') return runMissing(id);
  if (refusal.kind === 'deleted') return invalid(`The run ${id} must be in the 'active' state. Current state is deleted.`);
  const [first] = refusal.params;
  if (many || !first) {
    const listed = refusal.params.map((param) => `{'key': '${param.key}', 'old_value': '${param.old}', 'new_value': '${param.new}'}`);
    return invalid(`Changing param values is not allowed. Params were already logged='[${listed.join(', ')}]' for run ID='${id}'.`);
  }
  return invalid(
    `Changing param values is not allowed. Param with key='${first.key}' was already logged with value='${first.old}' for run ID='${id}'. Attempted logging new value '${first.new}'.`,
  );
}

interface KeyValue {
  readonly key: string;
  readonly value: string;
}
export const keyValues = (record: Readonly<Record<string, string>>): KeyValue[] =>
  Object.entries(record).map(([key, value]) => ({ key, value }));

/** A list that is left out when it is empty, as everything unset is. */
const unlessEmpty = <Name extends string, Item>(name: Name, items: readonly Item[]): Partial<Record<Name, readonly Item[]>> =>
  items.length === 0 ? {} : (Object.fromEntries([[name, items]] as const) as Partial<Record<Name, readonly Item[]>>); // fromEntries forgets the name

type InfoRecord = Pick<
  RunRecord,
  'id' | 'experiment_number' | 'artifact_location' | 'name' | 'user_name' | 'state' | 'start_time' | 'end_time' | 'lifecycle'
>;

export function runInfo(run: InfoRecord): Record<string, unknown> {
  const id = mlflowIdOf(run.id);
  return {
    run_uuid: id,
    experiment_id: run.experiment_number,
    run_name: run.name,
    user_id: run.user_name,
    status: statusOf[run.state],
    start_time: Number(run.start_time ?? 0),
    ...(run.end_time === null ? {} : { end_time: Number(run.end_time) }),
    artifact_uri: artifactUriOf(run),
    lifecycle_stage: run.lifecycle,
    run_id: id,
  };
}

/** Infinity has no JSON form there; the greatest double stands for it. */
export const doubleOf = (value: number | string): number | string =>
  value === 'Infinity' ? Number.MAX_VALUE : value === '-Infinity' ? -Number.MAX_VALUE : value;

export function runAnswer(run: RunRecord): Record<string, unknown> {
  const models = run.models ?? [];
  return {
    info: runInfo(run),
    data: {
      ...unlessEmpty(
        'metrics',
        (run.metrics ?? []).map(([key, value, timestamp, step]) => ({ key, value: doubleOf(value), timestamp, step })),
      ),
      ...unlessEmpty('params', keyValues(run.params)),
      ...unlessEmpty('tags', keyValues(run.tags)),
    },
    inputs: {
      ...unlessEmpty(
        'dataset_inputs',
        (run.inputs ?? []).map(([name, digest, sourceType, source, schema, profile, tags]) => ({
          ...unlessEmpty('tags', keyValues(tags)),
          dataset: {
            name,
            digest,
            source_type: sourceType,
            source,
            ...(schema === null ? {} : { schema }),
            ...(profile === null ? {} : { profile }),
          },
        })),
      ),
      ...unlessEmpty(
        'model_inputs',
        models.filter(([role]) => role === 'input').map(([, id]) => ({ model_id: id })),
      ),
    },
    outputs: unlessEmpty(
      'model_outputs',
      models.filter(([role]) => role === 'output').map(([, id, , step]) => ({ model_id: id, step })),
    ),
  };
}
