import { JsonObject } from '@crisol/contracts';
import { z } from 'zod';

type JsonObject = z.infer<typeof JsonObject>;
const documents = new WeakMap<z.ZodType, JsonObject>();
/** A plugin's regular expressions could take for ever on a caller's text; a format is one too. */
const left = new Set(['pattern', 'patternProperties', 'propertyNames', 'format', '$schema']);
const mostDepth = 40;

/**
 * A schema for quick checks in the host, from what an isolated plugin says of its own. It knows no regular expressions and no
 * refinements: the plugin's process parses again, and that counts.
 */
export function rebuildSchema(document: JsonObject): z.ZodType {
  let schema: z.ZodType;
  try {
    // The converter takes any JSON Schema and throws for what it does not know.
    schema = z.fromJSONSchema(simpler(document, 0) as z.core.JSONSchema.JSONSchema, { registry: z.registry<Record<string, unknown>>() });
  } catch {
    schema = z.looseObject({});
  }
  documents.set(schema, document);
  return schema;
}

/** The plugin's own words, with all hints, of a schema that was rebuilt. */
export function documentOf(schema: z.ZodType): JsonObject | undefined {
  return documents.get(schema);
}

function simpler(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > mostDepth) throw new RangeError('too deep');
  if (Array.isArray(value)) return value.map((item) => simpler(item, depth + 1));
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (left.has(key) ? [] : [[key, simpler(item, depth + 1)]])));
}
