import { normalQuantile, normalUpperTail } from './distributions.js';
import { mulberry32 } from './random.js';

export interface BootstrapInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Smallest level at which the interval leaves 0 out, two-sided, by the shares of resamples on either side. */
  readonly p: number;
}
export interface BootstrapOptions {
  readonly seed: number;
  /** Default 2,000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Called now and then with the share that is done; may throw to stop. */
  readonly onProgress?: (share: number) => void;
}
/**
 * Many figures of the same rows at once, each row counting as often as its weight says. Writes them to `out` in a fixed
 * order; NaN where a figure does not exist. Sort and look up outside of it: it is asked thousands of times.
 */
export type JointStatistic = (weights: Int32Array, out: Float64Array) => void;

/** Figures on the data, on resamples and with rows left out: what every interval of them, or of a difference of two, needs. */
export class JointBootstrap {
  constructor(
    private readonly values: Float64Array,
    private readonly drawn: readonly Float64Array[],
    private readonly left: readonly Float64Array[],
    private readonly confidence: number,
  ) {}

  /**
   * BCa interval (Efron 1987) of a figure made of the joint ones, such as `(v) => v[1] - v[0]`; percentile when that
   * degenerates. Null when the figure does not exist on the data themselves.
   */
  interval(figure: (values: Float64Array) => number): BootstrapInterval | null {
    const value = figure(this.values);
    if (Number.isNaN(value)) return null;
    const drawn = this.drawn.map(figure).filter((one) => !Number.isNaN(one));
    return bcaInterval(value, drawn, () => this.left.map(figure), this.confidence);
  }
}

/**
 * Bootstrap of many figures over the same resamples of rows, so that figures of two models are paired and a difference of
 * them has an interval of its own.
 * @param n - number of rows
 * @param size - number of figures
 */
export function jointBootstrap(n: number, size: number, statistic: JointStatistic, options: BootstrapOptions): JointBootstrap {
  const { seed, resamples = 2000, confidence = 0.95, onProgress } = options;
  const weights = new Int32Array(n).fill(1);
  const figures = (): Float64Array => {
    const out = new Float64Array(size);
    statistic(weights, out);
    return out;
  };
  const values = figures();
  const random = mulberry32(seed);
  const drawn: Float64Array[] = [];
  for (let b = 0; b < resamples && n > 0; b++) {
    if (b % 50 === 0) onProgress?.(b / resamples);
    drawRows(weights, random);
    drawn.push(figures());
  }
  const left: Float64Array[] = [];
  const groups = jackknifeGroups(n);
  for (let group = 0; group < groups; group++) {
    leaveOut(weights, group, groups);
    left.push(figures());
  }
  return new JointBootstrap(values, drawn, left, confidence);
}

/** Weights of one resample: n rows with replacement. */
export function drawRows(weights: Int32Array, random: () => number): void {
  weights.fill(0);
  for (let i = 0; i < weights.length; i++) {
    const row = Math.floor(random() * weights.length);
    weights[row] = (weights[row] ?? 0) + 1;
  }
}

/** One for each row, 200 groups of rows when there are many. */
export function jackknifeGroups(n: number): number {
  return n > 2000 ? 200 : n;
}

/** Weights of all rows but those of a group. */
export function leaveOut(weights: Int32Array, group: number, groups: number): void {
  weights.fill(1);
  for (let row = group; row < weights.length; row += groups) weights[row] = 0;
}

/**
 * BCa interval from what resamples and the jackknife gave; percentile when the bias or the acceleration does not exist.
 * @param left - the figure with rows left out; asked for only when the bias exists
 */
export function bcaInterval(
  value: number,
  drawn: readonly number[],
  left: () => readonly number[],
  confidence: number,
): BootstrapInterval | null {
  if (drawn.length === 0) return null;
  const sorted = Float64Array.from(drawn).sort();
  const below = drawn.reduce((count, one) => count + (one < value ? 1 : one === value ? 0.5 : 0), 0);
  const bias = normalQuantile(below / drawn.length);
  const acceleration = Number.isFinite(bias) ? accelerationOf(left()) : null;
  const at = (share: number): number => {
    if (acceleration === null || !Number.isFinite(bias)) return quantile(sorted, share);
    const shifted = bias + normalQuantile(share);
    const moved = bias + shifted / (1 - acceleration * shifted);
    return Number.isFinite(moved) ? quantile(sorted, 1 - normalUpperTail(moved)) : quantile(sorted, share);
  };
  const tail = (1 - confidence) / 2;
  const notAbove = drawn.reduce((count, one) => count + (one <= 0 ? 1 : 0), 0);
  const notBelow = drawn.reduce((count, one) => count + (one >= 0 ? 1 : 0), 0);
  const p = Math.min(1, (2 * (Math.min(notAbove, notBelow) + 1)) / (drawn.length + 1));
  return { value, low: at(tail), high: at(1 - tail), p };
}

/** From leaving rows out. Null when it does not exist. */
function accelerationOf(left: readonly number[]): number | null {
  if (left.some(Number.isNaN)) return null;
  const centre = left.reduce((sum, one) => sum + one, 0) / left.length;
  let squares = 0;
  let cubes = 0;
  for (const one of left) {
    squares += (centre - one) ** 2;
    cubes += (centre - one) ** 3;
  }
  return squares === 0 || Number.isNaN(squares) ? null : cubes / (6 * squares ** 1.5);
}

/** Linear interpolation at (n − 1)q of sorted values. */
function quantile(sorted: Float64Array, q: number): number {
  const at = (sorted.length - 1) * Math.min(1, Math.max(0, q));
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? 0;
  return low + (high - low) * (at - Math.floor(at));
}
