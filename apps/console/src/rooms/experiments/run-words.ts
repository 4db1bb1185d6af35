import { bytes, dateTime, duration, metric } from '../../shared/i18n/format';
import { t, tMaybe } from '../../shared/i18n/messages';
import type { CellValue } from './run-columns';
import { numberOf } from './run-columns';
import { readField } from './run-field';

/** What a column is called in its header. */
export function fieldTitle(field: string): string {
  const read = readField(field);
  if (!read) return field;
  return read.kind === 'attribute' ? tMaybe(`experiments.attribute_${read.name}`, read.name) : read.name;
}
/** The faint word under it: which value of a metric, or what kind of name it is. */
export function fieldNote(field: string): string {
  const read = readField(field);
  if (!read || read.kind === 'attribute') return '';
  return read.kind === 'metric' ? t(`experiments.of_${read.of}`) : t(`experiments.kind_${read.kind}`);
}
/** One line that names a column wherever no header tells its kind. */
export function fieldName(field: string): string {
  const read = readField(field);
  return read?.kind === 'metric' ? `${read.name} (${t(`experiments.of_${read.of}`)})` : fieldTitle(field);
}

export function cellText(field: string, value: CellValue): string {
  if (value === null) return '—';
  if (field === 'attributes.durationMs') return duration(value);
  if (field === 'attributes.startedAt' || field === 'attributes.finishedAt') return dateTime(String(value));
  if (field === 'attributes.source') return tMaybe(`experiments.source_${value}`, String(value));
  if (field === 'attributes.lifecycle') return tMaybe(`experiments.lifecycle_${value}`, String(value));
  return readField(field)?.kind === 'metric' ? metric(numberOf(value)) : String(value);
}
export const sizeText = (size: number): string => (size === 0 ? '—' : bytes(size));
