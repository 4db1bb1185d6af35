import type { Feed } from '../predict/instance-encoder.js';

/** Outputs of a graph that an answer is made of. */
export interface LaneAnswer {
  /** [rows, classes] row by row, or [rows] for a prediction. */
  readonly scores: Float32Array | null;
  /** Only for graphs that give nothing but a label. */
  readonly labels: readonly (string | number)[] | null;
}
export interface OutputNames {
  readonly prediction?: string | undefined;
  readonly probabilities?: string | undefined;
  readonly label?: string | undefined;
}

/** Where the inference of one version runs. */
export interface Lane {
  readonly kind: 'inline' | 'isolated';
  run(feeds: readonly Feed[], rows: number): Promise<LaneAnswer>;
  close(): Promise<void>;
}
