import { Injectable } from '@nestjs/common';
import { RunInputs, type GivenDataset, type ModelLink } from '../../../experiments/inputs/run-inputs.js';
import { MetricWriter } from '../../../experiments/metrics/metric-writer.js';
import { RunLogger, type LoggedPoint } from '../../../experiments/metrics/run-logger.js';
import { RunReader } from '../../../experiments/runs/run-reader.js';
import { RunWriter } from '../../../experiments/runs/run-writer.js';
import { invalid, MlflowError } from '../mlflow-error.js';
import { MlflowInput, missingValue } from '../mlflow-input.js';
import type { MlflowCall, MlflowRoute, MlflowRoutes } from '../mlflow-route.js';
import { checkKey, checkLength, checkRunId } from './names.js';
import { pythonJson } from './python-json.js';
import { refused, runMissing } from './run-answers.js';
import { nothing, on, runIdIn } from './run-routes.js';

const maxParamLength = 6000;
const maxTagLength = 8000;
const limits = { metrics: 1000, params: 100, tags: 100, all: 1000 };
const datasetLimits = { name: 500, digest: 36, source: 65_535, schema: 1_048_575, profile: 16_777_215 } as const;
const inputTagLimits = { key: 255, value: 500 };
const historyTag = 'mlflow.log-model.history';
const modelFields = ['run_id', 'artifact_path', 'utc_time_created', 'flavors'];

/** What is logged to runs: metrics, parameters, batches, inputs, outputs, models. */
@Injectable()
export class LoggingRoutes implements MlflowRoutes {
  constructor(
    private readonly metrics: MetricWriter,
    private readonly logger: RunLogger,
    private readonly writer: RunWriter,
    private readonly reader: RunReader,
    private readonly inputs: RunInputs,
  ) {}

  routes(): readonly MlflowRoute[] {
    const write = 'experiments:write';
    return [
      ...on('POST', 'runs/log-metric', write, (call) => this.logMetric(call)),
      ...on('POST', 'runs/log-parameter', write, (call) => this.logParameter(call)),
      ...on('POST', 'runs/log-batch', write, (call) => this.logBatch(call)),
      ...on('POST', 'runs/log-inputs', write, (call) => this.logInputs(call)),
      ...on('POST', 'runs/outputs', write, (call) => this.logOutputs(call)),
      ...on('POST', 'runs/log-model', write, (call) => this.logModel(call)),
    ];
  }

  private async logMetric({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const { id, text } = runIdIn(fields);
    const point = pointIn(fields, '', 'name');
    if (point.model !== undefined) return this.logTogether(id, text, [point], {}, {});
    if (!(await this.metrics.add(id, [point]))) throw refused(await this.writer.whyNot(id), text);
    return nothing;
  }

  private async logParameter({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const { id, text } = runIdIn(fields);
    const key = fields.requiredText('key');
    const value = fields.text('value') ?? '';
    checkKey(key, 'Param key', 'key');
    const refusal = await this.logger.log(id, [], { [key]: value.slice(0, maxParamLength) }, {});
    if (refusal === 'no_model' || refusal === null) return nothing;
    throw refused(refusal, text);
  }

  private async logBatch({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const text = fields.requiredText('run_id');
    const given = { params: fields.objects('params'), tags: fields.objects('tags') };
    const points = pointsIn(fields);
    const params = given.params.map((param, index): [string, string] => [
      requiredKey(param, `params[${index}].key`),
      param.text('value') ?? '',
    ]);
    const tags = given.tags.map((tag, index): [string, string] => [requiredKey(tag, `tags[${index}].key`), tag.text('value') ?? '']);
    checkRunId(text);
    for (const [index, [key]] of params.entries()) checkKey(key, 'Param key', `params[${index}].key`);
    for (const [index, [key]] of tags.entries()) checkKey(key, `tags[${index}].key`, `tags[${index}].key`);
    checkLimits({ metrics: points.length, params: params.length, tags: tags.length });
    const repeated = [...new Set(params.map(([key]) => key).filter((key, index, keys) => keys.indexOf(key) !== index))];
    if (repeated.length > 0)
      throw invalid(
        `Duplicate parameter keys have been submitted: [${repeated.map((key) => `'${key}'`).join(', ')}]. Please ensure the request contains only one param value per param key.`,
      );
    const { id } = runIdIn(fields);
    if (params.length === 0 && tags.length === 0 && !points.some((point) => point.model !== undefined)) {
      if (!(await this.metrics.add(id, points))) throw refused(await this.writer.whyNot(id), text);
      return nothing;
    }
    return this.logTogether(
      id,
      text,
      points,
      Object.fromEntries(params.map(([key, value]) => [key, value.slice(0, maxParamLength)])),
      Object.fromEntries(tags.map(([key, value]) => [key, value.slice(0, maxTagLength)])),
      true,
    );
  }

  private async logTogether(
    id: string,
    text: string,
    points: readonly LoggedPoint[],
    params: Readonly<Record<string, string>>,
    tags: Readonly<Record<string, string>>,
    many = false,
  ): Promise<object> {
    const refusal = await this.logger.log(id, points, params, tags);
    if (refusal === null) return nothing;
    if (refusal === 'no_model') throw new MlflowError('BAD_REQUEST', 'A metric names a logged model that does not exist.');
    throw refused(refusal, text, many);
  }

  private async logInputs({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const { id, text } = runIdIn(fields);
    const datasets = fields.objects('datasets').map(datasetIn);
    const models = fields.objects('models').map((model): ModelLink => ({ id: model.text('model_id') ?? '', role: 'input', step: '0' }));
    return this.note(id, text, datasets, models);
  }

  private async logOutputs({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const { id, text } = runIdIn(fields);
    if (!fields.has('models')) throw missingValue('models');
    const models = fields
      .objects('models')
      .map((model): ModelLink => ({ id: model.text('model_id') ?? '', role: 'output', step: String(model.integer('step') ?? 0) }));
    return this.note(id, text, [], models);
  }

  private async note(id: string, text: string, datasets: readonly GivenDataset[], models: readonly ModelLink[]): Promise<object> {
    const kind = await this.inputs.add(id, datasets, models);
    if (kind) throw refused({ kind }, text);
    return nothing;
  }

  /** Clients of MLflow 2 note each model that they log in a tag of the run. */
  private async logModel({ input }: MlflowCall): Promise<object> {
    const fields = new MlflowInput(input);
    const { id, text } = runIdIn(fields);
    const model = modelIn(fields.requiredText('model_json'));
    const run = await this.reader.read(id);
    if (!run) throw runMissing(text);
    const kept = parsedList(run.tags[historyTag]);
    const refusal = await this.writer.setTags(id, { [historyTag]: pythonJson([...kept, model]) });
    if (refusal) throw refused(refusal, text);
    return nothing;
  }
}

function pointIn(fields: MlflowInput, prefix: string, parameter: string): LoggedPoint {
  const name = fields.text('key');
  if (name === undefined || name === '') throw missingValue(`${prefix}key`);
  const value = fields.double('value');
  if (value === undefined) throw missingValue(`${prefix}value`);
  const at = fields.integer('timestamp');
  if (at === undefined) throw missingValue(`${prefix}timestamp`);
  const step = fields.integer('step') ?? 0;
  checkKey(name, 'Metric name', parameter);
  if (at < 0)
    throw invalid(
      `Invalid value ${at} for parameter '${prefix}timestamp' supplied: metric '${name}' (value=${value}). Timestamp must be a nonnegative long (64-bit integer) `,
    );
  // Clients write NaN and Infinity in quotes; without them the point is the same here as with MLflow.
  if (fields.isUnreadable('value')) return { name, value: 0, at: 0, step: 0 };
  const model = fields.text('model_id') || undefined;
  if (model === undefined) return { name, value, at, step };
  return { name, value, at, step, model, dataset: fields.text('dataset_name') || null, digest: fields.text('dataset_digest') || null };
}

/**
 * The points of a batch. A thousand of them are read without an object around each: what is plainly right is taken as it
 * stands, and only the rest goes through the rules that say what is wrong.
 */
function pointsIn(fields: MlflowInput): LoggedPoint[] {
  const checked = new Set<string>();
  return fields.list('metrics').map((item, index): LoggedPoint => {
    if (typeof item === 'object' && item !== null && 'key' in item && 'value' in item && 'timestamp' in item && !('model_id' in item)) {
      const { key: name, value, timestamp: at } = item;
      const step = 'step' in item ? item.step : 0;
      if (
        typeof name === 'string' &&
        checked.has(name) &&
        typeof value === 'number' &&
        Number.isSafeInteger(at) &&
        typeof at === 'number' &&
        at >= 0 &&
        Number.isSafeInteger(step) &&
        typeof step === 'number'
      )
        return { name, value, at, step };
    }
    const point = pointIn(fields.item('metrics', item, index), `metrics[${index}].`, `metrics[${index}].name`);
    checked.add(point.name);
    return point;
  });
}

function requiredKey(fields: MlflowInput, name: string): string {
  const key = fields.text('key');
  if (key === undefined || key === '') throw missingValue(name);
  return key;
}

function checkLimits(counts: { readonly metrics: number; readonly params: number; readonly tags: number }): void {
  const refuse = (what: string, limit: number, count: number) => {
    if (count > limit)
      throw invalid(
        `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
      );
  };
  refuse('metrics', limits.metrics, counts.metrics);
  refuse('params', limits.params, counts.params);
  refuse('tags', limits.tags, counts.tags);
  refuse('metrics, params, and tags', limits.all, counts.metrics + counts.params + counts.tags);
}

function datasetIn(fields: MlflowInput): GivenDataset {
  const dataset = fields.object('dataset');
  const text = (name: keyof typeof datasetLimits): string | null => {
    const value = dataset?.text(name) ?? null;
    if (value !== null) checkLength(value, datasetLimits[name], name);
    return value;
  };
  const tags = fields.objects('tags').map((tag): [string, string] => {
    const [key, value] = [tag.text('key') ?? '', tag.text('value') ?? ''];
    checkLength(key, inputTagLimits.key, 'key');
    checkLength(value, inputTagLimits.value, 'value');
    return [key.replaceAll('\u0000', ''), value];
  });
  return {
    name: text('name') ?? '',
    digest: text('digest') ?? '',
    sourceType: dataset?.text('source_type') ?? '',
    source: text('source') ?? '',
    schema: text('schema'),
    profile: text('profile'),
    tags: Object.fromEntries(tags),
  };
}

function modelIn(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid(`Malformed model info. \n ${text} \n is not a valid JSON.`);
  }
  const model: Record<string, unknown> = typeof parsed === 'object' && parsed !== null ? Object.fromEntries(Object.entries(parsed)) : {};
  const lacking = modelFields.filter((name) => !Object.hasOwn(model, name));
  if (lacking.length > 0) throw invalid(`Model json is missing mandatory fields: {${lacking.map((name) => `'${name}'`).join(', ')}}`);
  return model;
}

function parsedList(text: string | undefined): unknown[] {
  if (text === undefined) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
