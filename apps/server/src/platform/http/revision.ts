import { problem } from './problem.js';

/**
 * Compares what `If-Match` asked for with the revision in the database.
 * @param expected - from `@IfMatch()`: undefined when the header was absent, null for `*`
 */
export function checkRevision(expected: number | null | undefined, current: number, required = false): void {
  if (expected === undefined) {
    if (required)
      throw problem('revision_required', {
        detail: `Send If-Match: "r${current}" with the revision you saw.`,
        headers: { etag: `"r${current}"` },
      });
    return;
  }
  if (expected !== null && expected !== current) {
    throw problem('revision_mismatch', {
      detail: `You saw revision ${expected}; it is ${current} now. Read it again.`,
      headers: { etag: `"r${current}"` },
    });
  }
}
