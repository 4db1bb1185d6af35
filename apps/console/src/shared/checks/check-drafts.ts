import type { Check, CheckType } from '@crisol/contracts';
import { asSchema, cleaned, defaultOf, isRecord, type FormValue, type JsonSchema } from '../forms/schema';

/** A check while somebody edits it. */
export interface CheckDraft {
  readonly key: number;
  readonly type: string;
  severity: Check['severity'];
  kwargs: FormValue;
}
let nextKey = 1;

export function draftsOf(checks: readonly Check[]): CheckDraft[] {
  return checks.map((check) => ({ key: nextKey++, type: check.type, severity: check.severity, kwargs: { ...check.kwargs } }));
}
export function newDraft(type: string, schema: JsonSchema): CheckDraft {
  const start = defaultOf(schema);
  return { key: nextKey++, type, severity: 'critical', kwargs: isRecord(start) ? start : {} };
}
export function checksOf(drafts: readonly CheckDraft[], schemas: ReadonlyMap<string, JsonSchema>): Check[] {
  return drafts.map((draft) => {
    const kwargs = cleaned(schemas.get(draft.type) ?? {}, draft.kwargs);
    // A form makes nothing but JSON.
    return { type: draft.type, severity: draft.severity, kwargs: (isRecord(kwargs) ? kwargs : {}) as Check['kwargs'] };
  });
}

/** The form of each check type; a field named `column` becomes a choice among the columns that exist. */
export function checkSchemas(types: readonly CheckType[], columns: readonly string[]): Map<string, JsonSchema> {
  return new Map(types.map((type) => [type.type, withColumns(asSchema(type.kwargsSchema), columns)]));
}
function withColumns(schema: JsonSchema, names: readonly string[]): JsonSchema {
  if (!schema.properties || names.length === 0) return schema;
  const properties = Object.entries(schema.properties).map(([key, field]) => {
    if (key === 'column' || /^column_[A-Z]$/.test(key)) return [key, { ...field, enum: [...names] }];
    if (key === 'column_list' || key === 'column_set') return [key, { ...field, items: { ...field.items, enum: [...names] } }];
    return [key, field];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}
