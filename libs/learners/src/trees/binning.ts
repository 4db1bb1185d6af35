import type { FeaturePlan } from '../features/feature-plan.js';
import { seededRandom } from '../random.js';

/** Bin of a missing number, and of an unseen or rare category. */
export const missingBin = 255;
const maximalBins = 255;
const sampleRows = 200_000;
// The sign bit as a signed 32-bit integer, so that bit operations stay on integers.
const lowest32 = -0x80000000;

/** How one feature is binned. Numbers: bin i holds x ≤ cuts[i]. Categories: bin = code, the last one is "missing". */
export interface FeatureBins {
  readonly categorical: boolean;
  /** Bins in use, without `missingBin`. */
  readonly count: number;
  /** Float32 values, ascending. Empty for categories. */
  readonly cuts: Float32Array;
  readonly hasMissing: boolean;
}
/** Features as bytes, feature-major in one block: feature f of row r is `bins[f * rows + r]`. */
export interface BinnedTable {
  readonly rows: number;
  readonly features: readonly FeatureBins[];
  readonly bins: Uint8Array;
}

/** A cut as float32 that parts float32 values exactly as the float64 cut does: one step down when rounding went up. */
export function floorToFloat32(cut: number): number {
  const rounded = Math.fround(cut);
  if (rounded <= cut) return rounded;
  const bits = new Int32Array(1);
  const view = new Float32Array(bits.buffer);
  view[0] = rounded;
  if (rounded === 0) return -1.401298464324817e-45;
  bits[0] = (bits[0] ?? 0) + (rounded > 0 ? -1 : 1);
  return view[0] ?? rounded;
}

/** Bins every feature. `shared` puts the bytes where worker threads see them. */
export function binTable(plan: FeaturePlan, columns: readonly Float32Array[], rows: number, seed: number, shared = false): BinnedTable {
  const size = rows * columns.length;
  const bins = shared ? new Uint8Array(new SharedArrayBuffer(size)) : new Uint8Array(size);
  const sample = sampleOf(rows, seed);
  const scratch = new Scratch(sample?.length ?? rows);
  const features = columns.map((values, index): FeatureBins => {
    const out = bins.subarray(index * rows, (index + 1) * rows);
    const feature = plan.features[index];
    if (feature?.kind === 'category') {
      let hasMissing = false;
      for (let row = 0; row < rows; row++) {
        const code = values[row] ?? Number.NaN;
        out[row] = code >= 0 ? code : missingBin;
        if (code === feature.levels.length) hasMissing = true;
      }
      return { categorical: true, count: feature.levels.length + 1, cuts: new Float32Array(0), hasMissing };
    }
    const cuts = cutsOf(values, sample, scratch);
    return { categorical: false, count: cuts.length + 1, cuts, hasMissing: fillBins(values, cuts, out) };
  });
  return { rows, features, bins };
}

function sampleOf(rows: number, seed: number): Uint32Array | undefined {
  if (rows <= sampleRows) return undefined;
  const random = seededRandom(seed ^ 0x5bd1e995);
  const chosen = new Uint32Array(sampleRows);
  // Selection sampling (Knuth, algorithm S): every row has the same chance, and the order stays ascending.
  for (let row = 0, taken = 0; taken < sampleRows; row++) {
    if ((rows - row) * random() < sampleRows - taken) chosen[taken++] = row;
  }
  return chosen;
}

/** Room to sort one column, used for all of them. */
class Scratch {
  readonly values: Float32Array;
  readonly other: Int32Array;

  constructor(size: number) {
    this.values = new Float32Array(size);
    this.other = new Int32Array(size);
  }
}

function cutsOf(values: Float32Array, sample: Uint32Array | undefined, scratch: Scratch): Float32Array {
  const sorted = sortPresent(sample === undefined ? values : Float32Array.from(sample, (row) => values[row] ?? Number.NaN), scratch);
  const n = sorted.length;
  const distinct: number[] = [];
  for (let i = 0; i < n && distinct.length <= maximalBins; i++) {
    const value = sorted[i] ?? 0;
    if (i === 0 || value !== sorted[i - 1]) distinct.push(value);
  }
  const cuts: number[] = [];
  if (distinct.length <= maximalBins) {
    for (let i = 1; i < distinct.length; i++) cuts.push(((distinct[i - 1] ?? 0) + (distinct[i] ?? 0)) / 2);
  } else {
    for (let i = 1; i < maximalBins; i++) {
      const position = (i / maximalBins) * (n - 1);
      cuts.push(((sorted[Math.floor(position)] ?? 0) + (sorted[Math.ceil(position)] ?? 0)) / 2);
    }
  }
  const last = sorted[n - 1] ?? 0;
  const rounded = cuts.map(floorToFloat32).filter((cut) => cut < last);
  return Float32Array.from(rounded.filter((cut, index) => index === 0 || cut !== rounded[index - 1]));
}

/**
 * Present values, ascending. A radix sort over the bits of the float, three passes of 11 bits: a few times as fast as the
 * comparing sort of typed arrays on large columns.
 */
function sortPresent(values: Float32Array, scratch: Scratch): Float32Array {
  const present = scratch.values;
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    // Adding 0 makes −0 a 0.
    if (value === value) present[n++] = value + 0;
  }
  if (n < 2000) return present.subarray(0, n).sort();
  let keys = new Int32Array(present.buffer);
  let { other } = scratch;
  // Positive floats get the sign bit, negative ones all bits turned: then unsigned order is numeric order.
  for (let i = 0; i < n; i++) keys[i] = (keys[i] ?? 0) ^ (((keys[i] ?? 0) >> 31) | lowest32);
  for (let shift = 0; shift < 33; shift += 11) {
    const places = new Int32Array(2049);
    for (let i = 0; i < n; i++) {
      const digit = (((keys[i] ?? 0) >>> shift) & 2047) + 1;
      places[digit] = (places[digit] ?? 0) + 1;
    }
    for (let digit = 1; digit < 2049; digit++) places[digit] = (places[digit] ?? 0) + (places[digit - 1] ?? 0);
    for (let i = 0; i < n; i++) {
      const key = keys[i] ?? 0;
      const digit = (key >>> shift) & 2047;
      const place = places[digit] ?? 0;
      other[place] = key;
      places[digit] = place + 1;
    }
    [keys, other] = [other, keys];
  }
  for (let i = 0; i < n; i++) keys[i] = (keys[i] ?? 0) ^ (~((keys[i] ?? 0) >> 31) | lowest32);
  return new Float32Array(keys.buffer, 0, n);
}

function fillBins(values: Float32Array, cuts: Float32Array, out: Uint8Array): boolean {
  // A table over the value range gives the neighbourhood, then a short walk finds the bin: faster than bisecting 8 levels.
  const lowest = cuts[0] ?? 0;
  const highest = cuts[cuts.length - 1] ?? 0;
  const cells = 2048;
  const scale = highest > lowest ? cells / (highest - lowest) : 0;
  const start = new Uint8Array(cells + 1);
  for (let cell = 0, bin = 0; cell <= cells; cell++) {
    const bound = lowest + (cell - 1) / (scale || 1);
    while (bin < cuts.length && (cuts[bin] ?? 0) < bound) bin++;
    start[cell] = bin;
  }
  const count = cuts.length;
  let hasMissing = false;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? Number.NaN;
    if (value !== value) {
      out[row] = missingBin;
      hasMissing = true;
      continue;
    }
    let bin: number;
    if (value <= lowest) bin = 0;
    else if (value > highest) bin = count;
    else {
      bin = start[((value - lowest) * scale) | 0] ?? 0;
      while (bin < count && value > (cuts[bin] ?? 0)) bin++;
      while (bin > 0 && value <= (cuts[bin - 1] ?? 0)) bin--;
    }
    out[row] = bin;
  }
  return hasMissing;
}
