import type { ModelListQuery } from '@crisol/contracts';

/** Rows that are there, that are deleted, or both. */
export function ofLifecycle(lifecycle: ModelListQuery['lifecycle']): { deletedAt?: null | { $ne: null } } {
  if (lifecycle === 'all') return {};
  return { deletedAt: lifecycle === 'deleted' ? { $ne: null } : null };
}
