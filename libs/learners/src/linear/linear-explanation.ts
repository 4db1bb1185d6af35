import type { Frame } from '@crisol/frame';
import { decodeModel } from '@crisol/onnx';
import { encodeFeatures } from '../features/feature-plan.js';
import { UnusableDataError } from '../training.js';
import { layOut } from './design.js';
import { linearMetadataKey, type LinearModel } from './linear-model.js';

/** Why a linear model answered as it did; `baseline` and a row's contributions add up to its answer. */
export interface LinearExplanation {
  readonly baseline: number;
  /** Row by row, in the order of the table's columns. */
  readonly contributions: Float64Array;
  readonly unit: 'prediction' | 'log_odds';
}

// Gauss-Legendre with 5 places in each of 16 parts: the log-odds along a path are smooth, so this leaves errors near 1e-9.
const parts = 16;
const places = [0.046910077030668, 0.230765344947158, 0.5, 0.769234655052842, 0.953089922969332];
const shares = [0.118463442528095, 0.239314335249683, 0.284444444444444, 0.239314335249683, 0.118463442528095];

/**
 * Explains each row against the average training row: weight × (value − mean), exact for numbers and for two classes. With
 * several classes the log-odds of the last one are not linear in the columns; then the scores' contributions are weighted by
 * the gradient along the straight path from the average row (integrated gradients), so that they add up all the same.
 * @param onnx - what `exportLinear` gave
 */
export function explainLinear(onnx: Uint8Array, table: Frame): LinearExplanation {
  const model = readModel(onnx);
  const moves = scoreMoves(model, table);
  const baselines = model.weights.map((_, k) => averageScore(model, k));
  const outputs = model.weights.length;
  const width = table.columns.length;
  if (outputs === 1)
    return {
      baseline: baselines[0] ?? 0,
      contributions: moves[0] ?? new Float64Array(0),
      unit: model.task === 'regression' ? 'prediction' : 'log_odds',
    };
  const contributions = new Float64Array(table.rows * width);
  for (let row = 0; row < table.rows; row++) {
    const ends = baselines.map((_, k) => sumOf(moves[k] ?? contributions, row * width, width));
    const slopes = meanSlopes(baselines, ends);
    for (let at = row * width; at < (row + 1) * width; at++)
      contributions[at] = slopes.reduce((sum, slope, k) => sum + slope * (moves[k]?.[at] ?? 0), 0);
  }
  return { baseline: logOdds(baselines), contributions, unit: 'log_odds' };
}

function readModel(onnx: Uint8Array): LinearModel {
  const text = decodeModel(onnx).metadata.find(({ key }) => key === linearMetadataKey)?.value;
  if (text === undefined)
    throw new UnusableDataError('The graph does not hold what an explanation needs: it was not trained by this model type.');
  // The text is what `exportLinear` wrote of the same type.
  const kept: Omit<LinearModel, 'weights' | 'categoryMeans'> & { weights: number[][]; categoryMeans: number[][] } = JSON.parse(text);
  return {
    ...kept,
    weights: kept.weights.map((one) => Float64Array.from(one)),
    categoryMeans: kept.categoryMeans.map((one) => Float64Array.from(one)),
  };
}

/** Score of the average row. */
function averageScore({ design, weights, intercepts, categoryMeans }: LinearModel, k: number): number {
  const numbers = design.numeric.reduce(
    (sum, { fill, centre, scale }, place) => sum + ((weights[k]?.[place] ?? 0) * (fill - centre)) / scale,
    0,
  );
  return (intercepts[k] ?? 0) + numbers + (categoryMeans[k] ?? new Float64Array(0)).reduce((sum, value) => sum + value, 0);
}

/** By output: how far each column of each row moves the score away from the average row's. */
function scoreMoves({ plan, design, weights, categoryMeans }: LinearModel, table: Frame): Float64Array[] {
  const rows = layOut(design, encodeFeatures(plan, table), table.rows);
  const positions = new Map(table.columns.map(({ name }, index) => [name, index]));
  const columnOf = (feature: number) => positions.get(plan.features[feature]?.column ?? '') ?? 0;
  const width = table.columns.length;
  return weights.map((output, k) => {
    const out = new Float64Array(table.rows * width);
    const add = (row: number, column: number, value: number) => (out[row * width + column] = (out[row * width + column] ?? 0) + value);
    design.numeric.forEach(({ feature, fill, centre, scale }, place) => {
      const average = (fill - centre) / scale;
      rows.numeric[place]?.forEach((value, row) => add(row, columnOf(feature), (output[place] ?? 0) * (value - average)));
    });
    design.categories.forEach(({ feature }, place) => {
      const average = categoryMeans[k]?.[place] ?? 0;
      rows.codes[place]?.forEach((code, row) => add(row, columnOf(feature), (code >= 0 ? (output[code] ?? 0) : 0) - average));
    });
    return out;
  });
}

/** Mean over the path of ∂ log-odds / ∂ score of each output: 1 for the last, minus the softmax among the others for those. */
function meanSlopes(from: readonly number[], moves: readonly number[]): number[] {
  const out = new Array<number>(from.length).fill(0);
  const last = from.length - 1;
  for (let part = 0; part < parts; part++) {
    places.forEach((place, i) => {
      const t = (part + place) / parts;
      const others = from.slice(0, last).map((score, k) => score + t * (moves[k] ?? 0));
      const highest = Math.max(...others);
      const weights = others.map((score) => Math.exp(score - highest));
      const total = weights.reduce((sum, value) => sum + value, 0);
      weights.forEach((value, k) => (out[k] = (out[k] ?? 0) - ((shares[i] ?? 0) / parts) * (value / total)));
    });
  }
  out[last] = 1;
  return out;
}

/** Log-odds of the last class against all others. */
function logOdds(scores: readonly number[]): number {
  const others = scores.slice(0, -1);
  const highest = Math.max(...others);
  return (scores.at(-1) ?? 0) - highest - Math.log(others.reduce((sum, score) => sum + Math.exp(score - highest), 0));
}

function sumOf(values: Float64Array, start: number, length: number): number {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += values[i] ?? 0;
  return sum;
}
