import type { Split } from '@crisol/contracts';
import { holdout, kFold, type RowSplit } from '@crisol/statistics';
import type { TrainingData } from './training-table.js';

type SplittableData = Pick<TrainingData, 'table' | 'target' | 'labels'>;

/** Classes of the rows when there are any, so that each part has its share of each. */
function classesOf({ target, labels }: SplittableData): Int32Array | null {
  return labels.length > 0 && target?.type === 'text' ? target.codes : null;
}

export function holdoutOf(data: SplittableData, split: Extract<Split, { kind: 'holdout' }>): RowSplit {
  return holdout(data.table.rows, split.testShare, split.seed, classesOf(data));
}

export function foldsOf(data: SplittableData, split: Extract<Split, { kind: 'kfold' }>): RowSplit[] {
  return kFold(data.table.rows, split.folds, split.seed, classesOf(data));
}
