/**
 * Columns of tables of runs, as `POST /runs/columns` names them: `metrics.auc` (the last value), `min(metrics.auc)`,
 * `max(metrics.auc)`, `params.depth`, `tags.team`, `attributes.name`.
 */
export type FieldKind = 'metric' | 'param' | 'tag' | 'attribute';
export type Aggregate = 'last' | 'min' | 'max';
export interface RunField {
  readonly field: string;
  readonly kind: FieldKind;
  readonly name: string;
  readonly of: Aggregate;
}

const kinds: Readonly<Record<string, FieldKind>> = { metrics: 'metric', params: 'param', tags: 'tag', attributes: 'attribute' };

export function readField(field: string): RunField | null {
  const extreme = /^(min|max)\(metrics\.(.+)\)$/s.exec(field);
  if (extreme) return { field, kind: 'metric', name: extreme[2] ?? '', of: extreme[1] === 'min' ? 'min' : 'max' };
  const dot = field.indexOf('.');
  const kind = kinds[field.slice(0, Math.max(0, dot))];
  const name = field.slice(dot + 1);
  return kind && name ? { field, kind, name, of: 'last' } : null;
}

export function metricField(name: string, of: Aggregate): string {
  return of === 'last' ? `metrics.${name}` : `${of}(metrics.${name})`;
}

/** Attributes that a person may choose as columns, in this order. */
export const attributeNames = [
  'state',
  'name',
  'startedAt',
  'finishedAt',
  'durationMs',
  'user',
  'source',
  'experiment',
  'datasetVersion',
  'modelVersion',
  'lifecycle',
  'mlflowId',
  'parent',
] as const;
export type AttributeName = (typeof attributeNames)[number];

/** What the server can order by, by our name of the attribute. */
const orderedAttributes: Readonly<Record<string, string>> = {
  name: 'run_name',
  state: 'status',
  startedAt: 'start_time',
  finishedAt: 'end_time',
  user: 'user_id',
};

/** The term of an order on the server; null for columns that only the browser can order. */
export function orderTerm(field: string, descending: boolean): string | null {
  const read = readField(field);
  if (!read) return null;
  const direction = descending ? 'DESC' : 'ASC';
  if (read.kind === 'attribute') {
    const attribute = orderedAttributes[read.name];
    return attribute ? `attributes.${attribute} ${direction}` : null;
  }
  const reference = `${read.kind}s.${quoteKey(read.name)}`;
  return `${read.of === 'last' ? reference : `${read.of}(${reference})`} ${direction}`;
}

/** A key as a filter or an order writes it: in backticks when it is no plain word. */
export function quoteKey(key: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*$/u.test(key) ? key : `\`${key}\``;
}
export const quoteText = (text: string): string => (text.includes("'") ? `"${text}"` : `'${text}'`);
