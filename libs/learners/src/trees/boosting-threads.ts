import { Worker } from 'node:worker_threads';
import type { BinnedTable } from './binning.js';
import { histogramModule } from './histogram-kernel.js';
import { Control, featureSize, nodeSize, resultSize, SharedTraining, type TrainingShape } from './shared-training.js';
import { SplitSearch, type NodeSums, type Split } from './split-search.js';
import { TrainingWork, type WorkSetup } from './training-work.js';

/** What the second thread starts with. */
export interface WorkerStart {
  readonly memory: { readonly buffer: SharedArrayBuffer };
  readonly shape: TrainingShape;
  readonly module: object;
  readonly setup: WorkSetup;
}
/** A child to search for a split once its histogram is there. */
export interface SearchedNode {
  readonly slot: number;
  readonly sums: NodeSums;
}

// Rows × features below which a table is trained on one thread, and a job is done without the second one.
const tableWorthSharing = 100_000;
const jobWorthSharing = 4000;
const looksBeforeSleep = 20_000;

/** Runs the jobs of a boosting run, on this thread and, for large tables, on a second one. */
export class BoostingThreads {
  readonly shared: SharedTraining;
  readonly work: TrainingWork;
  private readonly search: SplitSearch;
  private readonly worker: Worker | undefined;
  private jobs = 0;
  /** Whether the second thread takes part; it does from the first round after its start. */
  private sharing = false;
  private failure: Error | undefined;

  constructor(table: BinnedTable, target: Float64Array, slots: number, outputs: number, setup: WorkSetup, threads: number) {
    const shape = { rows: table.rows, features: table.features.length, slots, outputs };
    this.shared = SharedTraining.allocate(shape);
    this.shared.bins.set(table.bins);
    this.shared.target.set(target);
    const module = histogramModule(SharedTraining.pages(shape));
    this.work = new TrainingWork(this.shared, module, setup);
    this.search = new SplitSearch(setup.features, setup.rules);
    const program = new URL('./boosting-worker.js', import.meta.url);
    // Only the built package has the worker's file; run from source (in tests) everything happens on this thread.
    if (threads < 2 || shape.rows * shape.features < tableWorthSharing || !import.meta.url.endsWith('.js')) return;
    const start: WorkerStart = { memory: this.shared.memory, shape, module, setup };
    this.worker = new Worker(program, { workerData: start });
    this.worker.once('error', (error) => (this.failure = error instanceof Error ? error : new Error(String(error))));
    this.worker.unref();
  }

  /** Gradients of the sampled rows for one output. */
  computeGradients(rows: Uint32Array, output: number): void {
    const { control, sampled } = this.shared;
    sampled.set(rows);
    control[Control.sampled] = rows.length;
    control[Control.output] = output;
    control[Control.kind] = 1;
    // The halves must stay the same for all outputs of a round: each thread keeps what it computed for its rows.
    if (output === 0) this.sharing = this.worker !== undefined && Atomics.load(control, Control.ready) === 1;
    if (!this.sharing) this.work.computeGradients(0, 1);
    else this.together(() => this.work.computeGradients(0, 2));
  }

  /**
   * Sums the rows `start` to `end` into `slot`; when there is a parent, makes its slot the sibling's; then finds the best
   * split of each given node.
   */
  buildAndSearch(
    slot: number,
    parent: number,
    start: number,
    end: number,
    inOrder: boolean,
    features: Int32Array,
    searched: readonly SearchedNode[],
  ): (Split | undefined)[] {
    const { control, featureList, rowIndices, gradients, ordered, nodes } = this.shared;
    if (!inOrder) this.work.kernel.gather(rowIndices.byteOffset + start * 4, end - start, gradients.byteOffset, ordered.byteOffset);
    featureList.set(features);
    control[Control.kind] = 0;
    control[Control.featureCount] = features.length;
    control[Control.gradients] = inOrder ? gradients.byteOffset : ordered.byteOffset;
    control[Control.start] = start;
    control[Control.end] = end;
    control[Control.buildSlot] = slot;
    control[Control.parentSlot] = parent;
    for (let child = 0; child < 2; child++) {
      const node = searched[child];
      nodes[child * nodeSize + 5] = node?.slot ?? -1;
      if (node === undefined) continue;
      const { gradient, hessian, rows, lowest, highest } = node.sums;
      nodes.set([gradient, hessian, rows, lowest, highest], child * nodeSize);
    }
    Atomics.store(control, Control.next, 0);
    const worthSharing = (end - start + 256 * (1 + searched.length)) * features.length > jobWorthSharing;
    if (!this.sharing || !worthSharing) this.work.takeFeatures();
    else this.together(() => this.work.takeFeatures());
    return searched.map((node, child) => this.bestOf(child, node, features));
  }

  /** Sorts the rows `start` to `end` by where the bins of a feature go; returns where the right side starts. */
  partition(start: number, end: number, feature: number, route: Uint8Array): number {
    const { rowIndices, bins, shape, route: shared, ordered } = this.shared;
    for (let bin = 0; bin < 256; bin++) shared[bin] = route[bin] === 1 ? 4 : 0;
    const rows = rowIndices.byteOffset + start * 4;
    // `ordered` is free between two histograms, and large enough.
    const middle = this.work.kernel.partition(
      rows,
      end - start,
      bins.byteOffset + feature * shape.rows,
      shared.byteOffset,
      ordered.byteOffset,
    );
    return (middle - rowIndices.byteOffset) / 4;
  }

  /** Ends the second thread. */
  async close(): Promise<void> {
    if (this.worker === undefined) return;
    Atomics.store(this.shared.control, Control.posted, -1);
    Atomics.notify(this.shared.control, Control.posted);
    await this.worker.terminate();
  }

  /** Throws what ended the second thread, if it ended. Errors arrive between turns of the event loop. */
  throwIfFailed(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  private together(own: () => void): void {
    const { control } = this.shared;
    this.jobs = (this.jobs + 1) & 0x3fffffff;
    Atomics.store(control, Control.posted, this.jobs);
    Atomics.notify(control, Control.posted);
    own();
    for (let look = 0; ; look++) {
      const finished = Atomics.load(control, Control.finished);
      if (finished === this.jobs) return;
      // A second thread that died would never finish; nothing in a job takes this long.
      if (look > looksBeforeSleep && Atomics.wait(control, Control.finished, finished, 60_000) === 'timed-out') {
        throw new Error('The second training thread does not answer.');
      }
    }
  }

  // Lower feature wins a tie, as if all had been searched in one go.
  private bestOf(child: number, node: SearchedNode, features: Int32Array): Split | undefined {
    const { results, shape, histograms } = this.shared;
    let best = -1;
    let bestGain = 0;
    for (const feature of features) {
      const gain = results[(child * shape.features + feature) * resultSize] ?? 0;
      if (gain > bestGain) {
        bestGain = gain;
        best = feature;
      }
    }
    if (best < 0) return undefined;
    const at = (child * shape.features + best) * resultSize;
    const bin = results[at + 1] ?? 0;
    // A set of categories does not fit the table of results: it is found again.
    if (bin < 0) return this.search.find(histograms, (node.slot * shape.features + best) * featureSize, node.sums, best);
    const left = { gradient: results[at + 3] ?? 0, hessian: results[at + 4] ?? 0, rows: results[at + 5] ?? 0 };
    return { gain: bestGain, feature: best, bin, missingLeft: results[at + 2] === 1, left };
  }
}
