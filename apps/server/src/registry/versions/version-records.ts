import { sqlArray, type RunStatement, type SqlValue } from '../../platform/database/statements.js';
import type { AdmissionState } from '../admission/admission.entity.js';
import type { Stage } from './model-version.entity.js';

/** What clients of the registry see of a version, as one statement reads it. */
export interface VersionRecord {
  readonly id: string;
  readonly model_id: string;
  readonly model: string;
  readonly number: number;
  readonly description: string;
  readonly stage: Stage;
  readonly source: string;
  readonly source_run: string;
  readonly run_link: string;
  readonly location: string;
  readonly logged_model: string | null;
  readonly object_key: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly state: AdmissionState;
  /** Why admission refused it, or why it is only kept. */
  readonly reasons: readonly { readonly message: string }[];
  readonly aliases: readonly string[];
  readonly created_ms: string;
  readonly updated_ms: string;
}

/** Over `model_version v`, its `model m` and its `admission a`. */
export const versionColumns = `v.id, v.model_id, m.name as model, v.number, v.description, v.stage, v.source, v.source_run, v.run_link,
  v.location, v.logged_model, v.object_key, v.tags, a.state, coalesce(a.report -> 'reasons', '[]') as reasons,
  array(select l.alias from alias l where l.version_id = v.id order by l.alias) as aliases,
  floor(extract(epoch from v.created_at) * 1000)::bigint as created_ms, floor(extract(epoch from v.updated_at) * 1000)::bigint as updated_ms`;
export const versionJoins = `join model m on m.id = v.model_id and m.deleted_at is null join admission a on a.version_id = v.id`;

const byNumber = {
  name: 'version-by-number',
  text: `select ${versionColumns} from model_version v ${versionJoins} where m.name = $1 and v.number = $2 and v.deleted_at is null`,
};
const byId = {
  name: 'version-by-id',
  text: `select ${versionColumns} from model_version v ${versionJoins} where v.id = $1`,
};
const byAlias = {
  name: 'version-by-alias',
  text: `select ${versionColumns} from alias n join model_version v on v.id = n.version_id ${versionJoins}
    where n.model_id = $1 and n.alias = $2 and v.deleted_at is null`,
};
/** The newest version in each stage; stages in the order in which they are met when versions are read from the first on. */
const latest = {
  name: 'versions-latest',
  text: `select ${versionColumns} from (
      select *, row_number() over (partition by model_id, stage order by number desc) as place,
        min(number) over (partition by model_id, stage) as met
      from model_version where model_id = any($1::text[]) and deleted_at is null
    ) v ${versionJoins} where v.place = 1 order by v.model_id, v.met`,
};
const newest = {
  name: 'version-newest',
  text: `select ${versionColumns} from model_version v ${versionJoins} where v.model_id = $1 and v.deleted_at is null
    order by v.number desc limit 1`,
};

const one = async (run: RunStatement, statement: { name: string; text: string }, values: readonly SqlValue[]) =>
  (await run<VersionRecord>(statement, values))[0];

/** The version of an active model with this very name. */
export const versionByNumber = (run: RunStatement, model: string, number: number): Promise<VersionRecord | undefined> =>
  one(run, byNumber, [model, number]);
export const versionById = (run: RunStatement, id: string): Promise<VersionRecord | undefined> => one(run, byId, [id]);
export const versionByAlias = (run: RunStatement, modelId: string, alias: string): Promise<VersionRecord | undefined> =>
  one(run, byAlias, [modelId, alias]);
export const newestVersion = (run: RunStatement, modelId: string): Promise<VersionRecord | undefined> => one(run, newest, [modelId]);
export const latestVersions = async (run: RunStatement, modelIds: readonly string[]): Promise<VersionRecord[]> =>
  modelIds.length === 0 ? [] : run<VersionRecord>(latest, [sqlArray(modelIds)]);
