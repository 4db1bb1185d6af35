import { Worker } from 'node:worker_threads';
import { UnusableDataError } from '../training.js';
import type { BinnedTable } from './binning.js';
import { histogramModule } from './histogram-kernel.js';
import { webAssembly } from './web-assembly.js';

/** Doubles in a cell of a histogram: gradient sum, hessian sum, row count, unused. */
export const cellSize = 4;
/** Doubles in the histogram of one feature. */
export const featureSize = 256 * cellSize;
// Below this many rows × features a second thread costs more than it brings (waking it takes about 10 µs).
const rowsWorthSharing = 20_000;
const pageBytes = 65_536;

// Runs in the second thread: waits for a new sequence number, then takes features one by one until none is left.
const workerSource = `
const { workerData: { module, memory, controlOffset } } = require('node:worker_threads');
const { h } = new WebAssembly.Instance(module, { e: { m: memory } }).exports;
const control = new Int32Array(memory.buffer, controlOffset, 16);
let seen = 0;
for (;;) {
  Atomics.wait(control, 0, seen);
  seen = Atomics.load(control, 0);
  if (control[3] === -1) break;
  const [, , , featureCount, bins, tableRows, rows, gradients, count, histogram, list] = control;
  const features = new Int32Array(memory.buffer, list, featureCount);
  for (;;) {
    const next = Atomics.add(control, 2, 1);
    if (next >= featureCount) break;
    const f = features[next];
    h(bins + f * tableRows, rows, gradients, count, histogram + f * ${featureSize * 8});
  }
  Atomics.store(control, 1, seen);
  Atomics.notify(control, 1);
}
`;

/**
 * Builds gradient histograms over binned features, on this thread and, when the table is large, on a second one. All
 * arrays live in one block of shared memory. Each feature is summed by one thread in row order: results do not depend
 * on threads.
 */
export class HistogramBuilder {
  /** Row numbers; a node's rows are a range of it. */
  readonly rowIndices: Uint32Array;
  /** Gradient and hessian of each row, interleaved. */
  readonly gradients: Float32Array;
  /** Histograms: slot s of feature f starts at `s * slotSize + f * featureSize`. */
  readonly histograms: Float64Array;
  readonly slotSize: number;
  private readonly ordered: Float32Array;
  private readonly control: Int32Array;
  private readonly featureList: Int32Array;
  private readonly kernel: (bins: number, rows: number, gradients: number, count: number, histogram: number) => void;
  private readonly worker: Worker | undefined;
  private readonly binsOffset: number;
  private sequence = 0;

  constructor(
    private readonly table: BinnedTable,
    slots: number,
    threads: number,
  ) {
    const { rows } = table;
    const features = table.features.length;
    this.slotSize = features * featureSize;
    let size = 0;
    const reserve = (bytes: number) => {
      const offset = size;
      size += Math.ceil(bytes / 16) * 16;
      return offset;
    };
    const controlOffset = reserve(64);
    const listOffset = reserve(features * 4);
    this.binsOffset = reserve(rows * features);
    const rowsOffset = reserve(rows * 4);
    const gradientsOffset = reserve(rows * 8);
    const orderedOffset = reserve(rows * 8);
    const histogramsOffset = reserve(slots * this.slotSize * 8);
    const pages = Math.ceil(size / pageBytes);
    if (pages >= 32_768) {
      throw new UnusableDataError(`${rows} rows of ${features} features need more than 2 GB at once; train on fewer rows or columns.`);
    }
    const memory = new webAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const { buffer } = memory;
    this.control = new Int32Array(buffer, controlOffset, 16);
    this.featureList = new Int32Array(buffer, listOffset, features);
    new Uint8Array(buffer, this.binsOffset, rows * features).set(table.bins);
    this.rowIndices = new Uint32Array(buffer, rowsOffset, rows);
    this.gradients = new Float32Array(buffer, gradientsOffset, rows * 2);
    this.ordered = new Float32Array(buffer, orderedOffset, rows * 2);
    this.histograms = new Float64Array(buffer, histogramsOffset, slots * this.slotSize);
    const module = histogramModule(pages);
    // The types of WebAssembly exports are not known to TypeScript; the module above exports exactly this function.
    this.kernel = new webAssembly.Instance(module, { e: { m: memory } }).exports['h'] as typeof this.kernel;
    if (threads < 2 || rows * features < rowsWorthSharing) return;
    this.worker = new Worker(workerSource, { eval: true, workerData: { module, memory, controlOffset } });
    this.worker.unref();
  }

  /** Sums the rows `start` to `end` of `rowIndices` into a slot, for the given features. */
  build(slot: number, start: number, end: number, features: Int32Array): void {
    const count = end - start;
    const base = slot * this.slotSize;
    for (const feature of features) this.histograms.fill(0, base + feature * featureSize, base + (feature + 1) * featureSize);
    this.gather(start, end);
    const rows = this.rowIndices.byteOffset + start * 4;
    const gradients = this.ordered.byteOffset;
    const histogram = this.histograms.byteOffset + base * 8;
    const tableRows = this.table.rows;
    if (this.worker === undefined || count * features.length < rowsWorthSharing) {
      for (const feature of features) {
        this.kernel(this.binsOffset + feature * tableRows, rows, gradients, count, histogram + feature * featureSize * 8);
      }
      return;
    }
    const { control } = this;
    this.featureList.set(features);
    control.set([features.length, this.binsOffset, tableRows, rows, gradients, count, histogram, this.featureList.byteOffset], 3);
    Atomics.store(control, 2, 0);
    this.sequence++;
    Atomics.store(control, 0, this.sequence);
    Atomics.notify(control, 0);
    for (;;) {
      const feature = features[Atomics.add(control, 2, 1)];
      if (feature === undefined) break;
      this.kernel(this.binsOffset + feature * tableRows, rows, gradients, count, histogram + feature * featureSize * 8);
    }
    let done = Atomics.load(control, 1);
    while (done !== this.sequence) {
      Atomics.wait(control, 1, done);
      done = Atomics.load(control, 1);
    }
  }

  /** Makes `slot` what is left of `parent` without `sibling`, in the place of the parent. */
  subtract(parent: number, sibling: number, features: Int32Array): void {
    const { histograms, slotSize } = this;
    for (const feature of features) {
      const a = parent * slotSize + feature * featureSize;
      const b = sibling * slotSize + feature * featureSize;
      for (let i = 0; i < featureSize; i += cellSize) {
        histograms[a + i] = (histograms[a + i] as number) - (histograms[b + i] as number);
        histograms[a + i + 1] = (histograms[a + i + 1] as number) - (histograms[b + i + 1] as number);
        histograms[a + i + 2] = (histograms[a + i + 2] as number) - (histograms[b + i + 2] as number);
      }
    }
  }

  /** Ends the second thread. */
  async close(): Promise<void> {
    if (this.worker === undefined) return;
    this.control[3] = -1;
    this.sequence++;
    Atomics.store(this.control, 0, this.sequence);
    Atomics.notify(this.control, 0);
    await this.worker.terminate();
  }

  private gather(start: number, end: number): void {
    const { rowIndices, gradients, ordered } = this;
    for (let i = start, out = 0; i < end; i++, out += 2) {
      const from = 2 * (rowIndices[i] as number);
      ordered[out] = gradients[from] as number;
      ordered[out + 1] = gradients[from + 1] as number;
    }
  }
}
