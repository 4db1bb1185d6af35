import { JsonObject } from '@crisol/contracts';
import { z } from 'zod';
import { documentOf } from './rebuilt-schema.js';

export { inWords, parseSettings, type SettingsResult } from './parse-settings.js';

/** The JSON Schema from which the console makes a form. */
export function formSchema(schema: z.ZodType): JsonObject {
  return (
    documentOf(schema) ?? JsonObject.parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))))
  );
}
type JsonObject = z.infer<typeof JsonObject>;

/** Names of the fields that are secrets: by schema and by the manifest. */
export function secretNames(schema: z.ZodType, declared: readonly string[]): ReadonlySet<string> {
  return new Set([...secretFieldsOf(formSchema(schema)), ...declared]);
}

/** As `secretFields` of the plugin API, on the form. */
export function secretFieldsOf(form: JsonObject): string[] {
  const fields = JsonObject.safeParse(form['properties']);
  return Object.entries(fields.data ?? {}).flatMap(([name, field]) => {
    const hints = JsonObject.safeParse(JsonObject.safeParse(field).data?.['x-ui']);
    return hints.data?.['secret'] === true ? [name] : [];
  });
}

/**
 * Splits what a caller sent into open values and secrets. A secret that is left out or empty keeps its value, null removes it.
 * @param kept - the secrets stored until now, in clear
 */
export function splitSecrets(
  sent: JsonObject,
  names: ReadonlySet<string>,
  kept: Readonly<Record<string, string>>,
): { open: JsonObject; secrets: Record<string, string> } {
  const open: JsonObject = {};
  const secrets = { ...kept };
  for (const [name, value] of Object.entries(sent)) {
    if (!names.has(name)) open[name] = value;
    else if (value === null) delete secrets[name];
    else if (value !== '') secrets[name] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return { open, secrets };
}
