import type { ComparisonResult } from '@crisol/contracts';
import { calibrationBins, confusionMatrix, equalWidthHistogram, liftCurve, precisionRecallCurve, rocCurve } from '@crisol/statistics';
import { positiveScores, type CandidateAnswers, type ScoredRows } from './scored-rows.js';

type Curves = ComparisonResult['curves'][number];

const residualBins = 40;
/** A larger matrix cannot be read. */
const mostClasses = 50;

/** Curves of every candidate, drawn to be laid over each other: residuals have the same edges. */
export function drawCurves(rows: ScoredRows): Curves[] {
  const residuals = rows.task === 'regression' ? residualsOf(rows) : [];
  return rows.candidates.map((answers, candidate) => ({
    candidate,
    ...ofScores(rows, answers),
    confusion: confusionOf(rows, answers),
    residuals: residuals[candidate] ?? null,
  }));
}

function ofScores(rows: ScoredRows, answers: CandidateAnswers): Pick<Curves, 'roc' | 'precisionRecall' | 'lift' | 'calibration'> {
  const scores = rows.task === 'binary' ? positiveScores(answers) : null;
  if (!scores || rows.truth.length === 0) return { roc: null, precisionRecall: null, lift: null, calibration: null };
  const { fpr, tpr } = rocCurve(rows.truth, scores);
  return {
    roc: fpr.length === 0 ? null : { x: fpr, y: tpr },
    precisionRecall: precisionRecallCurve(rows.truth, scores),
    lift: liftCurve(rows.truth, scores),
    calibration: calibrationBins(rows.truth, scores).map(({ predicted, observed, count }) => ({ predicted, observed, rows: count })),
  };
}

function confusionOf({ task, labels, truth }: ScoredRows, { predictions }: CandidateAnswers): Curves['confusion'] {
  if (task === 'regression' || labels.length > mostClasses || truth.length === 0) return null;
  return { labels: [...labels], counts: confusionMatrix(truth, predictions, labels.length) };
}

function residualsOf({ candidates, truth }: ScoredRows): Curves['residuals'][] {
  const all = candidates.map(({ predictions }) => predictions.map((value, row) => value - (truth[row] ?? 0)));
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const residuals of all)
    for (const value of residuals) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  if (!Number.isFinite(low) || !Number.isFinite(high)) return all.map(() => null);
  return all.map((residuals) => equalWidthHistogram(residuals, low, high, residualBins));
}
