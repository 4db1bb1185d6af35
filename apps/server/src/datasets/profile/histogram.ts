import { looseNumber, type ColumnProfile } from '@crisol/contracts';

const binCount = 30;

export interface HistogramEdges {
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

/**
 * Equal bins over a range, about 30.
 * @param unit - whole steps that a bin must not cut (1 for integers, a day for dates); 0 for any number
 */
export function histogramEdges(low: number, high: number, unit: number): HistogramEdges {
  if (unit > 0) {
    const first = Math.floor(low / unit) * unit;
    const steps = Math.floor((high - first) / unit) + 1;
    const width = Math.ceil(steps / binCount) * unit;
    return { from: first, width, count: Math.max(1, Math.ceil((steps * unit) / width)) };
  }
  // Half of each is taken first: the full range of doubles overflows.
  const width = (high / 2 - low / 2) / (binCount / 2);
  return width > 0 && Number.isFinite(width) ? { from: low, width, count: binCount } : { from: low, width: 1, count: 1 };
}

/** Bins in order, the empty ones too. */
export function countBins(edges: HistogramEdges, found: readonly (readonly [number, number])[]): ColumnProfile['histogram'] {
  const counts = new Map(found);
  return Array.from({ length: edges.count }, (_unused, bin) => ({
    from: looseNumber(edges.from + bin * edges.width),
    to: looseNumber(edges.from + (bin + 1) * edges.width),
    count: counts.get(bin) ?? 0,
  }));
}
