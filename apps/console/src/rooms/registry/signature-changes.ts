import type { Signature } from '@crisol/contracts';

export interface SignatureChange {
  readonly column: string;
  readonly kind: 'added' | 'removed' | 'retyped' | 'required';
  /** Callers of the old version get errors from the new one. */
  readonly breaking: boolean;
}

/** What a caller notices when a version takes the place of another. */
export function signatureChanges(before: Signature, after: Signature): SignatureChange[] {
  const old = new Map(before.inputs.map((column) => [column.name, column]));
  const now = new Map(after.inputs.map((column) => [column.name, column]));
  const changes: SignatureChange[] = [];
  for (const column of after.inputs) {
    const was = old.get(column.name);
    if (!was) changes.push({ column: column.name, kind: 'added', breaking: !column.nullable });
    else if (was.type !== column.type)
      changes.push({ column: column.name, kind: 'retyped', breaking: !(was.type === 'integer' && column.type === 'number') });
    else if (was.nullable && !column.nullable) changes.push({ column: column.name, kind: 'required', breaking: true });
  }
  // A column that the version does not know is refused.
  for (const column of before.inputs) if (!now.has(column.name)) changes.push({ column: column.name, kind: 'removed', breaking: true });
  return changes;
}
