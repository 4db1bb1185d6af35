import { midranks } from './comparison.js';

/** Spearman's rank correlation: Pearson's of the ranks, ties sharing the mean of theirs. Null when either does not vary. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const n = a.length;
  const ranksA = midranks(a);
  const ranksB = midranks(b);
  const centre = (n + 1) / 2;
  let cross = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < n; i++) {
    const distanceA = (ranksA[i] ?? 0) - centre;
    const distanceB = (ranksB[i] ?? 0) - centre;
    cross += distanceA * distanceB;
    squaresA += distanceA ** 2;
    squaresB += distanceB ** 2;
  }
  return squaresA === 0 || squaresB === 0 ? null : cross / Math.sqrt(squaresA * squaresB);
}
