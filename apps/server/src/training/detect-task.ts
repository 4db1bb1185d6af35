import type { ColumnType, Task } from '@crisol/contracts';

/** Integers with more distinct values than this are amounts, not classes. */
const mostIntegerClasses = 10;

/**
 * Guesses the task from the target column: two distinct values are `binary`, texts, booleans and integers with few values
 * are `multiclass`, everything else is `regression`.
 * @param distinct - distinct values that are not missing
 */
export function detectTask(type: ColumnType, distinct: number): Task {
  if (type === 'boolean') return 'binary';
  if (type === 'text') return distinct <= 2 ? 'binary' : 'multiclass';
  if (type === 'integer' && distinct <= mostIntegerClasses) return distinct <= 2 ? 'binary' : 'multiclass';
  return 'regression';
}
