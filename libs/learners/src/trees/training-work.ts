import type { Task } from '../training.js';
import type { FeatureBins } from './binning.js';
import { lossFor, type BoostingLoss } from './boosting-loss.js';
import { instantiateKernel, type HistogramKernel } from './histogram-kernel.js';
import { Control, featureSize, nodeSize, resultSize, SharedTraining } from './shared-training.js';
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
    setup: WorkSetup,
  ) {
    this.kernel = instantiateKernel(module, shared.memory);
    this.search = new SplitSearch(setup.features, setup.rules);
    this.loss = lossFor(setup.task, setup.classCount, shared.shape.rows);
  }

  /** Takes features of the posted job until none is left: histogram, sibling by subtraction, best split of each child. */
  takeFeatures(): void {
    const { control, featureList } = this.shared;
    const count = control[Control.featureCount] as number;
    for (;;) {
      const position = Atomics.add(control, Control.next, 1);
      if (position >= count) return;
      this.workOn(featureList[position] as number);
    }
  }

  /** Gradients of one of the two halves of the sampled rows. */
  computeGradients(half: 0 | 1, parts: 1 | 2): void {
    const { control, sampled, target, scores, gradients } = this.shared;
    const count = control[Control.sampled] as number;
    const middle = parts === 1 ? count : count >> 1;
    const rows = half === 0 ? sampled.subarray(0, middle) : sampled.subarray(middle, count);
    const output = control[Control.output] as number;
    if (output === 0) this.loss.startRound(scores, rows);
    this.loss.gradients(target, scores, rows, output, gradients);
  }

  private workOn(feature: number): void {
    const { control, histograms, bins, rowIndices, shape, nodes, results } = this.shared;
    const slot = control[Control.buildSlot] as number;
    const parent = control[Control.parentSlot] as number;
    const start = control[Control.start] as number;
    const end = control[Control.end] as number;
    const at = (slot * shape.features + feature) * featureSize;
    const address = histograms.byteOffset + at * 8;
    histograms.fill(0, at, at + featureSize);
    this.kernel.addRows(
      bins.byteOffset + feature * shape.rows,
      rowIndices.byteOffset + start * 4,
      control[Control.gradients] as number,
      end - start,
      address,
    );
    if (parent >= 0) {
      const left = histograms.byteOffset + (parent * shape.features + feature) * featureSize * 8;
      this.kernel.subtract(left, address, left + featureSize * 8);
    }
    for (let child = 0; child < 2; child++) {
      const node = child * nodeSize;
      const searched = nodes[node + 5] as number;
      if (searched < 0) continue;
      const sums = {
        gradient: nodes[node] as number,
        hessian: nodes[node + 1] as number,
        rows: nodes[node + 2] as number,
        lowest: nodes[node + 3] as number,
        highest: nodes[node + 4] as number,
      };
      const split = this.search.find(histograms, (searched * shape.features + feature) * featureSize, sums, feature);
      const result = (child * shape.features + feature) * resultSize;
      results[result] = split?.gain ?? 0;
      if (split === undefined) continue;
      results[result + 1] = split.bin;
      results[result + 2] = split.missingLeft ? 1 : 0;
      results[result + 3] = split.left.gradient;
      results[result + 4] = split.left.hessian;
      results[result + 5] = split.left.rows;
    }
  }
}
