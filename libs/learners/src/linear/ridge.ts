import type { Design } from './design.js';
import { solveSymmetric } from './symmetric-solver.js';

/** Weights of a linear model and its intercept. */
export interface RidgeFit {
  readonly weights: Float64Array;
  readonly intercept: number;
  readonly rankDeficient: boolean;
}

/** Ridge regression: Σ(y − Xw − b)² + α‖w‖², intercept free; α = 0 is least squares (minimum norm when columns depend on each other). */
export function fitRidge(design: Design, target: Float64Array, alpha: number): RidgeFit {
  const { rows, width } = design;
  const gram = new Float64Array(width * width);
  const sums = new Float64Array(width);
  const right = new Float64Array(width);
  const mean = target.reduce((sum, value) => sum + value, 0) / rows;
  const dense = design.numeric.length;
  const row = new Float64Array(dense);
  const active = new Int32Array(design.codes.length);
  for (let i = 0; i < rows; i++) {
    const y = (target[i] ?? 0) - mean;
    for (let a = 0; a < dense; a++) row[a] = design.numeric[a]?.[i] ?? 0;
    let hot = 0;
    for (const codes of design.codes) if ((codes[i] ?? 0) >= 0) active[hot++] = codes[i] ?? 0;
    for (let a = 0; a < dense; a++) {
      const value = row[a] ?? 0;
      sums[a] = (sums[a] ?? 0) + value;
      right[a] = (right[a] ?? 0) + value * y;
      for (let b = 0; b <= a; b++) gram[a * width + b] = (gram[a * width + b] ?? 0) + value * (row[b] ?? 0);
    }
    for (let a = 0; a < hot; a++) {
      const code = active[a] ?? 0;
      sums[code] = (sums[code] ?? 0) + 1;
      right[code] = (right[code] ?? 0) + y;
      for (let b = 0; b < dense; b++) gram[code * width + b] = (gram[code * width + b] ?? 0) + (row[b] ?? 0);
      for (let b = 0; b <= a; b++) gram[code * width + (active[b] ?? 0)] = (gram[code * width + (active[b] ?? 0)] ?? 0) + 1;
    }
  }
  for (let a = 0; a < width; a++) {
    for (let b = 0; b <= a; b++) {
      const centred = (gram[a * width + b] ?? 0) - ((sums[a] ?? 0) * (sums[b] ?? 0)) / rows;
      gram[a * width + b] = centred;
      gram[b * width + a] = centred;
    }
    gram[a * width + a] = (gram[a * width + a] ?? 0) + alpha;
  }
  const { weights, rankDeficient } = solveSymmetric(gram, right);
  const intercept = weights.reduce((sum, weight, index) => sum - (weight * (sums[index] ?? 0)) / rows, mean);
  return { weights, intercept, rankDeficient };
}
