import type { z } from 'zod';
import type { TableReader } from './table.js';

/** A check type that a validator offers. `kwargs` is a strict object schema and becomes the form. @public @since 1.0 */
export interface CheckTypeDefinition {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly kwargs: z.ZodType;
}
/** One check to run; `kwargs` has been parsed by the check type's schema. @public @since 1.0 */
export interface CheckRequest {
  readonly type: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
}
/** What one check found. `outcome` is `errored` only when the check could not be run at all. @public @since 1.0 */
export interface CheckFinding {
  readonly outcome: 'passed' | 'failed' | 'errored';
  /** One sentence: what was found and what was asked, such as "3 of 344 values are null; none may be". */
  readonly message: string;
  /** The value of an aggregate, when the check is about one. */
  readonly observed?: unknown;
  readonly elementCount?: number;
  /** Values (for table checks: rows) that break the check. */
  readonly unexpectedCount?: number;
  readonly missingCount?: number;
  /** The commonest unexpected values, at most 20. */
  readonly unexpectedValues?: readonly { readonly value: unknown; readonly count: number }[];
  /** Whether `failingRows` can name the rows. */
  readonly hasFailingRows: boolean;
}
/** What is known of a model version that a gate judges. @public @since 1.0 */
export interface ModelFacts {
  readonly model: string;
  readonly version: number;
  readonly task: 'regression' | 'binary' | 'multiclass';
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Metrics of the version that holds the alias now, when there is one. */
  readonly incumbentMetrics: Readonly<Record<string, number | null>> | null;
  readonly testRows: number | null;
}
/**
 * Judges data, and models when it has `judgeModel`. Pure: the same table and checks give the same findings.
 * @public
 * @since 1.0
 */
export interface Validator {
  /** Unique among validators, kebab-case, such as `expectations`. */
  readonly name: string;
  readonly title: string;
  readonly checkTypes: readonly CheckTypeDefinition[];
  /** Runs checks on a table; one finding for each check, in their order. An unknown column is `errored` with the names that exist. */
  validate(table: TableReader, checks: readonly CheckRequest[], signal: AbortSignal): Promise<readonly CheckFinding[]>;
  /** Numbers (`__row`) of the rows that break a check, ascending, from `offset`, at most `limit`. */
  failingRows?(
    table: TableReader,
    check: CheckRequest,
    page: { readonly offset: number; readonly limit: number },
    signal: AbortSignal,
  ): Promise<readonly number[]>;
  judgeModel?(facts: ModelFacts, signal: AbortSignal): Promise<CheckFinding>;
}
