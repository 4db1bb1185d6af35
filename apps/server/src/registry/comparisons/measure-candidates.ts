import { looseNumber, type ComparisonResult } from '@crisol/contracts';
import {
  aucInterval,
  binaryFigures,
  jointBootstrap,
  multiclassFigures,
  regressionFigures,
  wilsonInterval,
  type BootstrapInterval,
  type JointBootstrap,
  type WeightedFigures,
} from '@crisol/statistics';
import { figuresOf, type Figure } from './figures.js';
import { positiveScores, type CandidateAnswers, type ScoredRows } from './scored-rows.js';

type Metric = ComparisonResult['metrics'][number];

/** Every figure of every candidate on the same rows, with what their intervals need. */
export class Measured {
  constructor(
    private readonly rows: ScoredRows,
    private readonly names: readonly string[],
    private readonly joint: JointBootstrap,
  ) {}

  /** B − A over the same resamples. */
  difference(a: number, b: number, name: string): BootstrapInterval | null {
    return this.joint.interval((values) => (values[this.at(b, name)] ?? Number.NaN) - (values[this.at(a, name)] ?? Number.NaN));
  }

  metrics(): Metric[] {
    return this.rows.candidates.flatMap((answers, candidate) =>
      figuresOf(this.rows.task).flatMap((figure) => this.metric(answers, candidate, figure) ?? []),
    );
  }

  private metric(answers: CandidateAnswers, candidate: number, figure: Figure): Metric | null {
    if (figure.needsScores && answers.probabilities.length === 0) return null;
    const rows = this.rows.truth.length;
    const named = { candidate, metric: figure.name, rows };
    const own = this.joint.interval((values) => values[this.at(candidate, figure.name)] ?? Number.NaN);
    if (!own) return { ...named, value: null, low: null, high: null, method: 'undefined' };
    const bounds = figure.method === 'bca' ? own : (this.closed(answers, figure) ?? own);
    return {
      ...named,
      value: looseNumber(own.value),
      // Calibration error grows in every resample; its corrected interval can end below the figure, which then bounds it.
      low: looseNumber(Math.min(bounds.low, own.value)),
      high: looseNumber(Math.max(bounds.high, own.value)),
      method: figure.method,
    };
  }

  /** Intervals that need no resamples. */
  private closed(answers: CandidateAnswers, figure: Figure): { low: number; high: number } | null {
    const scores = positiveScores(answers);
    if (figure.method === 'delong_logit') return scores && aucInterval(this.rows.truth, scores);
    const { truth } = this.rows;
    const counts = { of: 0, all: 0 };
    for (let i = 0; i < truth.length; i++) {
      const [actual, predicted] = [truth[i], answers.predictions[i]];
      if (figure.name === 'precision' && predicted !== 1) continue;
      if (figure.name === 'recall' && actual !== 1) continue;
      if (figure.name === 'specificity' && actual !== 0) continue;
      counts.all++;
      if (actual === predicted) counts.of++;
    }
    return wilsonInterval(counts.of, counts.all);
  }

  private at(candidate: number, name: string): number {
    return candidate * this.names.length + this.names.indexOf(name);
  }
}

/** Measures all candidates over shared resamples, so that differences of them are paired. */
export function measureCandidates(rows: ScoredRows, options: { readonly resamples?: number; onProgress?(share: number): void }): Measured {
  const figures = rows.candidates.map((answers) => figuresOn(rows, answers));
  const names = figures[0]?.names ?? [];
  const joint = jointBootstrap(
    rows.truth.length,
    names.length * figures.length,
    (weights, out) => {
      for (const [candidate, one] of figures.entries()) one.write(weights, out, candidate * names.length);
    },
    { seed: 1, ...options },
  );
  return new Measured(rows, names, joint);
}

function figuresOn({ task, truth, labels }: ScoredRows, answers: CandidateAnswers): WeightedFigures {
  if (task === 'regression') return regressionFigures(truth, answers.predictions);
  if (task === 'binary') return binaryFigures(truth, positiveScores(answers), answers.predictions);
  return multiclassFigures(truth, answers.predictions, answers.probabilities, labels.length);
}

/** Only some of the rows, in the order given. */
export function takeScored(rows: ScoredRows, chosen: Int32Array): ScoredRows {
  const take = (values: Float64Array): Float64Array => Float64Array.from(chosen, (row) => values[row] ?? Number.NaN);
  const whole = (values: Int32Array): Int32Array => Int32Array.from(chosen, (row) => values[row] ?? 0);
  return {
    ...rows,
    truth: take(rows.truth),
    candidates: rows.candidates.map((one) => ({
      label: one.label,
      predictions: take(one.predictions),
      probabilities: one.probabilities.map(take),
    })),
    sets: whole(rows.sets),
    rowNumbers: whole(rows.rowNumbers),
  };
}

/** The figure of each candidate, without an interval. */
export function plainFigures(rows: ScoredRows, name: string): (number | null)[] {
  const ones = new Int32Array(rows.truth.length).fill(1);
  return rows.candidates.map((answers) => {
    const figures = figuresOn(rows, answers);
    const out = new Float64Array(figures.names.length);
    figures.write(ones, out, 0);
    const value = out[figures.names.indexOf(name)] ?? Number.NaN;
    return Number.isNaN(value) ? null : value;
  });
}
