/**
 * Latencies in 96 bins: bin i holds those below `2^(i/4) · 0.05 ms`, so a quantile is exact to within 19 %, from 0.05 ms
 * to about 11 minutes. Plain counts, so that hours and processes add up.
 */
export const latencyBins = 96;
const smallestMs = 0.05;

export function latencyBin(ms: number): number {
  if (!(ms > smallestMs)) return 0;
  return Math.min(latencyBins - 1, Math.ceil(4 * Math.log2(ms / smallestMs)));
}

/** The latency below which the share `q` of the requests lies: the geometric middle of its bin. Null without requests. */
export function latencyQuantile(bins: ArrayLike<number>, q: number): number | null {
  let total = 0;
  for (let i = 0; i < bins.length; i++) total += bins[i] ?? 0;
  if (total === 0) return null;
  let seen = 0;
  for (let i = 0; i < bins.length; i++) {
    seen += bins[i] ?? 0;
    if (seen >= q * total) return smallestMs * 2 ** ((i - 0.5) / 4);
  }
  return null;
}
