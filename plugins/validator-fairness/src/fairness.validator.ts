import type { CheckFinding, CheckRequest, ModelFacts, Validator } from '@crisol/plugin-api';
import { z } from 'zod';
import { NotJudgeable } from './judged-rows.js';
import { judgeFourFifths, judgeParity } from './parity-check.js';
import { groupMetrics, judgePerformance } from './performance-check.js';

const grouping = {
  column: z
    .string()
    .min(1)
    .max(1_000)
    .meta({
      title: 'Sensitive column',
      description: 'Of the data set; the model need not take it',
      examples: ['sex'],
    }),
  cross_with: z
    .array(z.string().min(1))
    .max(2)
    .default([])
    .meta({ title: 'Crossed with', description: 'Groups are combinations of the columns' }),
  bins: z
    .union([z.int().min(2).max(20), z.array(z.number()).min(1).max(50)])
    .default(4)
    .meta({ title: 'Bins', description: 'Of a column of amounts: how many of equal count, or their edges' }),
  min_group_rows: z
    .int()
    .min(1)
    .default(30)
    .meta({ title: 'Least rows of a group', description: 'Smaller groups are shown and not gated' }),
};
const positive_label = z.string().optional().meta({ title: 'Selected class', description: 'The second of two classes when left out' });

const ParityKwargs = z
  .strictObject({
    ...grouping,
    measure: z.enum(['demographic_parity', 'equal_opportunity', 'equalized_odds']).default('demographic_parity').meta({
      title: 'Measure',
      description: 'Gap of selection rates, of true positive rates, or the larger gap of true and false positive rates',
    }),
    max_difference: z.number().min(0).max(1).optional().meta({ title: 'Difference at most' }),
    min_ratio: z.number().min(0).max(1).optional().meta({ title: 'Ratio at least' }),
    positive_label,
    beyond_chance: z
      .boolean()
      .default(false)
      .meta({ title: 'Only beyond chance', description: 'Lets a gap pass that shuffled groups reach in one of twenty tables' }),
    seed: z.int().min(0).default(1).meta({ title: 'Seed', description: 'Of the resampling' }),
    resamples: z.int().min(200).max(20_000).default(2_000).meta({ title: 'Resamples', description: 'Fewer are taken on large tables' }),
  })
  .refine(
    ({ max_difference, min_ratio }) => max_difference !== undefined || min_ratio !== undefined,
    'give max_difference, min_ratio or both',
  );
const FourFifthsKwargs = z.strictObject({
  ...grouping,
  min_ratio: z.number().min(0).max(1).default(0.8).meta({ title: 'Ratio at least', description: '0.8 is the four-fifths rule' }),
  positive_label,
});
const PerformanceKwargs = z
  .strictObject({
    ...grouping,
    metric: z.enum(groupMetrics).default('accuracy').meta({ title: 'Metric' }),
    min: z.number().optional().meta({ title: 'At least, in every group' }),
    max: z.number().optional().meta({ title: 'At most, in every group' }),
    positive_label,
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'give min, max or both');

type Judge = (facts: ModelFacts, kwargs: unknown, signal: AbortSignal) => Promise<CheckFinding>;
const judges: Readonly<Record<string, Judge>> = {
  group_parity: (facts, kwargs, signal) => judgeParity(facts, ParityKwargs.parse(kwargs), signal),
  four_fifths: (facts, kwargs, signal) => judgeFourFifths(facts, FourFifthsKwargs.parse(kwargs), signal),
  group_performance: (facts, kwargs, signal) => judgePerformance(facts, PerformanceKwargs.parse(kwargs), signal),
};

const errored = (message: string): CheckFinding => ({ outcome: 'errored', message, hasFailingRows: false });

/** Gates of fairness: how a version treats groups of the test rows, by Fairlearn's definitions. */
export const fairnessValidator: Validator = {
  name: 'fairness',
  title: 'Fairness',
  checkTypes: [],
  validate: (_table, checks, signal) => {
    signal.throwIfAborted();
    return Promise.resolve(checks.map(({ type }) => errored(`${type} judges model versions, not tables: ask it in a gate.`)));
  },
  modelCheckTypes: [
    {
      type: 'group_parity',
      title: 'Groups are treated alike',
      description: 'Demographic parity, equal opportunity or equalised odds over the values of a column',
      kwargs: ParityKwargs,
    },
    {
      type: 'four_fifths',
      title: 'Four-fifths rule',
      description: 'No group is selected less than four fifths as often as the group selected most, beyond chance: a screen, not a verdict',
      kwargs: FourFifthsKwargs,
    },
    {
      type: 'group_performance',
      title: 'Good enough in every group',
      description: 'A metric keeps its bounds in the group that the model serves worst',
      kwargs: PerformanceKwargs,
    },
  ],
  async judgeModel(facts, checks, signal) {
    const findings: CheckFinding[] = [];
    for (const check of checks) {
      // Resampling keeps the thread; a pause lets an abort through.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      findings.push(await judge(facts, check, signal));
    }
    return findings;
  },
};

async function judge(facts: ModelFacts, { type, kwargs }: CheckRequest, signal: AbortSignal): Promise<CheckFinding> {
  const known = Object.hasOwn(judges, type) ? judges[type] : undefined;
  if (!known) return errored(`There is no check type ${type}; there are ${Object.keys(judges).join(', ')}.`);
  try {
    return await known(facts, kwargs, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof NotJudgeable) return errored(error.message);
    if (error instanceof z.ZodError) return errored(`The arguments of ${type} are not valid: ${z.prettifyError(error)}`);
    throw error;
  }
}
