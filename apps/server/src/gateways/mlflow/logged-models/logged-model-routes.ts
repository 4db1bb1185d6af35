import { Injectable } from '@nestjs/common';
import { ArtifactFiles } from '../../../experiments/artifacts/artifact-files.js';
import { ArtifactRoots } from '../../../experiments/artifacts/artifact-roots.js';
import { checkArtifactPath } from '../../../experiments/artifacts/artifact-path.js';
import { artifactUriOfModel, type LoggedModelRecord } from '../../../experiments/logged-models/logged-model-record.js';
import { LoggedModelSearch } from '../../../experiments/logged-models/logged-model-search.js';
import { LoggedModelsService } from '../../../experiments/logged-models/logged-models.service.js';
import { mlflowIdOf, runIdOf } from '../../../experiments/runs/run-ids.js';
import { byName, described } from '../artifacts/artifact-answers.js';
import { invalid, MlflowError } from '../mlflow-error.js';
import { missingValue, MlflowInput, queryInput } from '../mlflow-input.js';
import { mlflowPaths, type MlflowCall, type MlflowRoute, type MlflowRoutes } from '../mlflow-route.js';
import { doubleOf } from '../tracking/run-answers.js';
import { refuseFilter } from '../tracking/search-input.js';

const states = {
  LOGGED_MODEL_PENDING: 'pending',
  LOGGED_MODEL_READY: 'ready',
  LOGGED_MODEL_UPLOAD_FAILED: 'upload_failed',
} as const;
const isState = (text: string): text is keyof typeof states => Object.hasOwn(states, text);
const defaultLimit = 50;
const mostModels = 1000;

/** `logged-models`: what clients 3.x log models with. */
@Injectable()
export class LoggedModelRoutes implements MlflowRoutes {
  constructor(
    private readonly models: LoggedModelsService,
    private readonly search: LoggedModelSearch,
    private readonly files: ArtifactFiles,
    private readonly roots: ArtifactRoots,
  ) {}

  routes(): readonly MlflowRoute[] {
    const on = (
      method: MlflowRoute['method'],
      path: string,
      need: MlflowRoute['need'],
      handle: (call: MlflowCall) => Promise<object>,
    ): MlflowRoute[] => mlflowPaths(`logged-models${path}`).map((full) => ({ method, path: full, need, handle }));
    const read = 'experiments:read';
    const write = 'experiments:write';
    return [
      ...on('POST', '', write, (call) => this.create(new MlflowInput(call.input))),
      ...on('POST', '/search', read, (call) => this.find(new MlflowInput(call.input))),
      ...on('GET', '/:id', read, (call) => this.get(idOf(call), queryInput(call.input))),
      ...on('PATCH', '/:id', write, (call) => this.finish(new MlflowInput(call.input))),
      ...on('DELETE', '/:id', write, async (call) => (await this.models.remove(idOf(call)), {})),
      ...on(
        'PATCH',
        '/:id/tags',
        write,
        async (call) => (await this.models.setTags(idOf(call), pairs(new MlflowInput(call.input), 'tags')), {}),
      ),
      ...on('DELETE', '/:id/tags/:key', write, async (call) => (await this.models.deleteTag(idOf(call), call.params['key'] ?? ''), {})),
      ...on('POST', '/:id/params', write, (call) => this.addParams(idOf(call), new MlflowInput(call.input))),
      ...on('GET', '/:id/artifacts/directories', read, (call) => this.list(idOf(call), queryInput(call.input))),
    ];
  }

  private async create(input: MlflowInput): Promise<object> {
    const experimentNumber = input.requiredText('experiment_id');
    const name = input.text('name') ?? '';
    if (/[/:.%"']/.test(name)) {
      throw invalid(
        `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
      );
    }
    const model = await this.models.create({
      experimentNumber,
      name,
      modelType: input.text('model_type') ?? '',
      sourceRun: input.text('source_run_id') || null,
      params: pairs(input, 'params'),
      tags: pairs(input, 'tags'),
    });
    return { model: toAnswer(model) };
  }

  private async get(id: string, query: MlflowInput): Promise<object> {
    const deletedToo = /^true$/i.test(query.text('allow_deleted') ?? '');
    return { model: toAnswer(await this.models.get(id, deletedToo)) };
  }

  /** Acts on the model that the body names, as MLflow's own server does. */
  private async finish(input: MlflowInput): Promise<object> {
    const id = input.requiredText('model_id');
    const status = input.requiredText('status');
    if (!isState(status))
      throw invalid(`Invalid value '${status}' for parameter 'status': it must be one of ${Object.keys(states).join(', ')}.`);
    return { model: toAnswer(await this.models.finish(id, states[status])) };
  }

  private async addParams(id: string, input: MlflowInput): Promise<object> {
    try {
      await this.models.addParams(id, pairs(input, 'params'));
      return {};
    } catch (error) {
      // What changes a parameter is a bad request in MLflow's words, not an invalid value.
      if (error instanceof Error && 'code' in error && error.code === 'validation_failed')
        throw new MlflowError('BAD_REQUEST', error.message);
      throw error;
    }
  }

  private async find(input: MlflowInput): Promise<object> {
    const experiments = input.texts('experiment_ids');
    if (experiments.length === 0) throw missingValue('experiment_ids');
    const limit = Number(input.integer('max_results') ?? defaultLimit);
    const found = await refuseFilter(() =>
      this.search.find({
        experiments: experiments.filter((number) => /^\d{1,15}$/.test(number)).map(Number),
        filter: input.text('filter') ?? '',
        datasets: input
          .objects('datasets')
          .map((dataset) => ({ name: dataset.requiredText('dataset_name'), digest: dataset.text('dataset_digest') })),
        order: input.objects('order_by').map((term) => ({
          field: term.requiredText('field_name'),
          ascending: term.flag('ascending') !== false,
          dataset: term.text('dataset_name'),
          digest: term.text('dataset_digest'),
        })),
        limit: limit >= 1 && limit <= mostModels ? limit : defaultLimit,
        pageToken: input.text('page_token') ?? '',
      }),
    );
    return {
      ...(found.models.length > 0 && { models: found.models.map(toAnswer) }),
      ...(found.nextPageToken !== null && { next_page_token: found.nextPageToken }),
    };
  }

  private async list(id: string, query: MlflowInput): Promise<object> {
    const path = checkArtifactPath(query.text('artifact_directory_path') ?? '').replace(/\/+$/, '');
    const root = await this.roots.ofLoggedModel(id);
    if (root.folder === null) return { root_uri: root.uri };
    const { entries } = await this.files.list(path === '' ? root.folder : `${root.folder}/${path}`);
    const files = byName(entries).map((entry) => described(entry, path === '' ? '' : `${path}/`));
    return { root_uri: root.uri, ...(files.length > 0 && { files }) };
  }
}

const idOf = ({ params }: MlflowCall): string => params['id'] ?? '';

function pairs(input: MlflowInput, name: 'params' | 'tags'): Record<string, string> {
  return Object.fromEntries(input.objects(name).map((pair) => [pair.requiredText('key'), pair.text('value') ?? '']));
}

const listOf = (pairsOf: Readonly<Record<string, string>>): object[] =>
  Object.entries(pairsOf)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, value }));

function toAnswer(model: LoggedModelRecord): object {
  const params = listOf(model.params);
  const tags = listOf(model.tags);
  const metrics = model.metrics.map(([key, value, timestamp, step, run, dataset, digest]) => ({
    key,
    value: doubleOf(value === 'NaN' || value.endsWith('Infinity') ? value : Number(value)),
    timestamp: Number(timestamp),
    step: Number(step),
    ...(dataset !== null && { dataset_name: dataset }),
    ...(digest !== null && { dataset_digest: digest }),
    model_id: model.id,
    run_id: clientRun(run),
  }));
  return {
    info: {
      model_id: model.id,
      experiment_id: model.experiment_number,
      name: model.name,
      creation_timestamp_ms: Number(model.created_ms),
      last_updated_timestamp_ms: Number(model.updated_ms),
      artifact_uri: artifactUriOfModel(model),
      status: `LOGGED_MODEL_${model.state.toUpperCase()}`,
      model_type: model.model_type,
      source_run_id: clientRun(model.source_run ?? ''),
      ...(tags.length > 0 && { tags }),
    },
    data: { ...(params.length > 0 && { params }), ...(metrics.length > 0 && { metrics }) },
  };
}

/** A run as clients name it. */
function clientRun(run: string): string {
  const id = runIdOf(run);
  return id === undefined ? run : mlflowIdOf(id);
}
