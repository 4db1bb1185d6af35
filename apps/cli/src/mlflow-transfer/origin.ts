import { createHash } from 'node:crypto';

/** Tags by which a copy knows what it has made. They are never copied themselves. */
export const originTags = {
  source: 'crisol.import.source',
  runId: 'crisol.import.run_id',
  modelId: 'crisol.import.model_id',
  version: 'crisol.import.version',
  /** A version that only keeps a number, and is deleted again. */
  hole: 'crisol.import.hole',
  /** Fingerprint of the source, written last: whatever bears it is whole. */
  done: 'crisol.import.done',
} as const;

export const isOwnTag = (key: string): boolean => key.startsWith('crisol.import.');

/** Tags without those of a former copy. */
export function foreignTags(tags: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...tags].filter(([key]) => !isOwnTag(key)));
}

export const asPairs = (tags: ReadonlyMap<string, string>): { key: string; value: string }[] =>
  [...tags].map(([key, value]) => ({ key, value }));

/** The same for the same content; anything that changed at the source changes it. */
export function fingerprint(...parts: readonly unknown[]): string {
  const plain = JSON.stringify(parts, (_key, value: unknown) =>
    value instanceof Map ? [...value].sort(([a], [b]) => (a < b ? -1 : 1)) : value,
  );
  return createHash('sha256').update(plain).digest('hex').slice(0, 32);
}

/** Which id of the source has become which of the target. */
export class IdMap {
  readonly experiments = new Map<string, string>();
  readonly runs = new Map<string, string>();
  readonly models = new Map<string, string>();
  /** Artifact folders of the source's runs and logged models, and where they are now. */
  private readonly places = new Map<string, string>();

  addPlace(from: string, to: string): void {
    if (from !== '' && to !== '') this.places.set(from, to);
  }

  /** A value that may name runs or models, with the names that they have at the target. */
  inText(value: string): string {
    return value.replaceAll(/m-[0-9a-f]{32}|\b[0-9a-f]{32}\b/g, (id) => this.runs.get(id) ?? this.models.get(id) ?? id);
  }

  /** Where the files of a model version are at the target. */
  inSource(source: string): string {
    for (let end = source.length; end > 0; end = source.lastIndexOf('/', end - 1)) {
      const place = this.places.get(source.slice(0, end));
      if (place !== undefined) return place + source.slice(end);
    }
    return /^(models|runs):/.test(source) ? this.inText(source) : source;
  }
}
