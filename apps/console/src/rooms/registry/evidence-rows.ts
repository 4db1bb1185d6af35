import { dateTime, metric } from '../../shared/i18n/format';
import { t, tMaybe } from '../../shared/i18n/messages';

export type EvidenceValue = string | number | boolean | null | EvidenceValue[] | { readonly [name: string]: EvidenceValue };
export interface EvidenceRow {
  readonly name: string;
  readonly label: string;
  /** A plain value; else there is a table or something inside. */
  readonly text?: string;
  readonly mono?: boolean;
  readonly table?: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly inner?: EvidenceValue;
  /** The names inside are not ours. */
  readonly named?: boolean;
}

const isPlain = (value: EvidenceValue): value is string | number | boolean | null => typeof value !== 'object' || value === null;
const words = (name: string): string => {
  const spaced = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1).toLowerCase();
};
const labelOf = (name: string): string => tMaybe(`governance.evidence_${name}`, words(name));
/** What people decide by comes first; digests are for those who check. */
const order = ['gates', 'approvals', 'metrics', 'incumbent', 'datasetVersion', 'run', 'policy', 'goingBack', 'admission'];
const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
/** Things whose names people gave: they stay as they are. */
const namesStay: ReadonlySet<string> = new Set(['metrics', 'params', 'tags']);
const isInstant = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text);
const isHash = (text: string): boolean => /^[0-9a-f]{32,}$/.test(text) || /^[a-z]{2,4}_[0-9a-z]{26}$/.test(text);
function textOf(value: EvidenceValue): string {
  if (value === null || value === '') return '—';
  if (typeof value === 'boolean') return t(value ? 'ui.yes' : 'ui.no');
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : metric(value);
  if (typeof value === 'string') return isInstant(value) ? dateTime(value) : value;
  return Array.isArray(value) ? value.map(textOf).join(', ') : JSON.stringify(value);
}

function rowOf(name: string, value: EvidenceValue, label: string): EvidenceRow[] {
  if (isPlain(value)) return [{ name, label, text: textOf(value), mono: typeof value === 'string' && isHash(value) }];
  if (Array.isArray(value)) {
    if (!value.length) return [];
    if (value.every(isPlain)) return [{ name, label, text: value.map(textOf).join(', ') }];
    const records = value.filter((item): item is { readonly [key: string]: EvidenceValue } => !isPlain(item) && !Array.isArray(item));
    // Identifiers are for machines: the bundle holds them.
    const keys = [...new Set(records.flatMap((record) => Object.keys(record)))].filter((key) => !['id', 'by', 'judgement'].includes(key));
    return [
      { name, label, table: { columns: keys.map(labelOf), rows: records.map((record) => keys.map((key) => textOf(record[key] ?? null))) } },
    ];
  }
  return Object.keys(value).length ? [{ name, label, inner: value, named: namesStay.has(name) }] : [];
}

/**
 * One row for each thing that spoke for a move; empty lists and empty objects say nothing.
 * @param named - whether the names in `value` stay as they are
 */
export function evidenceRows(value: EvidenceValue, named = false): EvidenceRow[] {
  if (isPlain(value) || Array.isArray(value)) return rowOf('value', value, labelOf('value'));
  return Object.entries(value)
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .flatMap(([name, inner]) => rowOf(name, inner, named ? name : labelOf(name)));
}
