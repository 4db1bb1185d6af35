import type { CheckRequest, CheckTypeDefinition } from '@crisol/plugin-api';
import { ensure } from '../../contract.js';
import { ensureExamplesFit, ensureStrictSchema } from '../compare.js';

/** Fails when arguments of a check type take unknown keys, refuse their example or do not export, or when the requests do not fit. */
export function ensureCheckTypes(definitions: readonly CheckTypeDefinition[], requests: readonly CheckRequest[]): void {
  for (const { type, title, kwargs } of definitions) {
    const own = requests.find((request) => request.type === type)?.kwargs ?? {};
    ensure(definitions.filter((one) => one.type === type).length === 1, `Two check types are called ${type}.`);
    ensure(title.trim() !== '', `The check type ${type} has no title for people.`);
    ensureStrictSchema(kwargs, own, `The arguments of ${type}`);
    ensureExamplesFit(kwargs, own, `The arguments of ${type}`);
  }
  for (const { type, kwargs } of requests) {
    const known = definitions.find((one) => one.type === type);
    ensure(known?.kwargs.safeParse(kwargs).success === true, `The check ${type} of the subject does not fit its own schema.`);
  }
}
