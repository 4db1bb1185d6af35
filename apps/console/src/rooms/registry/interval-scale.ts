type Loose = number | string | null;
export interface Interval {
  readonly value: Loose;
  readonly low: Loose;
  readonly high: Loose;
}
/** Where dot and whiskers stand on a track, in percent of its width. */
export interface Placed {
  readonly dot: number | null;
  readonly from: number | null;
  readonly to: number | null;
}
const finite = (value: Loose): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const round = (value: number): number => Math.round(value * 100) / 100;

/** Puts intervals on one track that holds them all, and `marks` such as zero. */
export function placeIntervals(intervals: readonly Interval[], marks: readonly number[] = []): { placed: Placed[]; marks: number[] } {
  const known = [...intervals.flatMap(({ value, low, high }) => [value, low, high].map(finite)), ...marks].filter(
    (value) => value !== null,
  );
  const low = Math.min(...known);
  const high = Math.max(...known);
  // Room at both ends, so that no dot hangs over the edge; values that are all equal stand in the middle.
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  const place = (value: Loose): number | null => {
    const at = finite(value);
    return at === null ? null : round(((at - low + room) / (high - low + 2 * room)) * 100);
  };
  return {
    placed: intervals.map((interval) => ({ dot: place(interval.value), from: place(interval.low), to: place(interval.high) })),
    marks: marks.map(place).filter((at) => at !== null),
  };
}
