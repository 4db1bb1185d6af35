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
  /** Parts of the rows and what was found there, worst first, at most 50. @since 1.1 */
  readonly slices?: readonly { readonly name: string; readonly rows: number; readonly value: number | null; readonly passed: boolean }[];
  /** Whether `failingRows` can name the rows. */
  readonly hasFailingRows: boolean;
}
/** A column that a version takes or gives. @public @since 1.1 */
export interface SignatureColumn {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'boolean' | 'text' | 'date' | 'timestamp';
  /** A caller may leave an optional column out. */
  readonly optional: boolean;
}
/** What a version takes and gives. @public @since 1.1 */
export interface VersionFacts {
  readonly version: number;
  readonly inputs: readonly SignatureColumn[];
  readonly outputs: readonly string[];
  readonly labels: readonly string[];
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Measured at admission on one processor; null when it was not. */
  readonly latency: { readonly rows: number; readonly p50Ms: number; readonly p99Ms: number } | null;
  readonly sizeBytes: number;
}
/** What a client has sent lately. @public @since 1.1 */
export interface CallerFacts {
  /** Name of the API key. */
  readonly caller: string;
  /** Columns that it sent, with the type of their values. */
  readonly columns: readonly { readonly name: string; readonly type: 'number' | 'boolean' | 'text' | 'null' }[];
  readonly requests: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly lastSeen: number;
}
/**
 * What is known of a model version that a gate judges.
 * @public
 * @since 1.0, most fields since 1.1
 */
export interface ModelFacts {
  readonly model: string;
  readonly task: 'regression' | 'binary' | 'multiclass' | 'anomaly' | 'clustering';
  /** The version that is judged. */
  readonly candidate: VersionFacts;
  /** The version that holds the alias now, when there is one. */
  readonly incumbent: VersionFacts | null;
  /** Clients of the last seven days. */
  readonly callers: readonly CallerFacts[];
  /**
   * The candidate's test rows with the answers of both versions, when the test data are still there: the columns of the data
   * set under their own names, those that the version does not take included; `__target`; `__prediction` (the number, or the predicted label); for classes `__probability_0` … in the
   * order of the labels; and the same of the incumbent as `__incumbent_prediction`, `__incumbent_probability_0` …
   */
  readonly test: TableReader | null;
}
/**
 * Judges tables, model versions, or both. Pure: the same table, facts and checks give the same findings. A validator that
 * judges no tables has no `checkTypes` and answers `validate` with `errored`.
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
  /** What it can ask of a model version. @since 1.1 */
  readonly modelCheckTypes?: readonly CheckTypeDefinition[];
  /** Runs checks of `modelCheckTypes` on a version; one finding for each check, in their order. @since 1.1 */
  judgeModel?(facts: ModelFacts, checks: readonly CheckRequest[], signal: AbortSignal): Promise<readonly CheckFinding[]>;
}
