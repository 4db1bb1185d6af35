import { z } from 'zod';
import { Cell, LooseNumber, pageOf, Timestamp } from '../common.js';
import { id } from '../ids.js';

/** A version of a model, or a run that left a model behind. */
export const ComparisonCandidate = z.union([
  z.strictObject({ model: z.string().min(1), version: z.union([z.int().min(1), z.string().regex(/^@.+/)]) }),
  z.strictObject({ run: z.string().min(1) }),
]);
/** Input of the job `models.compare`. */
export const CompareModels = z
  .strictObject({
    candidates: z
      .array(ComparisonCandidate)
      .min(2)
      .max(6)
      .meta({ description: 'The first is the one that the others are measured against' }),
    datasets: z
      .array(z.strictObject({ dataset: z.string().min(1), version: z.int().min(1).optional() }))
      .max(20)
      .default([])
      .meta({
        description: 'Labelled rows to score; none: the rows that the first candidate was tested on. Several: also Wilcoxon over them',
      }),
    metric: z.string().optional().meta({ description: 'The one that decides; default by the task' }),
    slices: z.array(z.string()).max(10).default([]).meta({ description: 'Columns; default: text and boolean columns with few values' }),
    smallestEffect: z.number().min(0).default(0).meta({ description: 'A difference below it does not matter' }),
    threshold: z.number().min(0).max(1).default(0.5),
  })
  .meta({
    id: 'CompareModels',
    example: {
      candidates: [
        { model: 'churn', version: '@champion' },
        { model: 'churn', version: 4 },
      ],
      datasets: [{ dataset: 'churn-test' }],
    },
  });
export type CompareModels = z.infer<typeof CompareModels>;

const Curve = z.object({ x: z.array(z.number()), y: z.array(z.number()) });
const Interval = { value: LooseNumber.nullable(), low: LooseNumber.nullable(), high: LooseNumber.nullable() };
/** What the comparison found. Candidates are named by their place in `candidates`. */
export const ComparisonResult = z
  .object({
    sentence: z.string().meta({ description: 'B is better by 0.8 ± 0.3 AUC points; 212 of 40,118 decisions change.' }),
    verdict: z
      .enum(['better', 'worse', 'no_difference', 'not_enough_data'])
      .meta({ description: 'Of the best other candidate against the first' }),
    best: z.int().nullable(),
    task: z.string(),
    metric: z.string(),
    higherIsBetter: z.boolean(),
    testSets: z.array(z.object({ dataset: z.string(), version: z.int(), rows: z.int(), note: z.string().nullable() })),
    metrics: z.array(z.object({ candidate: z.int(), metric: z.string(), ...Interval, method: z.string(), rows: z.int() })),
    pairs: z.array(
      z.object({
        a: z.int(),
        b: z.int(),
        metric: z.string(),
        test: z.enum(['delong', 'mcnemar', 'paired_bootstrap', 'corrected_t', 'wilcoxon']),
        difference: LooseNumber.nullable().meta({ description: 'b minus a' }),
        low: LooseNumber.nullable(),
        high: LooseNumber.nullable(),
        statistic: LooseNumber.nullable(),
        p: LooseNumber.nullable(),
        pAdjusted: LooseNumber.nullable().meta({ description: 'Holm, over the pairs of one test' }),
        note: z.string().nullable(),
      }),
    ),
    slices: z.array(
      z.object({
        column: z.string(),
        value: z.string(),
        rows: z.int(),
        scores: z.array(LooseNumber.nullable()).meta({ description: 'One a candidate' }),
        difference: LooseNumber.nullable().meta({ description: 'Best other candidate minus the first' }),
        low: LooseNumber.nullable(),
        high: LooseNumber.nullable(),
      }),
    ),
    disagreements: z.object({
      total: z.int(),
      rows: z.int().meta({ description: 'Rows compared' }),
      columns: z.array(z.string()),
      examples: z
        .array(
          z.object({
            row: z.int(),
            actual: Cell,
            predictions: z.array(Cell),
            scores: z.array(LooseNumber.nullable()),
            values: z.array(Cell),
          }),
        )
        .meta({ description: 'At most 200, the widest apart first' }),
    }),
    curves: z.array(
      z.object({
        candidate: z.int(),
        roc: Curve.nullable(),
        precisionRecall: Curve.nullable(),
        lift: Curve.nullable(),
        calibration: z.array(z.object({ predicted: z.number(), observed: z.number(), rows: z.int() })).nullable(),
        confusion: z.object({ labels: z.array(z.string()), counts: z.array(z.array(z.int())) }).nullable(),
        residuals: z.object({ edges: z.array(z.number()), counts: z.array(z.int()) }).nullable(),
      }),
    ),
    notes: z.array(z.string()),
  })
  .meta({ id: 'ComparisonResult' });
export type ComparisonResult = z.infer<typeof ComparisonResult>;
export const Comparison = z
  .object({
    id: id('cmp'),
    state: z.enum(['running', 'finished', 'failed']),
    job: z.string(),
    candidates: z.array(
      z.object({ label: z.string(), model: z.string().nullable(), version: z.int().nullable(), run: z.string().nullable() }),
    ),
    request: CompareModels,
    result: ComparisonResult.nullable(),
    error: z.string().nullable(),
    createdAt: Timestamp,
    createdBy: z.string().nullable(),
  })
  .meta({ id: 'Comparison' });
export type Comparison = z.infer<typeof Comparison>;
export const ComparisonPage = pageOf(Comparison, 'ComparisonPage');
export type ComparisonPage = z.infer<typeof ComparisonPage>;
export const ComparisonListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2000).optional(),
  model: z.string().optional(),
});
export type ComparisonListQuery = z.infer<typeof ComparisonListQuery>;
