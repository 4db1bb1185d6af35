import type { Lifecycle } from '@crisol/contracts';
import { FilterError } from '../../../experiments/search/filter-tree.js';
import { ProblemError } from '../../../platform/http/problem.js';
import { invalid } from '../mlflow-error.js';

/** Which stage of life a search means; anything unknown means the active ones. */
export function lifecycleOf(viewType: string | undefined): Lifecycle | 'all' {
  return viewType === 'ALL' ? 'all' : viewType === 'DELETED_ONLY' ? 'deleted' : 'active';
}

/** Turns what a filter or a page token got wrong into MLflow's words. */
export async function refuseFilter<T>(search: () => Promise<T>): Promise<T> {
  try {
    return await search();
  } catch (error) {
    if (error instanceof FilterError) throw invalid(error.message);
    if (error instanceof ProblemError && error.code === 'invalid_cursor') throw invalid('Invalid page token, could not base64-decode');
    throw error;
  }
}
