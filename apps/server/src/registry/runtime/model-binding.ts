/** How the columns of a signature go into a graph's inputs, and which outputs hold the answer. Found once, at admission. */
export interface ModelBinding {
  readonly inputs: readonly BoundInput[];
  readonly outputs: BoundOutputs;
}
export type InputElement = 'float32' | 'float64' | 'string' | 'int64' | 'int32' | 'bool';
export interface BoundInput {
  readonly name: string;
  readonly element: InputElement;
  /** Positions in `signature.inputs`; the tensor is [rows, columns.length]. */
  readonly columns: readonly number[];
  /** 1: the graph wants [rows] instead of [rows, 1]. */
  readonly rank: 1 | 2;
}
export interface BoundOutputs {
  readonly prediction?: string;
  readonly probabilities?: string;
  readonly label?: string;
}
