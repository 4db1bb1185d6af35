import { sqlArray, type RunStatement } from '../../platform/database/statements.js';
import { latestVersions, type VersionRecord } from '../versions/version-records.js';

/** What clients of the registry see of a model. */
export interface ModelRecord {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly created_ms: string;
  readonly updated_ms: string;
  readonly aliases: readonly { readonly alias: string; readonly version: number }[];
}
export interface ModelWithLatest extends ModelRecord {
  /** The newest version in each stage. */
  readonly latest: readonly VersionRecord[];
}

/** Over `model m`. */
export const modelColumns = `m.id, m.name, m.description, m.tags,
  floor(extract(epoch from m.created_at) * 1000)::bigint as created_ms, floor(extract(epoch from m.updated_at) * 1000)::bigint as updated_ms,
  coalesce((select json_agg(json_build_object('alias', l.alias, 'version', l.number) order by l.alias) from alias l where l.model_id = m.id), '[]') as aliases`;

const byName = { name: 'model-by-name', text: `select ${modelColumns} from model m where m.name = $1 and m.deleted_at is null` };
const byIds = { name: 'models-by-id', text: `select ${modelColumns} from model m where m.id = any($1::text[])` };

/** The active model with this very name. */
export async function modelByName(run: RunStatement, name: string): Promise<ModelRecord | undefined> {
  return (await run<ModelRecord>(byName, [name]))[0];
}

/** Models with their newest versions, in the order of the ids. */
export async function modelsWithLatest(run: RunStatement, ids: readonly string[]): Promise<ModelWithLatest[]> {
  if (ids.length === 0) return [];
  const rows = await run<ModelRecord>(byIds, [sqlArray(ids)]);
  const versions = await latestVersions(run, ids);
  return ids.flatMap((id) => {
    const row = rows.find((one) => one.id === id);
    return row ? [{ ...row, latest: versions.filter((version) => version.model_id === id) }] : [];
  });
}
