import { Injectable } from '@nestjs/common';
import { MetricHistories } from '../../../experiments/metrics/metric-histories.js';
import { runIdOf } from '../../../experiments/runs/run-ids.js';
import { invalid } from '../mlflow-error.js';
import { missingValue, queryInput } from '../mlflow-input.js';
import { RawJson, type MlflowCall, type MlflowRoute, type MlflowRoutes } from '../mlflow-route.js';
import { nothing, on, runIdIn } from './run-routes.js';

/** Points of an answer without a limit of its own; the rest has a token. */
const mostPoints = 1_000_000;
const maxSamples = 2500;
const maxBulk = 25_000;
const maxRuns = 100;

/** What `metrics/…` asks: curves, whole or thinned out. */
@Injectable()
export class HistoryRoutes implements MlflowRoutes {
  constructor(private readonly histories: MetricHistories) {}

  routes(): readonly MlflowRoute[] {
    const read = 'experiments:read';
    return [
      ...on('GET', 'metrics/get-history', read, (call) => this.history(call)),
      ...on('GET', 'metrics/get-history-bulk-interval', read, (call) => this.sampled(call)),
      {
        method: 'GET',
        path: '/ajax-api/2.0/mlflow/metrics/get-history-bulk',
        need: read,
        handle: (call) => this.bulk(call),
      },
    ];
  }

  private async history({ input }: MlflowCall): Promise<object> {
    const fields = queryInput(input);
    const { id } = runIdIn(fields);
    const name = fields.requiredText('metric_key');
    const limit = limitIn(fields.text('max_results')) ?? mostPoints;
    if (limit <= 0) throw invalid(`Invalid value ${limit} for parameter 'max_results' supplied. It must be a positive integer.`);
    const page = await this.histories.page(id, name, limit, fields.text('page_token') || undefined);
    if (!page) throw invalid('Invalid page token, could not base64-decode');
    const metrics = page.json === '' ? '' : `"metrics":[${page.json}]`;
    const next = page.next === null ? '' : `"next_page_token":${JSON.stringify(page.next)}`;
    return new RawJson(`{${[metrics, next].filter(Boolean).join(',')}}`);
  }

  private async sampled({ input }: MlflowCall): Promise<object> {
    const fields = queryInput(input, ['run_ids']);
    const runs = fields.texts('run_ids');
    if (runs.length === 0) throw missingValue('run_ids');
    const name = fields.requiredText('metric_key');
    const start = fields.integer('start_step');
    const end = fields.integer('end_step');
    const limit = Number(fields.integer('max_results') ?? maxSamples);
    if (limit < 1 || limit > maxSamples)
      throw invalid(`max_results must be between 1 and ${maxSamples}. See the API docs for more information about request parameters.`);
    if (runs.length > maxRuns)
      throw invalid(`GetMetricHistoryBulkInterval request must specify at most ${maxRuns} run_ids. Received ${runs.length} run_ids.`);
    if ((start === undefined) !== (end === undefined))
      throw invalid('If either start step or end step are specified, both must be specified.');
    if (start !== undefined && end !== undefined && start > end)
      throw invalid(`end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`);
    const steps = start === undefined || end === undefined ? null : { start: String(start), end: String(end) };
    return metricsAnswer(await this.histories.sampled(runs.map(ourId), name, steps, limit));
  }

  private async bulk({ input }: MlflowCall): Promise<object> {
    const fields = queryInput(input, ['run_id']);
    const runs = fields.texts('run_id');
    if (runs.length === 0) throw invalid('GetMetricHistoryBulk request must specify at least one run_id.');
    if (runs.length > maxRuns)
      throw invalid(`GetMetricHistoryBulk request cannot specify more than ${maxRuns} run_ids. Received ${runs.length} run_ids.`);
    const name = fields.text('metric_key');
    if (!name) throw invalid('GetMetricHistoryBulk request must specify a metric_key.');
    const limit = Math.min(maxBulk, Math.max(1, limitIn(fields.text('max_results')) ?? maxBulk));
    const json = await this.histories.bulk(runs.map(ourId), name, limit);
    return json === '' ? { metrics: [] } : metricsAnswer(json);
  }
}

const ourId = (run: string): string => runIdOf(run) ?? '';

/** A limit that is no number is as good as none, as for MLflow's own server. */
function limitIn(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const metricsAnswer = (json: string): RawJson => (json === '' ? nothing : new RawJson(`{"metrics":[${json}]}`));
