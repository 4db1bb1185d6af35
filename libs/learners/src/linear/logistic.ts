import { addProducts, addTransposed, type Design } from './design.js';
import { minimise } from './lbfgs.js';

/** Weights of each output and its intercept: one output for two classes, else one a class. */
export interface LogisticFit {
  readonly weights: readonly Float64Array[];
  readonly intercepts: readonly number[];
  readonly iterations: number;
  readonly converged: boolean;
}
export interface LogisticOptions {
  /** C: weight of the loss against ½‖w‖²; larger means less regularisation. */
  readonly inverseRegularisation: number;
  readonly maxIterations: number;
  /** Stops when max|gradient| / rows is at most this. */
  readonly tolerance: number;
}

/** Logistic (two classes) or softmax regression: C·Σ loss + ½‖w‖², intercepts free, by L-BFGS. */
export async function fitLogistic(
  design: Design,
  target: Float64Array,
  classCount: number,
  options: LogisticOptions,
  onIteration: (iteration: number, meanLoss: number) => Promise<void>,
): Promise<LogisticFit> {
  const { rows, width } = design;
  const outputs = classCount === 2 ? 1 : classCount;
  const block = width + 1;
  const scores = new Float64Array(rows * outputs);
  let meanLoss = 0;
  const objective = (point: Float64Array, gradient: Float64Array): number => {
    for (let i = 0; i < scores.length; i++) scores[i] = point[(i % outputs) * block + width] ?? 0;
    for (let k = 0; k < outputs; k++) addProducts(design, point.subarray(k * block, k * block + width), scores, outputs, k);
    const loss = outputs === 1 ? binaryResiduals(scores, target) : softmaxResiduals(scores, target, outputs);
    meanLoss = loss / rows;
    const c = options.inverseRegularisation;
    for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] ?? 0) * c;
    gradient.fill(0);
    let penalty = 0;
    for (let k = 0; k < outputs; k++) {
      const part = gradient.subarray(k * block, k * block + width);
      addTransposed(design, scores, outputs, k, part);
      let sum = 0;
      for (let row = 0, at = k; row < rows; row++, at += outputs) sum += scores[at] ?? 0;
      gradient[k * block + width] = sum;
      for (let j = 0; j < width; j++) {
        const weight = point[k * block + j] ?? 0;
        part[j] = (part[j] ?? 0) + weight;
        penalty += weight * weight;
      }
    }
    return c * loss + penalty / 2;
  };
  const found = await minimise(objective, new Float64Array(outputs * block), {
    maxIterations: options.maxIterations,
    gradientTolerance: options.tolerance * rows,
    onIteration: (iteration) => onIteration(iteration, meanLoss),
  });
  return {
    weights: Array.from({ length: outputs }, (_, k) => found.point.slice(k * block, k * block + width)),
    intercepts: Array.from({ length: outputs }, (_, k) => found.point[k * block + width] ?? 0),
    iterations: found.iterations,
    converged: found.converged,
  };
}

/** Replaces scores by p − y; returns the summed loss. */
function binaryResiduals(scores: Float64Array, target: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] ?? 0;
    const y = target[i] ?? 0;
    loss += Math.max(score, 0) - score * y + Math.log1p(Math.exp(-Math.abs(score)));
    scores[i] = 1 / (1 + Math.exp(-score)) - y;
  }
  return loss;
}

function softmaxResiduals(scores: Float64Array, target: Float64Array, outputs: number): number {
  let loss = 0;
  for (let start = 0, row = 0; start < scores.length; start += outputs, row++) {
    const own = start + (target[row] ?? 0);
    let highest = Number.NEGATIVE_INFINITY;
    for (let k = start; k < start + outputs; k++) highest = Math.max(highest, scores[k] ?? 0);
    const score = scores[own] ?? 0;
    let sum = 0;
    for (let k = start; k < start + outputs; k++) sum += scores[k] = Math.exp((scores[k] ?? 0) - highest);
    loss += highest + Math.log(sum) - score;
    for (let k = start; k < start + outputs; k++) scores[k] = (scores[k] ?? 0) / sum;
    scores[own] = (scores[own] ?? 0) - 1;
  }
  return loss;
}
