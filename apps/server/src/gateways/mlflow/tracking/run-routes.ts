import { Injectable } from '@nestjs/common';
import { RunsService } from '../../../experiments/runs.service.js';
import { madeUpName } from '../../../experiments/runs/run-names.js';
import { runIdOf } from '../../../experiments/runs/run-ids.js';
import { RunReader } from '../../../experiments/runs/run-reader.js';
import { RunWriter } from '../../../experiments/runs/run-writer.js';
import { RunSearch } from '../../../experiments/search/run-search.js';
import { Database } from '../../../platform/database/database.js';
import { invalid, missing, MlflowError } from '../mlflow-error.js';
import { MlflowInput, missingValue, queryInput, wrongValue } from '../mlflow-input.js';
import { mlflowPaths, RawJson, type MlflowCall, type MlflowRoute, type MlflowRoutes } from '../mlflow-route.js';
import { checkKey, checkLength, maxKeyLength } from './names.js';
import { keyValues, refused, runAnswer, runInfo, runMissing, stateOf } from './run-answers.js';
import { lifecycleOf, refuseFilter } from './search-input.js';

const nameTag = 'mlflow.runName';
const maxTagLength = 8000;
const defaultResults = 1000;
const maxResults = 50_000;
export const nothing = new RawJson('{}');

/** What `runs/…` asks, but for what is logged. */
@Injectable()
export class RunRoutes implements MlflowRoutes {
  constructor(
    private readonly database: Database,
    private readonly runs: RunsService,
    private readonly reader: RunReader,
    private readonly writer: RunWriter,
    private readonly searches: RunSearch,
  ) {}

  routes(): readonly MlflowRoute[] {
    const read = 'experiments:read';
    const write = 'experiments:write';
    return [
      ...on('POST', 'runs/create', write, (call) => this.create(call)),
      ...on('GET', 'runs/get', read, (call) => this.get(call)),
      ...on('POST', 'runs/update', write, (call) => this.update(call)),
      ...on('POST', 'runs/delete', write, (call) => this.setLifecycle(call, 'deleted')),
      ...on('POST', 'runs/restore', write, (call) => this.setLifecycle(call, 'active')),
      ...on('POST', 'runs/search', read, (call) => this.search(call)),
      ...on('POST', 'runs/set-tag', write, (call) => this.setTag(call)),
      ...on('POST', 'runs/delete-tag', write, (call) => this.deleteTag(call)),
    ];
  }

  private async create({ actor, input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const experiment = fields.text('experiment_id') ?? '';
    const user = fields.text('user_id') ?? '';
    const startTime = fields.integer('start_time') ?? 0;
    const given = fields.text('run_name') ?? '';
    const tags = tagsOf(fields);
    if (experiment === '') throw new MlflowError('BAD_REQUEST', 'An experiment_id is needed to create a run.');
    if (!/^-?\d+$/.test(experiment)) throw invalid(`Invalid experiment ID '${experiment}'. Experiment ID must be a valid integer.`);
    if (experiment.length > 18) throw missing(`No Experiment with id=${experiment} exists`);
    const tagged = tags[nameTag] ?? '';
    if (given !== '' && tagged !== '' && given !== tagged)
      throw invalid(
        `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given}', mlflow.runName='${tagged}').`,
      );
    const name = given || tagged || madeUpName();
    const allTags = { ...tags, [nameTag]: name };
    const made = await this.writer.create(actor, { experiment, name, user, startTime: String(startTime), tags: allTags });
    if ('kind' in made) {
      if (made.kind === 'missing') throw missing(`No Experiment with id=${experiment} exists`);
      throw invalid(`The experiment ${experiment} must be in the 'active' state. Current state is deleted.`);
    }
    const info = runInfo({
      ...made,
      name,
      user_name: user,
      state: 'running',
      start_time: String(startTime),
      end_time: null,
      lifecycle: 'active',
    });
    return { run: { info, data: { tags: keyValues(allTags) }, inputs: {} } };
  }

  private async get({ input }: MlflowCall): Promise<object> {
    const given = runIdIn(queryInput(input));
    const run = await this.reader.read(given.id);
    if (!run) throw runMissing(given.text);
    return { run: runAnswer(run) };
  }

  private async update({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const { id, text } = runIdIn(fields);
    const state = stateOf(fields.has('status') ? String(fields.text('status')) : undefined);
    const endTime = fields.integer('end_time');
    const name = fields.text('run_name');
    const refusal = await this.writer.setInfo(id, { state, endTime: endTime === undefined ? undefined : String(endTime), name });
    if (refusal) throw refused(refusal, text);
    const run = await this.reader.read(id);
    if (!run) throw runMissing(text);
    return { run_info: runInfo(run) };
  }

  private async setLifecycle({ actor, input }: MlflowCall, to: 'active' | 'deleted'): Promise<object> {
    const { id, text } = runIdIn(new MlflowInput(input));
    if (!(await this.reader.exists(id))) throw runMissing(text);
    await this.database.transaction((em) => this.runs.setLifecycle(em, actor, [id], to));
    return nothing;
  }

  private async setTag({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const { id, text } = runIdIn(fields);
    const key = fields.requiredText('key');
    const value = fields.text('value') ?? '';
    checkKey(key, 'key', 'key');
    const refusal = await this.writer.setTags(id, { [key]: value.slice(0, maxTagLength) });
    if (refusal) throw refused(refusal, text);
    return nothing;
  }

  private async deleteTag({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const { id, text } = runIdIn(fields);
    const key = fields.requiredText('key');
    const removed = await this.writer.removeTag(id, key.replaceAll('\u0000', ''));
    if (typeof removed === 'object') throw refused(removed, text);
    if (!removed) throw missing(`No tag with name: ${key} in run with id ${text}`);
    return nothing;
  }

  private async search({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const experiments = fields.texts('experiment_ids');
    const filter = fields.text('filter') ?? '';
    const orderBy = fields.texts('order_by');
    const lifecycle = lifecycleOf(typeof input['run_view_type'] === 'string' ? input['run_view_type'] : undefined);
    const limit = Number(fields.integer('max_results') ?? defaultResults);
    if (limit <= 0) throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer`);
    if (limit > maxResults) throw wrongValue('max_results', limit);
    const token = fields.text('page_token') || undefined;
    for (const id of experiments)
      if (!/^-?\d+$/.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
    const page = await refuseFilter(() => {
      const query = this.searches.parse(filter, orderBy);
      return this.searches.records({ ...query, experiments: experiments.filter((id) => id.length <= 18), lifecycle }, limit, token);
    });
    return {
      ...(page.records.length === 0 ? {} : { runs: page.records.map(runAnswer) }),
      ...(page.next === null ? {} : { next_page_token: page.next }),
    };
  }
}

export const on = (
  method: MlflowRoute['method'],
  path: string,
  need: MlflowRoute['need'],
  handle: (call: MlflowCall) => Promise<object>,
): MlflowRoute[] => mlflowPaths(path).map((whole) => ({ method, path: whole, need, handle }));

/** The run of a request, by its newer or its older name: our id of it, and the text that the client sent. */
export function runIdIn(fields: MlflowInput): { readonly id: string; readonly text: string } {
  const text = fields.text('run_id') || fields.text('run_uuid');
  if (!text) throw missingValue('run_id');
  return { id: runIdOf(text) ?? '', text };
}

/** Tags of a new run. What is no list of tags is passed over, as MLflow's server does. */
function tagsOf(fields: MlflowInput): Record<string, string> {
  let tags: MlflowInput[];
  try {
    tags = fields.objects('tags');
  } catch {
    return {};
  }
  return Object.fromEntries(
    tags.map((tag): [string, string] => {
      // Unlike a tag that is set later, one of a new run may have any name.
      const key = (tag.text('key') ?? '').replaceAll('\u0000', '');
      checkLength(key, maxKeyLength, 'key');
      return [key, (tag.text('value') ?? '').slice(0, maxTagLength)];
    }),
  );
}
