export { compensatedSum, measured, undefinedFor, type Measure, type MeasureStatus } from './measure.js';
export {
  averagePrecision,
  brierScore,
  calibrationBins,
  expectedCalibrationError,
  logLoss,
  rocAuc,
  rocCurve,
  type CalibrationBin,
} from './binary-metrics.js';
export {
  accuracy,
  averageOverClasses,
  balancedAccuracy,
  confusionMatrix,
  f1,
  matthewsCorrelation,
  multiclassLogLoss,
  precision,
  recall,
  wilsonInterval,
  type ConfusionMatrix,
} from './class-metrics.js';
export {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  medianAbsoluteError,
  rootMeanSquaredError,
  rSquared,
} from './regression-metrics.js';
export { mulberry32, shuffledIndices } from './random.js';
export { assignFolds, holdout, kFold, type RowSplit } from './splits.js';
export {
  aucInterval,
  bootstrap,
  compareAuc,
  comparePairedShares,
  exactMcnemar,
  holm,
  mcnemar,
  midranks,
  type AucComparison,
  type PairedDifference,
  type WeightedStatistic,
} from './comparison.js';
export { jointBootstrap, JointBootstrap, type BootstrapInterval, type BootstrapOptions, type JointStatistic } from './joint-bootstrap.js';
export { binaryFigures, multiclassFigures, regressionFigures, type WeightedFigures } from './weighted-figures.js';
export { correctedT, wilcoxonSignedRank, type CorrectedT, type SignedRank } from './fold-tests.js';
export { spearman } from './correlation.js';
export { equalWidthHistogram, liftCurve, precisionRecallCurve, type Curve } from './curves.js';
export {
  chiSquare1UpperTail,
  erfc,
  incompleteBeta,
  logChoose,
  logGamma,
  normalQuantile,
  normalUpperTail,
  studentReach,
  studentTwoSidedP,
  twoSidedP,
} from './distributions.js';
export {
  fisherExact,
  groupRates,
  parity,
  parityInterval,
  type GroupRate,
  type GroupRates,
  type ParityMeasure,
  type RateName,
} from './group-fairness.js';
