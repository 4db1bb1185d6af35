export { trainBoosting, type BoostingOptions, type TrainedTrees } from './trees/gradient-boosting.js';
export { trainForest, type ForestOptions } from './trees/random-forest.js';
export { exportTrees } from './trees/tree-graph.js';
export { predictEnsemble, type CategorySet, type Tree, type TreeEnsemble } from './trees/tree.js';
export { predictLinear, trainLinear, type LinearModel, type LinearOptions, type TrainedLinear } from './linear/linear-model.js';
export { explainLinear, type LinearExplanation } from './linear/linear-explanation.js';
export { exportLinear } from './linear/linear-graph.js';
export { exportIsolation } from './isolation/isolation-graph.js';
export {
  predictIsolation,
  trainIsolationForest,
  type IsolationForest,
  type IsolationOptions,
  type TrainedIsolation,
} from './isolation/isolation-forest.js';
export { predictKMeans, trainKMeans, type KMeansModel, type KMeansOptions, type TrainedKMeans } from './clusters/kmeans.js';
export { exportKMeans } from './clusters/kmeans-graph.js';
export { dateParts, datePart, type DatePart } from './features/date-parts.js';
export type { FeaturePlan, PlannedColumn, PlannedFeature } from './features/feature-plan.js';
export { seededRandom } from './random.js';
export {
  classIndices,
  UnusableDataError,
  type ColumnImportance,
  type LearnerReport,
  type Task,
  type TrainingData,
  type UnlabelledData,
} from './training.js';
