const dayMs = 24 * 60 * 60 * 1000;

/** How long what was deleted can be restored; then it is removed with its files. */
export const graceMs = 30 * dayMs;

/** When something deleted is removed for good; null for what is not deleted. */
export function removedAfter(deletedAt: Date | null | undefined): string | null {
  return deletedAt ? new Date(deletedAt.getTime() + graceMs).toISOString() : null;
}
