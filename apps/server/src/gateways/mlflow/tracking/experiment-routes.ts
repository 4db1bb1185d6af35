import { Injectable } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { ExperimentsService } from '../../../experiments/experiments.service.js';
import { ExperimentEntity, type ExperimentRow } from '../../../experiments/experiment.entity.js';
import { RunInputs } from '../../../experiments/inputs/run-inputs.js';
import { ExperimentSearch } from '../../../experiments/search/experiment-search.js';
import { Database } from '../../../platform/database/database.js';
import { ProblemError } from '../../../platform/http/problem.js';
import { alreadyExists, invalid, missing, MlflowError } from '../mlflow-error.js';
import { MlflowInput, missingValue, queryInput } from '../mlflow-input.js';
import { mlflowPaths, type MlflowCall, type MlflowRoute, type MlflowRoutes } from '../mlflow-route.js';
import { checkKey, checkLength } from './names.js';
import { keyValues } from './run-answers.js';
import { lifecycleOf, refuseFilter } from './search-input.js';

const maxNameLength = 500;
const maxTagLength = 20_000;
const maxSearchResults = 50_000;

/** What `experiments/…` asks. */
@Injectable()
export class ExperimentRoutes implements MlflowRoutes {
  constructor(
    private readonly database: Database,
    private readonly experiments: ExperimentsService,
    private readonly searches: ExperimentSearch,
    private readonly inputs: RunInputs,
  ) {}

  routes(): readonly MlflowRoute[] {
    const read = 'experiments:read';
    const write = 'experiments:write';
    const datasets = (path: string): MlflowRoute => ({ method: 'POST', path, need: read, handle: (call) => this.datasets(call) });
    return [
      ...on('POST', 'experiments/create', write, (call) => this.create(call)),
      ...on('GET', 'experiments/get', read, (call) => this.get(call)),
      ...on('GET', 'experiments/get-by-name', read, (call) => this.getByName(call)),
      ...on('POST', 'experiments/update', write, (call) => this.rename(call)),
      ...on('POST', 'experiments/delete', write, (call) => this.setLifecycle(call, 'deleted')),
      ...on('POST', 'experiments/restore', write, (call) => this.setLifecycle(call, 'active')),
      ...on('POST', 'experiments/set-experiment-tag', write, (call) => this.setTag(call)),
      ...on('POST', 'experiments/delete-experiment-tag', write, (call) => this.deleteTag(call)),
      ...on('POST', 'experiments/search', read, (call) => this.search(new MlflowInput(call.input))),
      ...on('GET', 'experiments/search', read, (call) => this.search(queryInput(call.input, ['order_by']))),
      ...on('POST', 'experiments/search-datasets', read, (call) => this.datasets(call)),
      // Clients put this address together without the slash.
      datasets('/api/2.0mlflow/experiments/search-datasets'),
      datasets('/ajax-api/2.0mlflow/experiments/search-datasets'),
    ];
  }

  private async create({ actor, input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const name = fields.requiredText('name');
    const location = fields.text('artifact_location') ?? '';
    const tags = Object.fromEntries(
      fields.objects('tags').map((tag): [string, string] => [checkedTagKey(tag), checkedTagValue(tag.text('value') ?? '')]),
    );
    checkLength(name, maxNameLength, 'name');
    if (/[#;]/.test(location)) throw invalid(`'artifact_location' URL can't include fragments or params.`);
    const artifactLocation = location === '' || location.startsWith('mlflow-artifacts:') ? null : location;
    const row = await this.database.transaction((em) => this.experiments.insert(em, actor, { name, tags, artifactLocation }));
    if (!row) throw alreadyExists(`Experiment(name=${name}) already exists.`);
    return { experiment_id: String(row.number) };
  }

  private async get({ input }: MlflowCall): Promise<object> {
    const id = queryInput(input).requiredText('experiment_id');
    return { experiment: experimentAnswer(await this.database.read((em) => findExperiment(em, id))) };
  }

  private async getByName({ input }: MlflowCall): Promise<object> {
    const name = queryInput(input).requiredText('experiment_name');
    const row = await this.database.read((em) => em.findOne(ExperimentEntity, { name }));
    if (!row) throw missing(`Could not find experiment with name '${name}'`);
    return { experiment: experimentAnswer(row) };
  }

  private async rename({ actor, input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const id = fields.requiredText('experiment_id');
    const name = fields.requiredText('new_name');
    checkLength(name, maxNameLength, 'name');
    try {
      await this.database.transaction(async (em) => {
        const row = await findExperiment(em, id);
        if (row.lifecycle === 'deleted') throw new MlflowError('BAD_REQUEST', 'Cannot rename a non-active experiment.');
        await this.experiments.change(em, actor, row, { name, tags: {} });
      });
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'name_taken')
        throw new MlflowError('BAD_REQUEST', `There is an experiment named ${name} already.`);
      throw error;
    }
    return {};
  }

  private async setLifecycle({ actor, input }: MlflowCall, to: 'active' | 'deleted'): Promise<object> {
    const id = new MlflowInput(input).requiredText('experiment_id');
    await this.database.transaction(async (em) => {
      const row = await findExperiment(em, id);
      if (row.lifecycle === to) throw missing(`No Experiment with id=${id} exists`);
      await this.experiments.setLifecycle(em, actor, row, to);
    });
    return {};
  }

  private async setTag({ actor, input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const id = fields.requiredText('experiment_id');
    const key = fields.requiredText('key');
    const value = fields.text('value') ?? '';
    checkKey(key, 'key', 'key');
    checkedTagValue(value);
    await this.changeTags(actor, id, { [key]: value });
    return {};
  }

  private async deleteTag({ actor, input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const id = fields.requiredText('experiment_id');
    const key = fields.requiredText('key');
    await this.database.transaction(async (em) => {
      const row = await findActive(em, id);
      if (!Object.hasOwn(row.tags, key)) throw missing(`No tag with name: ${key} in experiment with id ${id}`);
      await this.experiments.change(em, actor, row, { tags: { [key]: null } });
    });
    return {};
  }

  private async changeTags(actor: MlflowCall['actor'], id: string, tags: Readonly<Record<string, string>>): Promise<void> {
    await this.database.transaction(async (em) => this.experiments.change(em, actor, await findActive(em, id), { tags }));
  }

  private async search(fields: MlflowInput): Promise<object> {
    const limit = Number(fields.integer('max_results') ?? 0);
    if (limit <= 0) throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`);
    if (limit > maxSearchResults)
      throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be at most ${maxSearchResults}`);
    const lifecycle = lifecycleOf(fields.text('view_type'));
    const filter = fields.text('filter') ?? '';
    const orderBy = fields.texts('order_by');
    const token = fields.text('page_token');
    const page = await refuseFilter(() => this.searches.page({ filter, orderBy, lifecycle, limit, cursor: token || undefined }));
    return {
      ...(page.rows.length === 0 ? {} : { experiments: page.rows.map(experimentAnswer) }),
      ...(page.next === null ? {} : { next_page_token: page.next }),
    };
  }

  private async datasets({ input }: MlflowCall): Promise<object> {
    const experiments = new MlflowInput(input).texts('experiment_ids');
    if (experiments.length === 0) throw invalid('SearchDatasets request must specify at least one experiment_id.');
    const found = await this.inputs.datasets(experiments.filter((id) => /^\d{1,18}$/.test(id)));
    if (found.length === 0) return {};
    return {
      dataset_summaries: found.map(({ experiment, name, digest, context }) => ({
        experiment_id: experiment,
        name,
        digest,
        ...(context === null ? {} : { context }),
      })),
    };
  }
}

const on = (
  method: MlflowRoute['method'],
  path: string,
  need: MlflowRoute['need'],
  handle: (call: MlflowCall) => Promise<object>,
): MlflowRoute[] => mlflowPaths(path).map((whole) => ({ method, path: whole, need, handle }));

function checkedTagKey(tag: MlflowInput): string {
  const key = tag.text('key');
  if (key === undefined || key === '') throw missingValue('key');
  checkKey(key, 'key', 'key');
  return key;
}

function checkedTagValue(value: string): string {
  checkLength(value, maxTagLength, 'value');
  return value;
}

/** @throws MlflowError when the text is no number, or there is no such experiment */
export async function findExperiment(em: EntityManager, id: string): Promise<ExperimentRow> {
  if (!/^-?\d+$/.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
  const row = id.length > 18 ? null : await em.findOne(ExperimentEntity, { number: Number(id) });
  if (!row) throw missing(`No Experiment with id=${id} exists`);
  return row;
}

async function findActive(em: EntityManager, id: string): Promise<ExperimentRow> {
  const row = await findExperiment(em, id);
  if (row.lifecycle === 'deleted') throw invalid(`The experiment ${id} must be in the 'active' state. Current state is deleted.`);
  return row;
}

function experimentAnswer(row: ExperimentRow): object {
  const tags = keyValues(row.tags);
  return {
    experiment_id: String(row.number),
    name: row.name,
    artifact_location: row.artifactLocation ?? `mlflow-artifacts:/${row.number}`,
    lifecycle_stage: row.lifecycle,
    last_update_time: row.updatedAt.getTime(),
    creation_time: row.createdAt.getTime(),
    ...(tags.length === 0 ? {} : { tags }),
    workspace: 'default',
  };
}
