import type { ArtifactEntry } from '../../../experiments/artifacts/artifact-files.js';

export const byName = (entries: readonly ArtifactEntry[]): ArtifactEntry[] => entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** An empty file has no size in this protocol, as every field that is zero. */
export function described({ name, sizeBytes }: ArtifactEntry, prefix: string): object {
  return { path: `${prefix}${name}`, is_dir: sizeBytes === null, ...(sizeBytes !== null && sizeBytes > 0 && { file_size: sizeBytes }) };
}
