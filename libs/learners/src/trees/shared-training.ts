import { UnusableDataError } from '../training.js';
import { webAssembly } from './web-assembly.js';

/** Sizes of one boosting run. */
export interface TrainingShape {
  readonly rows: number;
  readonly features: number;
  /** Histograms that may be alive at once. */
  readonly slots: number;
  readonly outputs: number;
}

/** Doubles in a cell of a histogram: gradient sum, hessian sum, row count, unused. */
export const cellSize = 4;
/** Doubles in the histogram of one feature. */
export const featureSize = 256 * cellSize;
/** Doubles for one child in `nodes`: gradient, hessian, rows, lowest, highest, slot (−1: not searched). */
export const nodeSize = 6;
/** Doubles for one feature of one child in `results`: gain (0: no split), bin, missing left, gradient, hessian, rows of the left side. */
export const resultSize = 6;
/** Places in `control`. */
export const Control = {
  /** Number of the job that was posted last; −1 ends the second thread. */
  posted: 0,
  /** Number of the job that the second thread finished last. */
  finished: 1,
  /** Next feature of the job that nobody has taken. */
  next: 2,
  kind: 3,
  featureCount: 4,
  /** Address of the gradients in the order of the job's rows. */
  gradients: 5,
  start: 6,
  end: 7,
  buildSlot: 8,
  /** Slot to subtract from, −1 for none. */
  parentSlot: 9,
  output: 10,
  sampled: 11,
  /** 1 once the second thread waits for jobs. */
  ready: 12,
} as const;

/** Everything that the two threads of a boosting run share, as views of one WebAssembly memory. */
export class SharedTraining {
  readonly control: Int32Array;
  readonly nodes: Float64Array;
  readonly results: Float64Array;
  readonly featureList: Int32Array;
  /** By bin: 4 where it goes left, 0 where it goes right. */
  readonly route: Uint8Array;
  /** Feature-major bins. */
  readonly bins: Uint8Array;
  /** Row numbers; a node's rows are a range of it. */
  readonly rowIndices: Uint32Array;
  /** Rows of the current tree, ascending. */
  readonly sampled: Uint32Array;
  /** Gradient and hessian of each row, interleaved. */
  readonly gradients: Float32Array;
  /** The same in the order of a node's rows. */
  readonly ordered: Float32Array;
  readonly target: Float64Array;
  /** Row-major, `outputs` a row. */
  readonly scores: Float64Array;
  /** Feature f of slot s starts at `(s * features + f) * featureSize`. */
  readonly histograms: Float64Array;

  constructor(
    readonly memory: { readonly buffer: SharedArrayBuffer },
    readonly shape: TrainingShape,
  ) {
    const { buffer } = memory;
    const at = layout(shape);
    this.control = new Int32Array(buffer, at.control, 16);
    this.nodes = new Float64Array(buffer, at.nodes, 2 * nodeSize);
    this.results = new Float64Array(buffer, at.results, 2 * shape.features * resultSize);
    this.featureList = new Int32Array(buffer, at.featureList, shape.features);
    this.route = new Uint8Array(buffer, at.route, 256);
    this.bins = new Uint8Array(buffer, at.bins, shape.rows * shape.features);
    this.rowIndices = new Uint32Array(buffer, at.rowIndices, shape.rows);
    this.sampled = new Uint32Array(buffer, at.sampled, shape.rows);
    this.gradients = new Float32Array(buffer, at.gradients, shape.rows * 2);
    this.ordered = new Float32Array(buffer, at.ordered, shape.rows * 2);
    this.target = new Float64Array(buffer, at.target, shape.rows);
    this.scores = new Float64Array(buffer, at.scores, shape.rows * shape.outputs);
    this.histograms = new Float64Array(buffer, at.histograms, shape.slots * shape.features * featureSize);
  }

  /** Makes the memory. */
  static allocate(shape: TrainingShape): SharedTraining {
    const pages = SharedTraining.pages(shape);
    // 32-bit addresses are signed where JavaScript passes them on: 2 GB.
    if (pages >= 32_768) {
      throw new UnusableDataError(
        `${shape.rows} rows of ${shape.features} features need more than 2 GB at once; train on fewer rows or columns.`,
      );
    }
    return new SharedTraining(new webAssembly.Memory({ initial: pages, maximum: pages, shared: true }), shape);
  }

  static pages(shape: TrainingShape): number {
    return Math.ceil(layout(shape).size / 65_536);
  }
}

function layout(shape: TrainingShape) {
  const { rows, features, slots, outputs } = shape;
  let size = 0;
  const reserve = (bytes: number) => {
    const offset = size;
    size += Math.ceil(bytes / 64) * 64;
    return offset;
  };
  const places = {
    control: reserve(64),
    nodes: reserve(2 * nodeSize * 8),
    results: reserve(2 * features * resultSize * 8),
    featureList: reserve(features * 4),
    route: reserve(256),
    bins: reserve(rows * features),
    rowIndices: reserve(rows * 4),
    sampled: reserve(rows * 4),
    gradients: reserve(rows * 8),
    ordered: reserve(rows * 8),
    target: reserve(rows * 8),
    scores: reserve(rows * outputs * 8),
    histograms: reserve(slots * features * featureSize * 8),
  };
  return { ...places, size };
}
