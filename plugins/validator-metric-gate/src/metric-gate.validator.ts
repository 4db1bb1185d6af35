import type { CheckFinding, CheckRequest, ModelFacts, Validator } from '@crisol/plugin-api';
import { holm } from '@crisol/statistics';
import { z } from 'zod';
import { readAnswers, type TestAnswers } from './answers.js';
import { compareVersions, measureVersion, type Improvement } from './compare.js';
import { findMetric, metricNames, recordedMetric, type Metric } from './metrics.js';

const metricName = z
  .string()
  .min(1)
  .max(64)
  .meta({
    title: 'Metric',
    description: 'Such as roc_auc, accuracy, f1, log_loss, brier; roc_auc_ovr, f1_macro; rmse, mae, r2, mape',
    examples: ['roc_auc'],
  });
const seed = z.int().min(0).default(1).meta({ title: 'Seed', description: 'Of the resampling' });
const resamples = z.int().min(200).max(20_000).default(2_000).meta({ title: 'Resamples', description: 'Fewer are taken on large tables' });

const ThresholdKwargs = z
  .strictObject({
    metric: metricName,
    min: z.number().optional().meta({ title: 'At least' }),
    max: z.number().optional().meta({ title: 'At most' }),
    confident: z
      .boolean()
      .default(false)
      .meta({ title: 'With confidence', description: 'The whole 95 % interval must keep the bounds, not only the figure itself' }),
    seed,
    resamples,
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'give min, max or both');
const ChangeKwargs = z.strictObject({
  metric: metricName,
  min_change: z.number().default(0).meta({
    title: 'At least better by',
    description: 'In units of the metric, the better way counted up; below 0 lets it be that much worse',
  }),
  significance: z
    .boolean()
    .default(true)
    .meta({ title: 'Beyond chance', description: 'The whole interval must be past the least change, and the difference not be chance' }),
  alpha: z
    .number()
    .min(0.0001)
    .max(0.5)
    .default(0.05)
    .meta({ title: 'Level', description: 'Of the tests, over all changes of the gate together (Holm)' }),
  seed,
  resamples,
});
type ThresholdKwargs = z.infer<typeof ThresholdKwargs>;
type ChangeKwargs = z.infer<typeof ChangeKwargs>;

const finding = (outcome: CheckFinding['outcome'], message: string, observed?: unknown): CheckFinding => ({
  outcome,
  message,
  hasFailingRows: false,
  ...(observed === undefined ? {} : { observed }),
});

/** Gates of figures: a bound that a version must keep, and a change against the version that holds the alias. */
export const metricGateValidator: Validator = {
  name: 'metric-gate',
  title: 'Metric gate',
  checkTypes: [],
  validate: (_table, checks, signal) => {
    signal.throwIfAborted();
    return Promise.resolve(checks.map(({ type }) => finding('errored', `${type} judges model versions, not tables: ask it in a gate.`)));
  },
  modelCheckTypes: [
    {
      type: 'metric_threshold',
      title: 'Metric within bounds',
      description: 'A metric on the test rows is at least, or at most, a number',
      kwargs: ThresholdKwargs,
    },
    {
      type: 'metric_change',
      title: 'Better than the champion',
      description: 'A metric on the test rows is better than that of the version that holds the alias, beyond chance',
      kwargs: ChangeKwargs,
    },
  ],
  async judgeModel(facts, checks, signal) {
    signal.throwIfAborted();
    const answers = await readAnswers(facts, signal);
    const findings: (CheckFinding | Comparison)[] = [];
    for (const check of checks) {
      // Resampling keeps the thread; a pause lets an abort through.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      findings.push(judge(facts, answers, check));
    }
    return settle(findings, facts);
  },
};

function judge(facts: ModelFacts, answers: TestAnswers | null, { type, kwargs }: CheckRequest): CheckFinding | Comparison {
  const schema = { metric_threshold: ThresholdKwargs, metric_change: ChangeKwargs }[type];
  if (!schema) return finding('errored', `There is no check type ${type}; there are metric_threshold and metric_change.`);
  const parsed = schema.safeParse(kwargs);
  if (!parsed.success) return finding('errored', `The arguments of ${type} are not valid: ${z.prettifyError(parsed.error)}`);
  const asked = parsed.data;
  const metric = findMetric(facts.task, asked.metric);
  if (!metric) {
    const names = metricNames(facts.task);
    return finding(
      'errored',
      names.length === 0
        ? `A model for ${facts.task} has no target, so there is no metric to judge it by.`
        : `There is no metric ${asked.metric} for ${facts.task}; there are ${names.join(', ')}.`,
    );
  }
  if (answers && metric.needsProbabilities && answers.candidate.probabilities.length === 0)
    return finding('errored', `${metric.name} needs probabilities, and version ${facts.candidate.version} gives none.`);
  return 'min_change' in asked ? compare(facts, answers, metric, asked) : bound(facts, answers, metric, asked);
}

function bound(facts: ModelFacts, answers: TestAnswers | null, metric: Metric, asked: ThresholdKwargs): CheckFinding {
  const wanted = [asked.min === undefined ? '' : `at least ${show(asked.min)}`, asked.max === undefined ? '' : `at most ${show(asked.max)}`]
    .filter(Boolean)
    .join(' and ');
  const keeps = (value: number): boolean => value >= (asked.min ?? -Infinity) && value <= (asked.max ?? Infinity);
  if (!answers) {
    const recorded = recordedMetric(facts.candidate.metrics, metric.name);
    if (recorded === undefined || recorded === null)
      return finding('errored', `There are no test rows here, and the training recorded no ${metric.name}.`);
    if (asked.confident)
      return finding('errored', `There are no test rows here, so ${metric.name} ${show(recorded)} of the training has no interval.`);
    return finding(
      keeps(recorded) ? 'passed' : 'failed',
      `${metric.name} is ${show(recorded)} as its training recorded it (there are no test rows here); asked is ${wanted}.`,
      { value: recorded, source: 'recorded' },
    );
  }
  const measured = measureVersion(metric, answers.candidate, asked);
  if (!measured)
    return finding('failed', `${metric.name} does not exist on these ${answers.candidate.rows} test rows; asked is ${wanted}.`);
  const { value, low, high } = measured;
  const kept = asked.confident ? keeps(low) && keeps(high) : keeps(value);
  return finding(
    kept ? 'passed' : 'failed',
    `${metric.name} is ${show(value)} on ${answers.candidate.rows} test rows (95 % interval ${show(low)} to ${show(high)}); asked is ${wanted}${asked.confident ? ' with confidence' : ''}.`,
    { value, low, high, rows: answers.candidate.rows, source: 'test' },
  );
}

/** A change that waits for the other changes of the gate, since their p-values are adjusted together. */
interface Comparison {
  readonly metric: Metric;
  readonly asked: ChangeKwargs;
  readonly found: Improvement;
  readonly rows: number;
}

function compare(facts: ModelFacts, answers: TestAnswers | null, metric: Metric, asked: ChangeKwargs): CheckFinding | Comparison {
  const { incumbent } = facts;
  if (!incumbent) return finding('passed', `No version holds the alias yet, so there is nothing that ${metric.name} could fall behind.`);
  if (!answers) return unfounded(facts, metric, asked, incumbent.version);
  if (!answers.incumbent)
    return finding('errored', `Version ${incumbent.version} could not answer the test rows, so ${metric.name} cannot be compared.`);
  if (metric.needsProbabilities && answers.incumbent.probabilities.length === 0)
    return finding('errored', `${metric.name} needs probabilities, and version ${incumbent.version} gives none.`);
  const found = compareVersions(metric, answers.candidate, answers.incumbent, asked);
  if (!found) return finding('errored', `${metric.name} does not exist on these ${answers.candidate.rows} test rows.`);
  return { metric, asked, found, rows: answers.candidate.rows };
}

/** Without test rows only recorded figures are left, and they may be of different rows: enough for a plain change, not for a test. */
function unfounded(facts: ModelFacts, metric: Metric, asked: ChangeKwargs, version: number): CheckFinding {
  const own = recordedMetric(facts.candidate.metrics, metric.name);
  const other = recordedMetric(facts.incumbent?.metrics ?? {}, metric.name);
  if (asked.significance || typeof own !== 'number' || typeof other !== 'number')
    return finding(
      'errored',
      asked.significance
        ? `There are no test rows here that both versions could answer, so whether ${metric.name} has changed beyond chance cannot be told.`
        : `There are no test rows here, and not both versions have a recorded ${metric.name}.`,
    );
  const change = metric.greaterIsBetter ? own - other : other - own;
  return finding(
    change >= asked.min_change ? 'passed' : 'failed',
    `${metric.name} ${show(own)} is ${inWords(change)} version ${version}'s ${show(other)}, by what their trainings recorded, each on its own rows; ${wantedOf(asked)}.`,
    { candidate: own, incumbent: other, change, source: 'recorded' },
  );
}

function settle(findings: readonly (CheckFinding | Comparison)[], facts: ModelFacts): CheckFinding[] {
  const tested = findings.filter((one): one is Comparison => 'found' in one && one.asked.significance && one.asked.min_change >= 0);
  const adjusted = holm(tested.map(({ found }) => found.p));
  return findings.map((one) => {
    if (!('found' in one)) return one;
    const at = tested.indexOf(one);
    return describe(one, at < 0 ? one.found.p : (adjusted[at] ?? 1), tested.length, facts);
  });
}

function describe({ metric, asked, found, rows }: Comparison, p: number, tests: number, facts: ModelFacts): CheckFinding {
  const enough = asked.significance
    ? found.low >= asked.min_change && (asked.min_change < 0 || (found.change > 0 && p <= asked.alpha))
    : found.change >= asked.min_change;
  const percent = show(100 * (1 - asked.alpha));
  const holmNote = asked.significance && tests > 1 && asked.min_change >= 0 ? `, by Holm over ${tests} changes` : '';
  return finding(
    enough ? 'passed' : 'failed',
    `${metric.name} ${show(found.candidate)} is ${inWords(found.change)} version ${facts.incumbent?.version ?? '?'}'s ${show(found.incumbent)} (${percent} % interval ${show(found.low)} to ${show(found.high)}, p ${showP(p)} by ${found.method}${holmNote}, ${rows} test rows); ${wantedOf(asked)}.`,
    { ...found, pAdjusted: p, rows },
  );
}

function wantedOf({ min_change, significance }: ChangeKwargs): string {
  const least = min_change < 0 ? `asked is not more than ${show(-min_change)} worse` : `asked is at least ${show(min_change)} better`;
  return significance ? `${least}, beyond chance` : least;
}

function inWords(change: number): string {
  if (change === 0) return 'the same as';
  return change > 0 ? `${show(change)} better than` : `${show(-change)} worse than`;
}

/** Three digits behind the point, more for small figures. */
function show(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  return String(Math.abs(value) >= 0.0995 ? Number(value.toFixed(3)) : Number(value.toPrecision(2)));
}

function showP(p: number): string {
  return p < 0.0001 ? 'below 0.0001' : String(Number(p.toPrecision(2)));
}
