import { JsonObject, type ProblemIssue } from '@crisol/contracts';
import { secretFields } from '@crisol/plugin-api';
import { z } from 'zod';

export type SettingsResult =
  { readonly ok: true; readonly value: Record<string, unknown> } | { readonly ok: false; readonly issues: readonly ProblemIssue[] };

/** Checks values against a plugin's own schema; issues carry JSON pointers. */
export function parseSettings(schema: z.ZodType, values: unknown): SettingsResult {
  const parsed = schema.safeParse(values);
  if (parsed.success) return { ok: true, value: z.record(z.string(), z.unknown()).parse(parsed.data) };
  const issues = parsed.error.issues.flatMap((issue) => {
    const base = issue.path.map((step) => `/${String(step)}`).join('');
    if (issue.code !== 'unrecognized_keys') return [{ pointer: base, code: issue.code, message: issue.message }];
    return issue.keys.map((key) => ({ pointer: `${base}/${key}`, code: 'unknown_field', message: 'There is no such setting.' }));
  });
  return { ok: false, issues };
}

/** One line for people out of the issues. */
export function inWords(issues: readonly ProblemIssue[]): string {
  return issues.map(({ pointer, message }) => `${pointer || 'settings'}: ${message}`).join('; ');
}

/** The JSON Schema from which the console makes a form. */
export function formSchema(schema: z.ZodType): JsonObject {
  return JsonObject.parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))));
}
type JsonObject = z.infer<typeof JsonObject>;

/** Names of the fields that are secrets: by schema and by the manifest. */
export function secretNames(schema: z.ZodType, declared: readonly string[]): ReadonlySet<string> {
  return new Set([...secretFields(schema), ...declared]);
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
