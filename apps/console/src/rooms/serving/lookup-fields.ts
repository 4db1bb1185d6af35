import type { FeatureLookup, SignatureColumn } from '@crisol/contracts';

/** Fields of an instance that only name an entity: the store is asked by them, the model never sees them. */
export function keyFields(lookup: FeatureLookup | null, inputs: readonly SignatureColumn[]): string[] {
  const columns = new Set(inputs.map((column) => column.name));
  return [...new Set(Object.values(lookup?.keys ?? {}))].filter((field) => !columns.has(field));
}

/** Column → the feature that fills it unless the instance gives a value. */
export function filledColumns(lookup: FeatureLookup | null): Map<string, string> {
  return new Map((lookup?.features ?? []).map(({ feature, as }) => [as ?? feature.split(':')[1] ?? feature, feature]));
}

/** A key as it was typed: digits are a number as long as nothing of them is lost. */
export function keyCell(text: string): string | number {
  const trimmed = text.trim();
  const value = Number(trimmed);
  return trimmed !== '' && String(value) === trimmed && Number.isFinite(value) ? value : trimmed;
}
