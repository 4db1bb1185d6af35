const euler = 0.577_215_664_901_532_9;

/**
 * Mean length of an unsuccessful search in a binary search tree of n entries, c(n) = 2·H(n − 1) − 2(n − 1)/n with
 * H(i) ≈ ln i + γ (Liu, Ting and Zhou 2008, equation 1): how much further a leaf of n rows would have gone on being split.
 */
export function averagePathLength(rows: number): number {
  if (rows <= 1) return 0;
  if (rows === 2) return 1;
  return 2 * (Math.log(rows - 1) + euler) - (2 * (rows - 1)) / rows;
}

/** The anomaly score 2^(−E[h] / c(ψ)): near 1 for rows that are cut off early, about ½ when nothing stands out. */
export function anomalyScore(meanPathLength: number, sampleRows: number): number {
  return 2 ** (-meanPathLength / averagePathLength(sampleRows));
}
