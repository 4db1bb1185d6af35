export { noStatistic, ratio, statistic, sumOf, type Statistic } from './statistic.js';
export {
  accuracy,
  averageOverClasses,
  averageRanking,
  confusionMatrix,
  f1,
  matthewsCorrelation,
  precision,
  recall,
  specificity,
  supportOf,
  wilsonInterval,
  type ConfusionMatrix,
} from './metrics/classification.js';
export { averagePrecision, rocAuc, rocCurve, type RocPoint } from './metrics/ranking.js';
export {
  brierScore,
  calibrationBins,
  expectedCalibrationError,
  logLoss,
  multiclassLogLoss,
  type CalibrationBin,
} from './metrics/probability.js';
export {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  medianAbsoluteError,
  rootMeanSquaredError,
  rSquared,
} from './metrics/regression.js';
export { holdout, kFold, SplitError, stratifiedHoldout, stratifiedKFold, type Split } from './splits/splits.js';
export { seededRandom } from './random.js';
