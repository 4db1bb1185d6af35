import { z } from 'zod';

/** How a form shows a field; goes under `x-ui` of the JSON Schema. @public @since 1.0 */
export interface FieldHints {
  readonly order?: number;
  readonly group?: string;
  readonly width?: 'full' | 'half';
  readonly widget?: 'textarea' | 'code' | 'password' | 'slider' | 'radio';
  /** Words for the values of an enum. @since 1.1 */
  readonly optionTitles?: Readonly<Record<string, string>>;
  readonly secret?: boolean;
  readonly visibleIf?: { readonly field: string; readonly equals: string | number | boolean };
  readonly i18n?: { readonly es?: { readonly title?: string; readonly description?: string } };
}

/**
 * Marks a string as a secret: the console writes but never reads it, logs hide it, and it is encrypted at rest.
 * @example z.strictObject({ signingKey: secret(z.string().min(16)).meta({ title: 'Signing key' }) })
 * @public
 * @since 1.0
 */
export function secret<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ ...schema.meta(), 'x-ui': { secret: true, widget: 'password' } });
}

/**
 * Says how the form shows a field; `title`, `description` (the help text) and `examples` are zod's own meta.
 * @example hinted(z.int().default(25), { group: 'Connection', visibleIf: { field: 'tls', equals: true } }).meta({ title: 'Port' })
 * @public
 * @since 1.1
 */
export function hinted<Schema extends z.ZodType>(schema: Schema, hints: FieldHints): Schema {
  const meta: Record<string, unknown> = { ...schema.meta() };
  return schema.meta({ ...meta, 'x-ui': { ...(typeof meta['x-ui'] === 'object' ? meta['x-ui'] : {}), ...hints } });
}

/** Names of the top-level fields of an object schema that are secrets. @public @since 1.0 */
export function secretFields(schema: z.ZodType): string[] {
  const document = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(document.properties ?? {}).flatMap(([name, field]) => {
    const hints = typeof field === 'object' ? field['x-ui'] : undefined;
    return typeof hints === 'object' && hints !== null && 'secret' in hints && hints.secret === true ? [name] : [];
  });
}
