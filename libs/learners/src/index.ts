export { trainBoosting, type BoostingOptions, type TrainedTrees } from './trees/gradient-boosting.js';
export { exportTrees } from './trees/tree-graph.js';
export { predictEnsemble, type CategorySet, type Tree, type TreeEnsemble } from './trees/tree.js';
export { dateParts, datePart, type DatePart } from './features/date-parts.js';
export type { FeaturePlan, PlannedColumn, PlannedFeature } from './features/feature-plan.js';
export { seededRandom } from './random.js';
export { classIndices, UnusableDataError, type ColumnImportance, type LearnerReport, type Task, type TrainingData } from './training.js';
