import { z } from 'zod';
import { Cell, JsonObject, listQuery, objectFields, pageOf, Timestamp } from '../common.js';
import { id, Name } from '../ids.js';

export const Severity = z.enum(['critical', 'warning', 'info']).meta({ id: 'Severity' });
export type Severity = z.infer<typeof Severity>;
/** One check: the type and arguments are the validator's (Great Expectations' names for `validator-expectations`). */
export const Check = z
  .strictObject({
    type: z.string().min(1).max(128),
    kwargs: JsonObject.default({}),
    severity: Severity.default('critical'),
    notes: z.string().max(1000).optional(),
  })
  .meta({ id: 'Check', example: { type: 'expect_column_values_to_not_be_null', kwargs: { column: 'species' }, severity: 'critical' } });
export type Check = z.infer<typeof Check>;

export const CheckType = z
  .object({
    type: z.string(),
    title: z.string(),
    description: z.string(),
    validator: z.string(),
    target: z.enum(['data', 'model']).meta({ description: 'What it judges: a table, in a suite, or a model version, in a gate' }),
    kwargsSchema: JsonObject,
  })
  .meta({ id: 'CheckType' });
export type CheckType = z.infer<typeof CheckType>;
export const CheckTypeList = z.object({ data: z.array(CheckType) }).meta({ id: 'CheckTypeList' });
export type CheckTypeList = z.infer<typeof CheckTypeList>;

export const Suite = z
  .object({
    id: id('sui'),
    name: z.string(),
    dataset: z.object({ id: id('ds'), name: z.string() }),
    validator: z.string(),
    checks: z.array(Check),
    ...objectFields,
  })
  .meta({ id: 'Suite' });
export type Suite = z.infer<typeof Suite>;
export const SuitePage = pageOf(Suite, 'SuitePage');
export type SuitePage = z.infer<typeof SuitePage>;
export const CreateSuite = z
  .strictObject({
    name: Name,
    dataset: z.string().meta({ description: 'Id or name' }),
    validator: z.string().default('expectations'),
    checks: z.array(Check).max(500),
  })
  .meta({ id: 'CreateSuite' });
export type CreateSuite = z.infer<typeof CreateSuite>;
export const UpdateSuite = z
  .strictObject({ checks: z.array(Check).max(500).optional(), tags: z.record(z.string(), z.string()).optional() })
  .meta({ id: 'UpdateSuite' });
export type UpdateSuite = z.infer<typeof UpdateSuite>;
export const SuiteListQuery = z.strictObject({ ...listQuery, dataset: z.string().optional() });
export type SuiteListQuery = z.infer<typeof SuiteListQuery>;

/** Asks for checks that the data would pass now, from its profile. */
export const SuggestChecks = z
  .strictObject({ dataset: z.string().meta({ description: 'Id or name' }), version: z.int().min(1).optional() })
  .meta({ id: 'SuggestChecks', example: { dataset: 'penguins' } });
export type SuggestChecks = z.infer<typeof SuggestChecks>;
export const SuggestedChecks = z
  .object({ validator: z.string(), version: z.int(), checks: z.array(z.object({ check: Check, reason: z.string() })) })
  .meta({ id: 'SuggestedChecks' });
export type SuggestedChecks = z.infer<typeof SuggestedChecks>;

/** Input of the job `suite.validate`. */
export const SuiteValidateInput = z
  .strictObject({
    suite: z.string(),
    version: z.int().min(1).optional().meta({ description: 'Of the data set; the latest when left out' }),
  })
  .meta({ id: 'SuiteValidateInput' });
export type SuiteValidateInput = z.infer<typeof SuiteValidateInput>;

export const CheckResult = z
  .object({
    index: z.int(),
    check: Check,
    outcome: z.enum(['passed', 'failed', 'errored']),
    message: z.string().meta({ description: 'One sentence: what was found, what was asked' }),
    observed: z.json().nullable(),
    elementCount: z.int().nullable(),
    unexpectedCount: z.int().nullable(),
    missingCount: z.int().nullable(),
    unexpectedPercent: z.number().nullable().meta({ description: 'Of the non-null values, 0 to 100' }),
    unexpectedValues: z.array(z.object({ value: Cell, count: z.int() })),
    hasFailingRows: z.boolean(),
  })
  .meta({ id: 'CheckResult' });
export type CheckResult = z.infer<typeof CheckResult>;
export const Validation = z
  .object({
    id: id('val'),
    suite: z.object({ id: id('sui'), name: z.string() }),
    dataset: z.object({ id: id('ds'), name: z.string() }),
    version: z.int(),
    outcome: z.enum(['passed', 'warned', 'failed', 'errored']),
    statistics: z.object({ evaluated: z.int(), successful: z.int(), unsuccessful: z.int() }),
    results: z.array(CheckResult),
    job: z.string().nullable(),
    createdAt: Timestamp,
    createdBy: z.string().nullable(),
  })
  .meta({ id: 'Validation' });
export type Validation = z.infer<typeof Validation>;
export const ValidationPage = pageOf(Validation, 'ValidationPage');
export type ValidationPage = z.infer<typeof ValidationPage>;
export const ValidationListQuery = z.strictObject({ ...listQuery, dataset: z.string().optional(), suite: z.string().optional() });
export type ValidationListQuery = z.infer<typeof ValidationListQuery>;
export const FailingRowQuery = z.strictObject({
  check: z.coerce.number().int().min(0),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type FailingRowQuery = z.infer<typeof FailingRowQuery>;
