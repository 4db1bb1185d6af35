import type { Lifecycle, Run } from '@crisol/contracts';
import { sqlArray, type RunStatement } from '../../platform/database/statements.js';

/** A run with all that belongs to it, as one statement reads it. */
export interface RunRecord {
  readonly num: string;
  readonly id: string;
  readonly name: string;
  readonly state: Run['state'];
  readonly source: Run['source'];
  readonly job_id: string | null;
  readonly dataset_version: Run['datasetVersion'];
  readonly model_version: Run['modelVersion'];
  readonly params: Record<string, string>;
  readonly tags: Record<string, string>;
  readonly lifecycle: Lifecycle;
  readonly deleted_ms: string | null;
  readonly user_name: string;
  readonly start_time: string | null;
  readonly end_time: string | null;
  readonly created_ms: string;
  readonly created_by: string | null;
  readonly updated_ms: string;
  readonly revision: number;
  readonly experiment_id: string;
  readonly experiment_number: string;
  readonly experiment_name: string;
  readonly artifact_location: string | null;
  /** Name, last value, its time and step, least, greatest, number of points. */
  readonly metrics: readonly (readonly [string, number | string, number, number, number | string, number | string, number])[] | null;
  /** Name, digest, source type, source, schema, profile, tags of the input. */
  readonly inputs:
    readonly (readonly [string, string, string, string, string | null, string | null, Readonly<Record<string, string>>])[] | null;
  /** Role, model, its name, step. */
  readonly models: readonly (readonly ['input' | 'output', string, string | null, number])[] | null;
}

/** Everything but the evaluation, which is large and which only the page of one run shows. */
export const runColumns = `r.num, r.id, r.name, r.state, r.source, r.job_id, r.dataset_version, r.model_version, r.params, r.tags, r.lifecycle,
  floor(extract(epoch from r.deleted_at) * 1000)::bigint as deleted_ms, r.user_name, r.start_time, r.end_time,
  floor(extract(epoch from r.created_at) * 1000)::bigint as created_ms, r.created_by,
  floor(extract(epoch from r.updated_at) * 1000)::bigint as updated_ms, r.revision,
  e.id as experiment_id, e.number as experiment_number, e.name as experiment_name, e.artifact_location,
  (select json_agg(json_build_array(s.name, s.last, s.last_at, s.last_step, s.min, s.max, s.count) order by s.name)
   from metric_series s where s.run_num = r.num) as metrics,
  (select json_agg(json_build_array(d.name, d.digest, d.source_type, d.source, d.schema, d.profile, i.tags) order by d.id)
   from run_input i join input_dataset d on d.id = i.dataset_id where i.run_num = r.num) as inputs,
  (select json_agg(json_build_array(l.role, l.model_id, m.name, l.step) order by l.role, l.step, l.model_id)
   from run_model l left join logged_model m on m.id = l.model_id where l.run_num = r.num) as models`;

const byId = {
  name: 'run-by-id',
  text: `select ${runColumns} from run r join experiment e on e.number = r.experiment_number where r.id = $1`,
};
const byNums = {
  name: 'runs-by-num',
  text: `select ${runColumns} from unnest($1::bigint[]) with ordinality as wanted (num, place)
    join run r on r.num = wanted.num join experiment e on e.number = r.experiment_number order by wanted.place`,
};

export async function readRun(run: RunStatement, id: string): Promise<RunRecord | undefined> {
  return (await run<RunRecord>(byId, [id]))[0];
}

/** Runs by their numbers, in the order of these. */
export async function readRuns(run: RunStatement, nums: readonly string[]): Promise<RunRecord[]> {
  return nums.length === 0 ? [] : run<RunRecord>(byNums, [sqlArray(nums)]);
}
