import type { Lifecycle } from '@crisol/contracts';
import { sqlArray, type RunStatement } from '../../platform/database/statements.js';

/** A logged model as the database gives it. Numbers of 64 bits are texts. */
export interface LoggedModelRecord {
  readonly id: string;
  readonly experiment_number: string;
  readonly experiment_id: string;
  readonly experiment_name: string;
  readonly artifact_location: string | null;
  readonly name: string;
  readonly state: 'pending' | 'ready' | 'upload_failed';
  readonly status_message: string;
  readonly model_type: string;
  /** In either form of a run's id, as the client gave it. */
  readonly source_run: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly lifecycle: Lifecycle;
  readonly created_ms: string;
  readonly updated_ms: string;
  /** Name, value, time, step, run, data set and its digest of each measurement, oldest first. */
  readonly metrics: readonly (readonly [string, string, string, string, string, string | null, string | null])[];
}

const columns = `l.id, l.experiment_number, e.id as experiment_id, e.name as experiment_name, e.artifact_location, l.name, l.state,
  l.status_message, l.model_type, l.source_run, l.params, l.tags, l.lifecycle, l.created_ms, l.updated_ms,
  coalesce((select json_agg(json_build_array(m.name, m.value::text, m.at::text, m.step::text, m.run_id, m.dataset_name, m.dataset_digest)
     order by m.at, m.step, m.name)
   from logged_model_metric m where m.model_id = l.id), '[]') as metrics`;

/** The models of these ids, in this order. */
export async function readLoggedModels(run: RunStatement, ids: readonly string[]): Promise<LoggedModelRecord[]> {
  if (ids.length === 0) return [];
  return run<LoggedModelRecord>(
    {
      name: 'logged-models-read',
      text: `select ${columns} from unnest($1::text[]) with ordinality as wanted (id, place)
             join logged_model l on l.id = wanted.id join experiment e on e.number = l.experiment_number order by wanted.place`,
    },
    [sqlArray(ids)],
  );
}

/** Where clients find the files of a model. */
export function artifactUriOfModel(model: Pick<LoggedModelRecord, 'id' | 'experiment_number' | 'artifact_location'>): string {
  return `${model.artifact_location ?? `mlflow-artifacts:/${model.experiment_number}`}/models/${model.id}/artifacts`;
}
