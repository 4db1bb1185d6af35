import type { Frame } from '@crisol/frame';
import { encodeFeatures, type FeaturePlan } from '../features/feature-plan.js';

/** A numeric feature of a linear model: missing values become `fill`, then (x − centre) / scale. */
export interface NumericTerm {
  readonly feature: number;
  readonly fill: number;
  readonly centre: number;
  readonly scale: number;
}
/** A text feature: one weight for each level, one for "missing"; unseen levels add nothing. */
export interface CategoryTerm {
  readonly feature: number;
  /** First weight of the term. */
  readonly offset: number;
  /** Levels and the place for "missing". */
  readonly size: number;
}
/** How features become the columns of a linear model: numeric terms first, then one block of weights for each text. */
export interface DesignPlan {
  readonly numeric: readonly NumericTerm[];
  readonly categories: readonly CategoryTerm[];
  /** Weights without the intercept. */
  readonly width: number;
}
/** Rows of a design: dense standardised numbers, and codes for one-hot blocks (the weight's index, −1 for none). */
export interface Design {
  readonly rows: number;
  readonly width: number;
  readonly numeric: readonly Float64Array[];
  readonly codes: readonly Int32Array[];
}

/** Decides fills, centres and scales on the training rows. */
export function planDesign(plan: FeaturePlan, columns: readonly Float32Array[], standardise: boolean): DesignPlan {
  const numeric: NumericTerm[] = [];
  const categories: CategoryTerm[] = [];
  plan.features.forEach((feature, index) => {
    if (feature.kind === 'category') return;
    const { mean, deviation } = moments(columns[index] ?? new Float32Array(0));
    const fill = Math.fround(mean);
    numeric.push({ feature: index, fill, centre: standardise ? mean : 0, scale: standardise && deviation > 0 ? deviation : 1 });
  });
  let offset = numeric.length;
  plan.features.forEach((feature, index) => {
    if (feature.kind !== 'category') return;
    categories.push({ feature: index, offset, size: feature.levels.length + 1 });
    offset += feature.levels.length + 1;
  });
  return { numeric, categories, width: offset };
}

// Welford's running moments of the present values; the deviation is the population's.
function moments(values: Float32Array): { mean: number; deviation: number } {
  let n = 0;
  let mean = 0;
  let squares = 0;
  for (const value of values) {
    if (value !== value) continue;
    n++;
    const delta = value - mean;
    mean += delta / n;
    squares += delta * (value - mean);
  }
  return { mean, deviation: n === 0 ? 0 : Math.sqrt(squares / n) };
}

/** Lays out rows for training or prediction. */
export function layOut(design: DesignPlan, columns: readonly Float32Array[], rows: number): Design {
  return {
    rows,
    width: design.width,
    numeric: design.numeric.map(({ feature, fill, centre, scale }) =>
      Float64Array.from(columns[feature] ?? [], (value) => ((value !== value ? fill : value) - centre) / scale),
    ),
    codes: design.categories.map(({ feature, offset }) =>
      Int32Array.from(columns[feature] ?? [], (code) => (code >= 0 ? offset + code : -1)),
    ),
  };
}

/** The same from a table. */
export function layOutTable(plan: FeaturePlan, design: DesignPlan, table: Frame): Design {
  return layOut(design, encodeFeatures(plan, table), table.rows);
}

/** Adds X·w to `out`, row i at `out[i * stride + output]`. */
export function addProducts(design: Design, weights: Float64Array, out: Float64Array, stride: number, output: number): void {
  design.numeric.forEach((values, column) => {
    const weight = weights[column] ?? 0;
    if (weight === 0) return;
    for (let row = 0, at = output; row < design.rows; row++, at += stride) out[at] = (out[at] ?? 0) + weight * (values[row] ?? 0);
  });
  for (const codes of design.codes) {
    for (let row = 0, at = output; row < design.rows; row++, at += stride) {
      const code = codes[row] ?? 0;
      if (code >= 0) out[at] = (out[at] ?? 0) + (weights[code] ?? 0);
    }
  }
}

/** Adds Xᵀ·r to `out`, with row i's r at `residuals[i * stride + output]`. */
export function addTransposed(design: Design, residuals: Float64Array, stride: number, output: number, out: Float64Array): void {
  design.numeric.forEach((values, column) => {
    let sum = 0;
    for (let row = 0, at = output; row < design.rows; row++, at += stride) sum += (values[row] ?? 0) * (residuals[at] ?? 0);
    out[column] = (out[column] ?? 0) + sum;
  });
  for (const codes of design.codes) {
    for (let row = 0, at = output; row < design.rows; row++, at += stride) {
      const code = codes[row] ?? 0;
      if (code >= 0) out[code] = (out[code] ?? 0) + (residuals[at] ?? 0);
    }
  }
}
