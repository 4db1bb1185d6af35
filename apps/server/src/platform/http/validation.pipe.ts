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
  return [{ pointer: toPointer(path), code: typeof code === 'string' ? code : 'invalid', message: issue.message }];
}

/** RFC 6901. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
