import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { ProblemIssue } from '@crisol/contracts';
import { problem } from './problem.js';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
}

/** Fields that the server owns, wherever they stand. */
const readOnly = new Set(['id', 'state', 'progress', 'outputs', 'verdict', 'createdAt', 'createdBy', 'updatedAt', 'revision']);

/** Checks bodies and queries against their zod schema; every fault comes back with a JSON pointer. */
export class SchemaPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => problem('validation_failed', { errors: issues.flatMap(toIssues).slice(0, 100) }) });
  }
}

/** One issue of a schema as problems with JSON pointers. */
export function toIssues(issue: Issue): ProblemIssue[] {
  const path = (issue.path ?? []).map((step) => (typeof step === 'object' ? step.key : step));
  const keys: unknown = Reflect.get(issue, 'keys');
  if (Array.isArray(keys)) {
    return keys.map((key: unknown) => ({
      pointer: toPointer([...path, String(key)]),
      code: readOnly.has(String(key)) ? 'read_only_field' : 'unknown_field',
      message: readOnly.has(String(key)) ? 'is set by the server' : 'there is no such field',
    }));
  }
  const code: unknown = Reflect.get(issue, 'code');
  const message = code === 'invalid_union' ? (expectedBy(Reflect.get(issue, 'errors')) ?? issue.message) : issue.message;
  return [{ pointer: toPointer(path), code: typeof code === 'string' ? code : 'invalid', message }];
}

/** What a plain union takes, which zod says for each of its members and not for the whole. */
function expectedBy(members: unknown): string | undefined {
  if (!Array.isArray(members)) return undefined;
  const expected = members.map((issues: unknown) => (Array.isArray(issues) ? typeWanted(issues[0]) : undefined));
  return expected.length > 0 && expected.every((one) => one !== undefined) ? `Invalid input: expected ${expected.join(' or ')}` : undefined;
}

function typeWanted(issue: unknown): string | undefined {
  if (typeof issue !== 'object' || issue === null || Reflect.get(issue, 'code') !== 'invalid_type') return undefined;
  const [path, expected]: unknown[] = [Reflect.get(issue, 'path'), Reflect.get(issue, 'expected')];
  return Array.isArray(path) && path.length === 0 && typeof expected === 'string' ? expected : undefined;
}

/** RFC 6901. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
