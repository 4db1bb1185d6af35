import { aucInterval, bootstrap, compareAuc, comparePairedShares, wilsonInterval } from '@crisol/statistics';
import type { Answers } from './answers.js';
import { measure, type Metric } from './metrics.js';

/** How much better the candidate is: positive is better, whichever way the metric points. */
export interface Improvement {
  readonly candidate: number;
  readonly incumbent: number;
  readonly change: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly method: 'DeLong' | 'McNemar' | 'paired bootstrap';
}

/** Cells that the resamples of one check may read; 2,000 resamples of 50,000 rows. */
const mostCells = 100_000_000;
const fewestResamples = 200;

function resamplesFor({ rows, classes }: Answers, wanted: number): number {
  // Each resample passes over the rows, and over the confusion matrix where there is one.
  return Math.max(fewestResamples, Math.min(wanted, Math.floor(mostCells / Math.max(1, rows, classes * classes))));
}

/** Compares two versions on the same rows by the test that fits the metric. Null when the metric does not exist for one of them. */
export function compareVersions(
  metric: Metric,
  candidate: Answers,
  incumbent: Answers,
  options: { readonly alpha: number; readonly seed: number; readonly resamples: number },
): Improvement | null {
  const own = measure(metric, candidate);
  const other = measure(metric, incumbent);
  if (own === null || other === null) return null;
  const figures = { candidate: own, incumbent: other };
  const confidence = 1 - options.alpha;
  if (metric.name === 'roc_auc') {
    const labels = Int8Array.from(candidate.truth, (label) => (label === 1 ? 1 : 0));
    const found = compareAuc(labels, incumbent.probabilities[1] ?? [], candidate.probabilities[1] ?? [], confidence);
    return found && { ...figures, change: found.difference, low: found.low, high: found.high, p: found.p, method: 'DeLong' };
  }
  if (metric.name === 'accuracy') {
    const found = comparePairedShares(agreement(candidate, incumbent), confidence);
    return found && { ...figures, change: found.difference, low: found.low, high: found.high, p: found.p, method: 'McNemar' };
  }
  const sign = metric.greaterIsBetter ? 1 : -1;
  const [candidateOn, incumbentOn] = [metric.prepare(candidate), metric.prepare(incumbent)];
  const found = bootstrap(
    candidate.rows,
    (weights) => {
      const one = candidateOn(weights);
      const two = incumbentOn(weights);
      return one === null || two === null ? null : sign * (one - two);
    },
    { seed: options.seed, resamples: resamplesFor(candidate, options.resamples), confidence },
  );
  return found && { ...figures, change: found.value, low: found.low, high: found.high, p: found.p, method: 'paired bootstrap' };
}

/** A metric of one version with its 95 % interval; null when it does not exist. */
export function measureVersion(
  metric: Metric,
  answers: Answers,
  options: { readonly seed: number; readonly resamples: number },
): { readonly value: number; readonly low: number; readonly high: number } | null {
  const value = measure(metric, answers);
  if (value === null) return null;
  if (metric.name === 'roc_auc')
    return aucInterval(
      Int8Array.from(answers.truth, (label) => (label === 1 ? 1 : 0)),
      answers.probabilities[1] ?? [],
    );
  if (metric.name === 'accuracy') {
    const interval = wilsonInterval(Math.round(value * answers.rows), answers.rows);
    return interval && { value, ...interval };
  }
  return bootstrap(answers.rows, metric.prepare(answers), {
    seed: options.seed,
    resamples: resamplesFor(answers, options.resamples),
  });
}

function agreement(candidate: Answers, incumbent: Answers) {
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  for (let i = 0; i < candidate.rows; i++) {
    const own = candidate.prediction[i] === candidate.truth[i];
    const other = incumbent.prediction[i] === candidate.truth[i];
    counts[own ? (other ? 'both' : 'onlyB') : other ? 'onlyA' : 'neither']++;
  }
  return counts;
}
