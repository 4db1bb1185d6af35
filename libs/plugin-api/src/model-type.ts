import type { z } from 'zod';
import type { Table, TableColumn } from './table.js';

/** What a model predicts: a number, one of two classes, one of several classes. @public @since 1.0 */
export type Task = 'regression' | 'binary' | 'multiclass';

/** Everything that a training needs. The same input, seed included, must give the same model. @public @since 1.0 */
export interface TrainingInput<Params> {
  readonly task: Task;
  /** Input columns; at least one. */
  readonly table: Table;
  /** No missing values: the host drops rows without a target. For classes a text column. */
  readonly target: TableColumn;
  /** Classification only: the classes, in the order in which the model's probabilities must come. */
  readonly labels: readonly string[];
  readonly params: Params;
  readonly seed: number;
}

/** How a training reports back while it runs. All calls are cheap and may be made each round. @public @since 1.0 */
export interface TrainingReport {
  /** @param ratio - share done, 0 to 1 */
  progress(ratio: number, message: string): void;
  /** One point of a curve, such as `train_loss` at round 12. */
  metric(name: string, step: number, value: number): void;
  log(level: 'info' | 'warn', message: string): void;
}

/**
 * A trained model. The ONNX graph holds the preprocessing: it takes the raw columns and gives the prediction.
 *
 * Inputs, one for each input column, named as the column, shape [N, 1]:
 * - number, integer, boolean: float32, NaN when missing
 * - date, timestamp: double, days since 1970-01-01 UTC, NaN when missing
 * - text: string, the empty string when missing; unseen texts must be taken
 *
 * Outputs: `prediction` float32 [N, 1] for regression; `probabilities` float32 [N, K] in the order of `labels`, and
 * `label` string [N], for classification. A column that the model does not use is still an input.
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
}
