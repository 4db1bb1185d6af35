/** The part of JSON Schema 2020-12 that the forms draw. What is outside becomes a JSON editor. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly readOnly?: boolean;
  readonly deprecated?: boolean;
  readonly 'x-ui'?: FieldHints;
}
export interface FieldHints {
  readonly order?: number;
  readonly group?: string;
  readonly width?: 'full' | 'half';
  readonly widget?: string;
  /** Words for the values of an enum. */
  readonly optionTitles?: Readonly<Record<string, string>>;
  readonly secret?: boolean;
  readonly visibleIf?: { readonly field: string; readonly equals: string | number | boolean };
  readonly i18n?: { readonly es?: { readonly title?: string; readonly description?: string } };
}
export type FormValue = Record<string, unknown>;
export type FieldKind = 'object' | 'text' | 'choice' | 'number' | 'boolean' | 'list' | 'objects' | 'variant' | 'json';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** A schema document arrives as plain JSON; anything unknown in it is drawn as JSON, so no check can fail. */
export function asSchema(document: unknown): JsonSchema {
  return isRecord(document) ? document : {};
}

/** A nullable value is written as `anyOf: [T, null]` or `type: [T, 'null']`; the form shows T and takes empty for null. */
export function withoutNull(schema: JsonSchema): { readonly schema: JsonSchema; readonly nullable: boolean } {
  if (Array.isArray(schema.type)) {
    const rest = schema.type.filter((type: string) => type !== 'null');
    const [only] = rest;
    if (rest.length === 1 && only) return { schema: { ...schema, type: only }, nullable: rest.length < schema.type.length };
  }
  const options = schema.anyOf ?? [];
  const rest = options.filter((option) => option.type !== 'null');
  const [only] = rest;
  if (rest.length === 1 && only && rest.length < options.length) {
    const { anyOf: _, ...outer } = schema;
    return { schema: { ...only, ...outer }, nullable: true };
  }
  return { schema, nullable: false };
}

/** The field whose constant tells the options of a `oneOf` apart. */
export function discriminator(options: readonly JsonSchema[]): string | undefined {
  const [first] = options;
  const names = Object.entries(first?.properties ?? {}).filter(([, field]) => field.const !== undefined);
  return names.map(([name]) => name).find((name) => options.every((option) => option.properties?.[name]?.const !== undefined));
}
export const optionsOf = (schema: JsonSchema): readonly JsonSchema[] => schema.oneOf ?? schema.anyOf ?? [];

export function kindOf(given: JsonSchema): FieldKind {
  const { schema } = withoutNull(given);
  if (schema.enum || schema.const !== undefined) return 'choice';
  if (optionsOf(schema).length) {
    const constants = optionsOf(schema).every((option) => option.const !== undefined);
    if (constants) return 'choice';
    return discriminator(optionsOf(schema)) ? 'variant' : 'json';
  }
  switch (schema.type) {
    case 'object':
      return schema.properties ? 'object' : 'json';
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array': {
      const item = schema.items ? kindOf(schema.items) : 'json';
      if (item === 'object') return 'objects';
      return item === 'text' || item === 'number' || item === 'choice' ? 'list' : 'json';
    }
    default:
      return 'json';
  }
}

export function choicesOf(given: JsonSchema): readonly { readonly value: string; readonly label: string; readonly raw: unknown }[] {
  const { schema } = withoutNull(given);
  const titles = schema['x-ui']?.optionTitles ?? {};
  const constants = optionsOf(schema).map((option) => ({ raw: option.const, title: option.title }));
  const plain = (schema.enum ?? (schema.const === undefined ? [] : [schema.const])).map((raw) => ({ raw, title: undefined }));
  return [...plain, ...constants]
    .filter(({ raw }) => raw !== null)
    .map(({ raw, title }) => ({ value: JSON.stringify(raw), label: titles[String(raw)] ?? title ?? String(raw), raw }));
}

/** A deep copy of plain JSON. `structuredClone` refuses the reactive proxies that a schema from a query is made of. */
export const plainCopy = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The value that a fresh form starts with. */
export function defaultOf(given: JsonSchema): unknown {
  if (given.default !== undefined) return plainCopy(given.default);
  const { schema, nullable } = withoutNull(given);
  if (schema.const !== undefined) return schema.const;
  if (nullable) return null;
  switch (kindOf(schema)) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
          const value = defaultOf(field);
          return value === undefined ? [] : [[name, value]];
        }),
      );
    case 'variant': {
      const [first] = optionsOf(schema);
      return first ? defaultOf(first) : undefined;
    }
    case 'list':
    case 'objects':
      return schema.minItems ? [defaultOf(schema.items ?? {})] : [];
    case 'boolean':
      return false;
    default:
      return undefined;
  }
}

/** Names of the fields in the order in which they stand: `x-ui.order`, then as written. */
export function orderedFields(
  schema: JsonSchema,
): readonly { readonly name: string; readonly schema: JsonSchema; readonly required: boolean }[] {
  return Object.entries(schema.properties ?? {})
    .map(([name, field], index) => ({
      name,
      schema: field,
      required: (schema.required ?? []).includes(name) && field.default === undefined,
      index,
    }))
    .toSorted((a, b) => (a.schema['x-ui']?.order ?? 1000 + a.index) - (b.schema['x-ui']?.order ?? 1000 + b.index));
}
/** @param fields - the schemas beside it: their defaults stand for what is not set, and what a hidden field says does not count */
export function isVisible(schema: JsonSchema, siblings: FormValue, fields: Readonly<Record<string, JsonSchema>> = {}): boolean {
  const rule = schema['x-ui']?.visibleIf;
  if (!rule) return true;
  const { [rule.field]: other, ...rest } = fields;
  return (siblings[rule.field] ?? other?.default) === rule.equals && (!other || isVisible(other, siblings, rest));
}
export function titleOf(schema: JsonSchema, name: string, locale: string): string {
  const spoken = locale === 'es' ? schema['x-ui']?.i18n?.es?.title : undefined;
  return (
    spoken ??
    schema.title ??
    name
      .replaceAll('_', ' ')
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .replace(/^./, (first) => first.toUpperCase())
  );
}
export function helpOf(schema: JsonSchema, locale: string): string {
  const spoken = locale === 'es' ? schema['x-ui']?.i18n?.es?.description : undefined;
  const text = spoken ?? schema.description ?? '';
  const { minimum, maximum } = withoutNull(schema).schema;
  // JSON Schema of an integer carries the limits of safe integers, which tell nobody anything.
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  const range =
    low !== undefined && high !== undefined ? `${low} – ${high}` : low !== undefined ? `≥ ${low}` : high !== undefined ? `≤ ${high}` : '';
  return [text, range].filter(Boolean).join(' · ');
}
/** The first example of a schema, as a field shows it while it is empty. */
export function exampleOf(given: JsonSchema): string | undefined {
  const [example] = withoutNull(given).schema.examples ?? [];
  if (example === undefined || example === null) return undefined;
  return typeof example === 'object' ? JSON.stringify(example, null, 2) : String(example);
}
/** The schema of an item, with an example out of the list's own where the item has none. */
export function itemOf(given: JsonSchema): JsonSchema {
  const { schema } = withoutNull(given);
  const [example] = schema.examples ?? [];
  const [first] = Array.isArray(example) ? example : [];
  return { ...schema.items, ...(first !== undefined && !schema.items?.examples && { examples: [first] }) };
}
/** Bounds and step of a slider; undefined when the schema has no two bounds. */
export function sliderOf(given: JsonSchema): { readonly min: number; readonly max: number; readonly step: number } | undefined {
  const { minimum, maximum, type, multipleOf } = withoutNull(given).schema;
  if (given['x-ui']?.widget !== 'slider' || minimum === undefined || maximum === undefined || maximum <= minimum) return undefined;
  return { min: minimum, max: maximum, step: multipleOf ?? (type === 'integer' ? 1 : (maximum - minimum) / 100) };
}
export const isSecret = (schema: JsonSchema): boolean => schema['x-ui']?.secret === true;
/** One step of a JSON pointer. */
export const pointerTo = (base: string, name: string | number): string =>
  `${base}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** What is sent: hidden fields and empty optional ones are left out, so that the server's defaults hold. */
export function cleaned(given: JsonSchema, value: unknown): unknown {
  const { schema } = withoutNull(given);
  if (!isRecord(value)) return value;
  const options = optionsOf(schema);
  const key = discriminator(options);
  const shape = key ? (options.find((option) => option.properties?.[key]?.const === value[key]) ?? schema) : schema;
  if (!shape.properties) return value;
  const entries = Object.entries(value).flatMap(([name, field]) => {
    const fieldSchema = shape.properties?.[name];
    if (field === undefined || (fieldSchema && !isVisible(fieldSchema, value, shape.properties))) return [];
    return [[name, fieldSchema ? cleaned(fieldSchema, field) : field]];
  });
  return Object.fromEntries(entries);
}
