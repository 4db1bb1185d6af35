import type { ModelVersion } from '@crisol/contracts';

/** Metrics of the versions: the key metric first, then those that most versions have. */
export function shownMeasures(versions: readonly Pick<ModelVersion, 'metrics'>[], key: string | null): string[] {
  const seen = new Map<string, number>();
  for (const version of versions) for (const name of Object.keys(version.metrics)) seen.set(name, (seen.get(name) ?? 0) + 1);
  return [...seen.keys()].toSorted((a, b) => Number(b === key) - Number(a === key) || (seen.get(b) ?? 0) - (seen.get(a) ?? 0));
}
