import type { ProblemIssue } from '@crisol/contracts';
import { z } from 'zod';

export type SettingsResult =
  { readonly ok: true; readonly value: Record<string, unknown> } | { readonly ok: false; readonly issues: readonly ProblemIssue[] };

/** Checks values against a plugin's own schema; issues carry JSON pointers. */
export function parseSettings(schema: z.ZodType, values: unknown): SettingsResult {
  const parsed = schema.safeParse(values);
  if (parsed.success) return { ok: true, value: z.record(z.string(), z.unknown()).parse(parsed.data) };
  const issues = parsed.error.issues.flatMap((issue) => {
    const base = issue.path.map((step) => `/${String(step)}`).join('');
    // The schema's own words for a missing value name types, which says nothing to whoever fills in a form.
    const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
    if (missing) return [{ pointer: base, code: 'required', message: 'is required' }];
    if (issue.code !== 'unrecognized_keys') return [{ pointer: base, code: issue.code, message: issue.message }];
    return issue.keys.map((key) => ({ pointer: `${base}/${key}`, code: 'unknown_field', message: 'There is no such setting.' }));
  });
  return { ok: false, issues };
}

/** One line for people out of the issues. */
export function inWords(issues: readonly ProblemIssue[]): string {
  return issues
    .map(({ pointer, code, message }) => {
      const field = pointer === '' ? 'settings' : pointer.slice(1).replaceAll('/', '.');
      return code === 'required' ? `${field} ${message}` : `${field}: ${message}`;
    })
    .join('; ');
}
