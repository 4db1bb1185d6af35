import type { Task } from '../training.js';
import type { FeatureBins } from './binning.js';
import { lossFor, type BoostingLoss } from './boosting-loss.js';
import { instantiateKernel, type HistogramKernel } from './histogram-kernel.js';
import { cellSize, Control, featureSize, nodeSize, resultSize, SharedTraining } from './shared-training.js';
import { SplitSearch, type SplitRules } from './split-search.js';

/** What both threads know from the start. Plain data: it crosses to the second thread once. */
export interface WorkSetup {
  readonly features: readonly FeatureBins[];
  readonly rules: SplitRules;
  readonly task: Task;
  readonly classCount: number;
}

/** The shares of a job that either thread can do. Each feature is summed by one thread in row order: results do not depend on threads. */
export class TrainingWork {
  readonly loss: BoostingLoss;
  readonly kernel: HistogramKernel;
  private readonly search: SplitSearch;

  constructor(
    private readonly shared: SharedTraining,
    module: object,
    private readonly setup: WorkSetup,
  ) {
    this.kernel = instantiateKernel(module, shared.memory);
    this.search = new SplitSearch(setup.features, setup.rules);
    this.loss = lossFor(setup.task, setup.classCount, shared.shape.rows);
  }

  /** Takes features of the posted job until none is left: histogram, sibling by subtraction, best split of each child. */
  takeFeatures(): void {
    const { control, featureList } = this.shared;
    const count = control[Control.featureCount] ?? 0;
    for (;;) {
      const position = Atomics.add(control, Control.next, 1);
      if (position >= count) return;
      this.workOn(featureList[position] ?? 0);
    }
  }

  /** Gradients of one of the two halves of the sampled rows. */
  computeGradients(half: 0 | 1, parts: 1 | 2): void {
    const { control, sampled, target, scores, gradients } = this.shared;
    const count = control[Control.sampled] ?? 0;
    const middle = parts === 1 ? count : count >> 1;
    const rows = half === 0 ? sampled.subarray(0, middle) : sampled.subarray(middle, count);
    const output = control[Control.output] ?? 0;
    if (output === 0) this.loss.startRound(scores, rows);
    this.loss.gradients(target, scores, rows, output, gradients);
  }

  private workOn(feature: number): void {
    const { control, histograms, bins, rowIndices, shape, nodes, results } = this.shared;
    const slot = control[Control.buildSlot] ?? 0;
    const parent = control[Control.parentSlot] ?? 0;
    const start = control[Control.start] ?? 0;
    const end = control[Control.end] ?? 0;
    const at = (slot * shape.features + feature) * featureSize;
    const address = histograms.byteOffset + at * 8;
    histograms.fill(0, at, at + featureSize);
    this.kernel.addRows(
      bins.byteOffset + feature * shape.rows,
      rowIndices.byteOffset + start * 4,
      control[Control.gradients] ?? 0,
      end - start,
      address,
    );
    if (parent >= 0) {
      const left = histograms.byteOffset + (parent * shape.features + feature) * featureSize * 8;
      this.kernel.subtract(left, address, left + featureSize * 8);
    }
    for (let child = 0; child < 2; child++) {
      const node = child * nodeSize;
      const searched = nodes[node + 5] ?? 0;
      if (searched < 0) continue;
      const from = (searched * shape.features + feature) * featureSize;
      const result = (child * shape.features + feature) * resultSize;
      results[result] = 0;
      if (this.isPlain(feature, node)) this.scanPlain(feature, node, from, result);
      else this.searchAny(feature, node, from, result);
    }
  }

  /** Whether the kernel's scan knows the case: a numeric feature without missing values, no bounds, no L1. */
  private isPlain(feature: number, node: number): boolean {
    const { features, rules } = this.setup;
    const bins = features[feature];
    if (bins === undefined || bins.categorical || bins.hasMissing || rules.l1 !== 0 || rules.monotone[feature] !== 0) return false;
    const { nodes } = this.shared;
    return nodes[node + 3] === Number.NEGATIVE_INFINITY && nodes[node + 4] === Number.POSITIVE_INFINITY;
  }

  private scanPlain(feature: number, node: number, from: number, result: number): void {
    const { nodes, histograms, results } = this.shared;
    const { minLeafRows, minLeafHessian, l2, minGain } = this.setup.rules;
    const gradient = nodes[node] ?? 0;
    const hessian = nodes[node + 1] ?? 0;
    const rows = nodes[node + 2] ?? 0;
    const cells = (this.setup.features[feature]?.count ?? 1) - 1;
    if (cells === 0) return;
    const start = histograms.byteOffset + from * 8;
    const out = results.byteOffset + result * 8;
    const parentScore = (gradient * gradient) / (hessian + l2);
    this.kernel.scan(
      start,
      start + cells * cellSize * 8,
      out,
      gradient,
      hessian,
      rows,
      minLeafRows,
      minLeafHessian,
      l2,
      parentScore,
      minGain,
    );
    if (results[result] === 0) return;
    const left = results[result + 4] ?? 0;
    results[result + 5] = left;
    results[result + 4] = results[result + 3] ?? 0;
    results[result + 3] = results[result + 2] ?? 0;
    results[result + 2] = left > rows - left ? 1 : 0;
    results[result + 1] = ((results[result + 1] ?? 0) - start) / (cellSize * 8);
  }

  private searchAny(feature: number, node: number, from: number, result: number): void {
    const { nodes, histograms, results } = this.shared;
    const sums = {
      gradient: nodes[node] ?? 0,
      hessian: nodes[node + 1] ?? 0,
      rows: nodes[node + 2] ?? 0,
      lowest: nodes[node + 3] ?? 0,
      highest: nodes[node + 4] ?? 0,
    };
    const split = this.search.find(histograms, from, sums, feature);
    if (split === undefined) return;
    results[result] = split.gain;
    results[result + 1] = split.bin;
    results[result + 2] = split.missingLeft ? 1 : 0;
    results[result + 3] = split.left.gradient;
    results[result + 4] = split.left.hessian;
    results[result + 5] = split.left.rows;
  }
}
