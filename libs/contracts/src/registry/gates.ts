import { z } from 'zod';
import { JsonObject, Timestamp } from '../common.js';
import { id, Name } from '../ids.js';
import { Check } from '../quality/suite.js';

/** What a version must pass before an alias may move to it. */
export const Gate = z
  .object({
    id: id('gat'),
    model: z.string(),
    name: z.string(),
    alias: z.string().meta({ description: 'Moves of this alias are guarded' }),
    validator: z.string(),
    checks: z.array(Check),
    required: z.boolean().meta({ description: 'Without a passing verdict the alias stays; a gate that is not required only reports' }),
    enabled: z.boolean(),
    createdAt: Timestamp,
    createdBy: z.string().nullable(),
    updatedAt: Timestamp,
    revision: z.int().meta({ description: 'Grows with each change; verdicts of an earlier one do not count any more' }),
  })
  .meta({ id: 'Gate' });
export type Gate = z.infer<typeof Gate>;
export const GateList = z.object({ data: z.array(Gate) }).meta({ id: 'GateList' });
export type GateList = z.infer<typeof GateList>;
export const PutGate = z
  .strictObject({
    alias: Name.default('champion'),
    validator: z.string().min(1).max(128),
    checks: z.array(Check).min(1).max(50),
    required: z.boolean().default(true),
    enabled: z.boolean().default(true),
  })
  .meta({
    id: 'PutGate',
    example: {
      alias: 'champion',
      validator: 'metric-gate',
      checks: [{ type: 'metric_change', kwargs: { metric: 'roc_auc', min_change: 0 }, severity: 'critical' }],
      required: true,
      enabled: true,
    },
  });
export type PutGate = z.infer<typeof PutGate>;

export const GateSlice = z
  .object({ name: z.string(), rows: z.int(), value: z.number().nullable(), passed: z.boolean() })
  .meta({ id: 'GateSlice' });
/** What one check of a gate found. */
export const GateFinding = z
  .object({
    check: Check,
    outcome: z.enum(['passed', 'failed', 'errored']),
    message: z.string(),
    observed: z.json().optional(),
    slices: z.array(GateSlice).optional().meta({ description: 'Worst first' }),
  })
  .meta({ id: 'GateFinding' });
export type GateFinding = z.infer<typeof GateFinding>;
/** The verdict of one gate on one version. Never changed. */
export const Judgement = z
  .object({
    id: id('jdg'),
    model: z.string(),
    version: z.int(),
    alias: z.string(),
    gate: z.object({ id: id('gat'), name: z.string(), revision: z.int(), validator: z.string() }),
    incumbent: z.int().nullable().meta({ description: 'Version that it was compared with' }),
    verdict: z.enum(['passed', 'failed', 'errored']),
    findings: z.array(GateFinding),
    facts: JsonObject.meta({ description: 'What was judged: digests, metrics, test rows, callers, and notes on what was missing' }),
    job: z.string().nullable(),
    at: Timestamp,
    by: z.string().nullable(),
  })
  .meta({ id: 'Judgement' });
export type Judgement = z.infer<typeof Judgement>;
/** Where a gate of the alias stands for the version now. */
export const GateStanding = z
  .object({
    gate: z.string(),
    alias: z.string(),
    required: z.boolean(),
    standing: z.enum(['passed', 'failed', 'errored', 'missing', 'outdated']).meta({
      description: 'outdated: the gate or the version that holds the alias has changed since the verdict',
    }),
    judgement: z.string().nullable(),
    message: z.string(),
  })
  .meta({ id: 'GateStanding' });
export type GateStanding = z.infer<typeof GateStanding>;
export const JudgementList = z
  .object({ data: z.array(Judgement), standings: z.array(GateStanding) })
  .meta({ id: 'JudgementList', description: 'Verdicts on a version, newest first, and where each enabled gate stands now' });
export type JudgementList = z.infer<typeof JudgementList>;
export const JudgeVersion = z
  .strictObject({ alias: Name.default('champion') })
  .meta({ id: 'JudgeVersion', example: { alias: 'champion' } });
export type JudgeVersion = z.infer<typeof JudgeVersion>;

/** Input of the job `model.judge`. */
export const ModelJudgeInput = z
  .strictObject({
    model: z.string().min(1).meta({ description: 'Id or name' }),
    version: z.union([z.int().min(1), z.string().regex(/^@.+/)]).meta({ description: 'Number or @alias' }),
    alias: Name.default('champion'),
    moveWhenPassed: z
      .boolean()
      .default(false)
      .meta({ description: 'Moves the alias when every required gate passes; needs models:promote' }),
  })
  .meta({ id: 'ModelJudgeInput', example: { model: 'penguins', version: 2, alias: 'champion' } });
export type ModelJudgeInput = z.infer<typeof ModelJudgeInput>;
