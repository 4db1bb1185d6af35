import type { z } from 'zod';
import type { Table, TableColumn } from './table.js';

/**
 * What a model predicts: a number, one of two classes, one of several classes; and, without a target, how unusual a row is
 * (`anomaly`) or which group it belongs to (`clustering`).
 * @public
 * @since 1.0, the last two since 1.1
 */
export type Task = 'regression' | 'binary' | 'multiclass' | 'anomaly' | 'clustering';

/** Where a search for good parameters may look. Bounds belong to the range. @public @since 1.1 */
export type SearchRange =
  | { readonly kind: 'float'; readonly low: number; readonly high: number; readonly log?: boolean }
  | { readonly kind: 'int'; readonly low: number; readonly high: number; readonly step?: number; readonly log?: boolean }
  | { readonly kind: 'categorical'; readonly choices: readonly (string | number | boolean)[] };

/** Everything that a training needs. The same input, seed included, must give the same model. @public @since 1.0 */
export interface TrainingInput<Params> {
  readonly task: Task;
  /** Input columns; at least one. */
  readonly table: Table;
  /** No missing values: the host drops rows without a target. For classes a text column; null for `anomaly` and `clustering`. */
  readonly target: TableColumn | null;
  /** Classification only: the classes, in the order in which the model's probabilities must come. */
  readonly labels: readonly string[];
  readonly params: Params;
  readonly seed: number;
  /** What `report.saveCheckpoint` kept last in an earlier attempt of the same job; null at a first attempt. @since 1.1 */
  readonly checkpoint: Uint8Array | null;
}

/** How a training reports back while it runs. All calls are cheap and may be made each round. @public @since 1.0 */
export interface TrainingReport {
  /** @param ratio - share done, 0 to 1 */
  progress(ratio: number, message: string): void;
  /** One point of a curve, such as `train_loss` at round 12. */
  metric(name: string, step: number, value: number): void;
  log(level: 'info' | 'warn', message: string): void;
  /** Keeps a state (at most 16 MiB) from which a later attempt may go on, should this process die. @since 1.1 */
  saveCheckpoint(bytes: Uint8Array): Promise<void>;
}

/**
 * A trained model. The ONNX graph holds the preprocessing: it takes the raw columns and gives the prediction.
 *
 * Inputs, one for each input column, named as the column, shape [N, 1]:
 * - number, integer, boolean: float32, NaN when missing
 * - date, timestamp: double, days since 1970-01-01 UTC, NaN when missing
 * - text: string, the empty string when missing; unseen texts must be taken
 *
 * Outputs: `prediction` float32 [N, 1] for regression, and for `anomaly`, where it lies in [0, 1] and grows with how unusual
 * the row is; `probabilities` float32 [N, K] in the order of `labels`, and `label` string [N], for classification, and for
 * `clustering`, where they are the memberships of the groups. A column that the model does not use is still an input.
 * @public
 * @since 1.0
 */
export interface TrainedModel {
  readonly onnx: Uint8Array;
  /** Importance of each input column, not negative; the host normalises to sum 1. */
  readonly importance: readonly { readonly column: string; readonly value: number }[];
  /** Facts for people, such as "stopped at round 61 of 100". */
  readonly notes: readonly string[];
  /**
   * The trainer's own answer for a table with the same columns, without ONNX: regression one number a row, classification
   * K probabilities a row. Lets the kit compare the graph with the trainer; float64.
   */
  predict?(table: Table): Float64Array;
  /** Names of the groups, for `clustering`; the order of `probabilities`. @since 1.1 */
  readonly labels?: readonly string[];
  /** Figures that the trainer measured itself; they go to the run beside the host's own. @since 1.1 */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** An artifact that was made elsewhere. @public @since 1.1 */
export interface BroughtArtifact<Params> {
  /** Files by name, such as `model.onnx`. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly params: Params;
}
/** What a model type makes of a brought artifact. Inputs and outputs of the graph may have any names and shapes that can be served. @public @since 1.1 */
export interface BroughtModel {
  readonly onnx: Uint8Array;
  readonly task: Task;
  /** Names of the classes in the order of the graph's probabilities, when there are any. */
  readonly labels: readonly string[];
  /** Who made it, such as `skl2onnx 1.18`; empty when the file does not say. */
  readonly origin: string;
  readonly notes: readonly string[];
}

/** Why a model answered as it did: for each row and column how far it moved the answer away from `baseline`. @public @since 1.1 */
export interface Explanation {
  /** The answer without any column, in the units of `contributions`. */
  readonly baseline: number;
  /** Row by row, `rows x columns`, in the order of the table's columns; `baseline` and a row's values add up to its answer. */
  readonly contributions: Float64Array;
  /** What the numbers are: the prediction itself, or the log-odds of the last label. */
  readonly unit: 'prediction' | 'log_odds';
}

/**
 * A kind of model that can be trained.
 * @typeParam Params - the type that the params schema gives
 * @public
 * @since 1.0
 */
export interface ModelType<Params = unknown> {
  /** Unique among model types, kebab-case, such as `gradient-boosting`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly tasks: readonly Task[];
  /** Strict object schema with a default for every field; titles and descriptions become the form. */
  readonly params: z.ZodType<Params>;
  /**
   * Trains a model. Called in a process of its own; may block, but should look at `signal` at least twice a second of
   * work by awaiting something now and then (`await report` is not needed).
   * @throws PluginError `unusable_data` when the table cannot be trained on, with what would be right
   */
  train(input: TrainingInput<Params>, report: TrainingReport, signal: AbortSignal): Promise<TrainedModel>;
  /** Where a search may look, by parameter. Every value that a range gives must fit `params`. @since 1.1 */
  readonly search?: Readonly<Record<string, SearchRange>>;
  /**
   * Takes an artifact that was made elsewhere instead of training one.
   * @throws PluginError `invalid_input` when the files are not what it takes, with what would be right
   * @since 1.1
   */
  bring?(artifact: BroughtArtifact<Params>, report: TrainingReport, signal: AbortSignal): Promise<BroughtModel>;
  /** Explains answers of a model that this type trained. @param onnx - what `train` gave @since 1.1 */
  explain?(onnx: Uint8Array, table: Table, signal: AbortSignal): Promise<Explanation>;
}
