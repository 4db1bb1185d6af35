import { z } from 'zod';

/** How a form shows a field; goes under `x-ui` of the JSON Schema. @public @since 1.0 */
export interface FieldHints {
  readonly order?: number;
  readonly group?: string;
  readonly width?: 'full' | 'half';
  readonly widget?: 'textarea' | 'code' | 'password' | 'slider';
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

/** Names of the top-level fields of an object schema that are secrets. @public @since 1.0 */
export function secretFields(schema: z.ZodType): string[] {
  const document = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(document.properties ?? {}).flatMap(([name, field]) => {
    const hints = typeof field === 'object' ? field['x-ui'] : undefined;
    return typeof hints === 'object' && hints !== null && 'secret' in hints && hints.secret === true ? [name] : [];
  });
}
