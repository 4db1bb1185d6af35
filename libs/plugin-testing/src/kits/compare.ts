import { isPluginError } from '@crisol/plugin-api';
import { z } from 'zod';
import { ensure } from '../contract.js';

/** Fails when `value` is changed by `work`. */
export async function unchanged<T>(value: T, wrong: string, work: () => Promise<unknown>): Promise<void> {
  const before = structuredClone(value);
  await work();
  ensure(same(before, value), wrong);
}

/** Deep equality of plain data and typed arrays, NaN equal to itself. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => same(Reflect.get(a, key), Reflect.get(b, key)));
}

/** What was thrown, for a sentence. */
export function inWords(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `${typeof thrown} ${String(thrown)}`;
}

/** Fails when what was thrown is not a `PluginError` with one of the codes. */
export function ensurePluginError(thrown: unknown, codes: readonly string[], when: string): void {
  ensure(isPluginError(thrown), `${when} it must throw a PluginError; it threw ${inWords(thrown)}`);
  ensure(codes.includes(thrown.code), `${when} the code must be ${codes.join(' or ')}; it is ${thrown.code}.`);
}

/** Fails when a schema of an object takes an unknown key or cannot be exported for the form. */
export function ensureStrictSchema(schema: z.ZodType, given: Readonly<Record<string, unknown>>, what: string): void {
  const unknown = schema.safeParse({ ...given, 'no such key': 1 });
  ensure(!unknown.success, `${what} take an unknown key: use z.strictObject.`);
  try {
    z.toJSONSchema(schema, { io: 'input' });
  } catch (error) {
    ensure(false, `${what} cannot be exported as JSON Schema, so no form can be made: ${inWords(error)}`);
  }
}

/** Fails when an example of a schema, or of one of its fields, does not fit it. */
export function ensureExamplesFit(schema: z.ZodType, given: Readonly<Record<string, unknown>>, what: string): void {
  const document = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  for (const example of document.examples ?? []) {
    const parsed = schema.safeParse(example);
    ensure(
      parsed.success,
      `${what} refuse their own example ${JSON.stringify(example)}: ${parsed.success ? '' : z.prettifyError(parsed.error)}`,
    );
  }
  for (const [name, field] of Object.entries(document.properties ?? {})) {
    for (const example of typeof field === 'object' ? (field.examples ?? []) : []) {
      const issues = schema.safeParse({ ...given, [name]: example }).error?.issues ?? [];
      const own = issues.find(({ path }) => path[0] === name);
      ensure(own === undefined, `${what} refuse ${JSON.stringify(example)}, the example of ${name}: ${own?.message}`);
    }
  }
}
