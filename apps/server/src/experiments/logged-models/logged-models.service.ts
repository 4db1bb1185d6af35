import { looseNumber, type LoggedModel, type LoggedModelPage } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { sqlArray, Statements } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { ArtifactFiles } from '../artifacts/artifact-files.js';
import { runIdOf } from '../runs/run-ids.js';
import { madeUpName } from '../runs/run-names.js';
import { artifactUriOfModel, readLoggedModels, type LoggedModelRecord } from './logged-model-record.js';
import { LoggedModelSearch } from './logged-model-search.js';

export interface NewLoggedModel {
  readonly experimentNumber: string;
  /** Made up when it is empty. */
  readonly name: string;
  readonly modelType: string;
  readonly sourceRun: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

const notThere = (id: string) => problem('not_found', { detail: `Logged model with ID '${id}' not found.` });

/** Models that clients log: folders of artifacts with parameters and measurements of their own. */
@Injectable()
export class LoggedModelsService {
  constructor(
    private readonly statements: Statements,
    private readonly search: LoggedModelSearch,
    private readonly files: ArtifactFiles,
  ) {}

  /** @throws `not_found` for an experiment that is not there or deleted */
  async create(model: NewLoggedModel): Promise<LoggedModelRecord> {
    const id = `m-${randomBytes(16).toString('hex')}`;
    const number = /^\d{1,18}$/.test(model.experimentNumber) ? model.experimentNumber : '-1';
    const made = await this.statements.run(
      {
        name: 'logged-model-create',
        text: `insert into logged_model (id, experiment_number, name, state, model_type, source_run, params, tags, created_ms, updated_ms)
               select $1, e.number, $3, 'pending', $4, $5, $6::jsonb, $7::jsonb, $8::bigint, $8::bigint
               from experiment e where e.number = $2::bigint and e.lifecycle = 'active' returning id`,
      },
      [
        id,
        number,
        model.name === '' ? madeUpName() : model.name,
        model.modelType,
        model.sourceRun,
        JSON.stringify(model.params),
        JSON.stringify(model.tags),
        Date.now(),
      ],
    );
    if (made.length === 0) throw problem('not_found', { detail: `No Experiment with id=${model.experimentNumber} exists` });
    return this.get(id);
  }

  /** @throws `not_found`, also for a deleted one unless those are wanted too */
  async get(id: string, deletedToo = false): Promise<LoggedModelRecord> {
    const [model] = await readLoggedModels(this.statements.run, [id]);
    if (!model || (model.lifecycle === 'deleted' && !deletedToo)) throw notThere(id);
    return model;
  }

  /** @throws `not_found` */
  async finish(id: string, state: LoggedModelRecord['state']): Promise<LoggedModelRecord> {
    const rows = await this.statements.run(
      { text: `update logged_model set state = $2, updated_ms = $3 where id = $1 and lifecycle = 'active' returning id` },
      [id, state, Date.now()],
    );
    if (rows.length === 0) throw notThere(id);
    return this.get(id);
  }

  /** Tags overwrite. @throws `not_found` */
  async setTags(id: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const rows = await this.statements.run({ text: 'update logged_model set tags = tags || $2::jsonb where id = $1 returning id' }, [
      id,
      JSON.stringify(tags),
    ]);
    if (rows.length === 0) throw notThere(id);
  }

  /** @throws `not_found` for a model or a tag that is not there */
  async deleteTag(id: string, key: string): Promise<void> {
    const model = await this.get(id, true);
    const rows = await this.statements.run(
      { text: 'update logged_model set tags = tags - $2 where id = $1 and jsonb_exists(tags, $2) returning id' },
      [id, key],
    );
    if (rows.length === 0) throw problem('not_found', { detail: `No tag with key '${key}' found for model with ID '${model.id}'.` });
  }

  /** Parameters are written once. @throws `not_found`, `validation_failed` for one that is there already */
  async addParams(id: string, params: Readonly<Record<string, string>>): Promise<void> {
    await this.get(id);
    const rows = await this.statements.run(
      {
        text: `update logged_model set params = params || $2::jsonb where id = $1 and not jsonb_exists_any(params, $3::text[]) returning id`,
      },
      [id, JSON.stringify(params), sqlArray(Object.keys(params))],
    );
    if (rows.length > 0) return;
    throw problem('validation_failed', {
      detail: `One of the parameters ${Object.keys(params).join(', ')} is there already; a parameter of a logged model does not change.`,
    });
  }

  /** Deleting it again is no fault. @throws `not_found` for one that never was */
  async remove(id: string): Promise<void> {
    await this.get(id, true);
    await this.statements.run(
      { text: `update logged_model set lifecycle = 'deleted', deleted_at = now() where id = $1 and lifecycle = 'active'` },
      [id],
    );
  }

  /** One model for the console. */
  async describe(id: string): Promise<LoggedModel> {
    return this.toLoggedModel(await this.get(id, true));
  }

  /** Models of an experiment, newest first. */
  async ofExperiment(number: number, page: { readonly limit: number; readonly cursor: string }): Promise<LoggedModelPage> {
    const found = await this.search.find({
      experiments: [number],
      filter: '',
      datasets: [],
      order: [],
      limit: page.limit,
      pageToken: page.cursor,
    });
    return {
      data: await Promise.all(found.models.map((model) => this.toLoggedModel(model))),
      nextCursor: found.nextPageToken,
      totalEstimate: null,
    };
  }

  private async toLoggedModel(model: LoggedModelRecord): Promise<LoggedModel> {
    const uri = artifactUriOfModel(model);
    const folder = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(uri)?.[1];
    const files = folder === undefined ? [] : await this.files.below(folder);
    const run = model.source_run === null ? null : (runIdOf(model.source_run) ?? null);
    return {
      id: model.id,
      name: model.name,
      experiment: { id: model.experiment_id, name: model.experiment_name, number: Number(model.experiment_number) },
      run,
      state: model.state,
      lifecycle: model.lifecycle,
      modelType: model.model_type,
      params: model.params,
      metrics: model.metrics.map(([name, value, , step, measuredIn, dataset]) => ({
        name,
        value: looseNumber(Number(value)),
        step: Number(step),
        run: runIdOf(measuredIn) ?? null,
        dataset,
      })),
      tags: model.tags,
      versions: versionsIn(model.tags['mlflow.modelVersions']),
      sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
      createdAt: new Date(Number(model.created_ms)).toISOString(),
      updatedAt: new Date(Number(model.updated_ms)).toISOString(),
    };
  }
}

/** What the model is registered as, by the tag that the registry and the clients keep. */
function versionsIn(tag: string | undefined): LoggedModel['versions'] {
  let listed: unknown;
  try {
    listed = JSON.parse(tag ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(listed)) return [];
  const versions = new Map<string, LoggedModel['versions'][number]>();
  for (const entry of listed) {
    if (typeof entry !== 'object' || entry === null || !('name' in entry) || !('version' in entry)) continue;
    const version = Number(entry.version);
    if (Number.isInteger(version)) versions.set(`${String(entry.name)}@${version}`, { model: String(entry.name), version });
  }
  return [...versions.values()];
}
