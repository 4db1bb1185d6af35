import { missingBin, type FeatureBins } from './binning.js';
import { cellSize } from './shared-training.js';

/** What a split must respect. */
export interface SplitRules {
  readonly l1: number;
  readonly l2: number;
  readonly minGain: number;
  readonly minLeafRows: number;
  readonly minLeafHessian: number;
  /** By feature: 1 rising, −1 falling, 0 free. */
  readonly monotone: Int8Array;
}
/** Sums of a node, and the bounds that monotone splits above it set on its value. */
export interface NodeSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly rows: number;
  readonly lowest: number;
  readonly highest: number;
}
export interface Split {
  readonly gain: number;
  readonly feature: number;
  /** Bins up to this one go left; −1 for a category set. */
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly left: { readonly gradient: number; readonly hessian: number; readonly rows: number };
  readonly set?: { readonly codes: readonly number[]; readonly counts: readonly number[] };
}

const minimalCategorySupport = 10;
const categorySmoothing = 10;

/** Value of a leaf before shrinking: −T(G)/(H+λ), held inside the node's bounds. */
export function leafValue(gradient: number, hessian: number, rules: SplitRules, lowest: number, highest: number): number {
  const value = -shrink(gradient, rules.l1) / (hessian + rules.l2 + 1e-15);
  return Math.min(highest, Math.max(lowest, value));
}

function shrink(gradient: number, l1: number): number {
  return l1 === 0 ? gradient : Math.sign(gradient) * Math.max(0, Math.abs(gradient) - l1);
}

/** Finds the best split of a node on one feature. First best wins: missing right, lower cut. */
export class SplitSearch {
  private best: Split | undefined;
  private bestGain = 0;
  private node: NodeSums = { gradient: 0, hessian: 0, rows: 0, lowest: 0, highest: 0 };
  private parentScore = 0;

  constructor(
    private readonly features: readonly FeatureBins[],
    private readonly rules: SplitRules,
  ) {}

  /** @param at - where the feature's histogram starts */
  find(histograms: Float64Array, at: number, node: NodeSums, feature: number): Split | undefined {
    const bins = this.features[feature];
    if (bins === undefined) return undefined;
    this.best = undefined;
    this.bestGain = this.rules.minGain;
    this.node = node;
    const monotone = this.rules.monotone[feature] ?? 0;
    const checked = monotone !== 0 || node.lowest !== Number.NEGATIVE_INFINITY || node.highest !== Number.POSITIVE_INFINITY;
    this.parentScore = checked
      ? this.boundedScore(node.gradient, node.hessian, this.valueOf(node.gradient, node.hessian))
      : this.score(node.gradient, node.hessian);
    if (bins.categorical) this.scanCategories(histograms, at, feature, bins, checked);
    else this.scanNumbers(histograms, at, feature, bins, checked, monotone);
    return this.best;
  }

  private scanNumbers(histograms: Float64Array, at: number, feature: number, bins: FeatureBins, checked: boolean, monotone: number): void {
    const { gradient, hessian, rows } = this.node;
    const { minLeafRows, minLeafHessian } = this.rules;
    const { hasMissing } = bins;
    let gl = 0;
    let hl = 0;
    let nl = 0;
    // Missing right; the last step puts all present rows left.
    const last = hasMissing ? bins.count : bins.count - 1;
    for (let bin = 0; bin < last; bin++) {
      const cell = at + bin * cellSize;
      const n = histograms[cell + 2] ?? 0;
      if (n === 0 && bin > 0) continue;
      gl += histograms[cell] ?? 0;
      hl += histograms[cell + 1] ?? 0;
      nl += n;
      if (nl < minLeafRows) continue;
      if (rows - nl < minLeafRows) break;
      if (hl < minLeafHessian) continue;
      const hr = hessian - hl;
      if (hr < minLeafHessian) break;
      const gr = gradient - gl;
      const gain = this.gainOf(gl, hl, gr, hr, checked, monotone);
      if (gain > this.bestGain) this.keep(gain, feature, bin, hasMissing ? false : nl > rows - nl, gl, hl, nl);
    }
    if (!hasMissing) return;
    const missing = at + missingBin * cellSize;
    gl = histograms[missing] ?? 0;
    hl = histograms[missing + 1] ?? 0;
    nl = histograms[missing + 2] ?? 0;
    if (nl === 0) return;
    for (let bin = 0; bin < bins.count - 1; bin++) {
      const cell = at + bin * cellSize;
      gl += histograms[cell] ?? 0;
      hl += histograms[cell + 1] ?? 0;
      nl += histograms[cell + 2] ?? 0;
      if (nl < minLeafRows || hl < minLeafHessian) continue;
      const hr = hessian - hl;
      if (rows - nl < minLeafRows || hr < minLeafHessian) break;
      const gain = this.gainOf(gl, hl, gradient - gl, hr, checked, monotone);
      if (gain > this.bestGain) this.keep(gain, feature, bin, true, gl, hl, nl);
    }
  }

  // Levels sorted by G/(H+10), then prefixes from both ends (Fisher's trick for two-valued splits). The set goes left.
  private scanCategories(histograms: Float64Array, at: number, feature: number, bins: FeatureBins, checked: boolean): void {
    const { gradient, hessian, rows } = this.node;
    const support = rows / hessian;
    const used: number[] = [];
    for (let bin = 0; bin < bins.count; bin++) {
      if ((histograms[at + bin * cellSize + 1] ?? 0) * support >= minimalCategorySupport) used.push(bin);
    }
    if (used.length < 2) return;
    const rank = (bin: number) => (histograms[at + bin * cellSize] ?? 0) / ((histograms[at + bin * cellSize + 1] ?? 0) + categorySmoothing);
    used.sort((a, b) => rank(a) - rank(b) || a - b);
    const middle = Math.floor((used.length + 1) / 2);
    for (const fromLeft of [true, false]) {
      let gl = 0;
      let hl = 0;
      let nl = 0;
      const order = fromLeft ? used : used.toReversed();
      for (let length = 1; length <= (fromLeft ? middle : middle - 1); length++) {
        const cell = at + (order[length - 1] ?? 0) * cellSize;
        gl += histograms[cell] ?? 0;
        hl += histograms[cell + 1] ?? 0;
        nl += histograms[cell + 2] ?? 0;
        if (nl < this.rules.minLeafRows || hl < this.rules.minLeafHessian) continue;
        if (rows - nl < this.rules.minLeafRows || hessian - hl < this.rules.minLeafHessian) break;
        const gain = this.gainOf(gl, hl, gradient - gl, hessian - hl, checked, 0);
        if (gain <= this.bestGain) continue;
        const codes = order.slice(0, length).sort((a, b) => a - b);
        const counts = codes.map((code) => histograms[at + code * cellSize + 2] ?? 0);
        this.keep(gain, feature, -1, false, gl, hl, nl, { codes, counts });
      }
    }
  }

  private keep(
    gain: number,
    feature: number,
    bin: number,
    missingLeft: boolean,
    gradient: number,
    hessian: number,
    rows: number,
    set?: Split['set'],
  ): void {
    this.bestGain = gain;
    this.best = { gain, feature, bin, missingLeft, left: { gradient, hessian, rows }, set };
  }

  private gainOf(gl: number, hl: number, gr: number, hr: number, checked: boolean, monotone: number): number {
    if (!checked) return this.score(gl, hl) + this.score(gr, hr) - this.parentScore;
    const left = this.valueOf(gl, hl);
    const right = this.valueOf(gr, hr);
    if (monotone * (right - left) < 0) return Number.NEGATIVE_INFINITY;
    return this.boundedScore(gl, hl, left) + this.boundedScore(gr, hr, right) - this.parentScore;
  }

  private score(gradient: number, hessian: number): number {
    const shrunk = shrink(gradient, this.rules.l1);
    return (shrunk * shrunk) / (hessian + this.rules.l2);
  }

  // Twice the loss saved by this value; equal to `score` at the free optimum, less when a bound holds it.
  private boundedScore(gradient: number, hessian: number, value: number): number {
    return -2 * shrink(gradient, this.rules.l1) * value - (hessian + this.rules.l2) * value * value;
  }

  private valueOf(gradient: number, hessian: number): number {
    return leafValue(gradient, hessian, this.rules, this.node.lowest, this.node.highest);
  }
}
