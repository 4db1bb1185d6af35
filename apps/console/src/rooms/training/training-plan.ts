import type { Column, ColumnProfile, DatasetProfile, Task } from '@crisol/contracts';

const manyClasses = 50;
/** Integers with more distinct values are amounts, not classes; the server draws the same line. */
const mostIntegerClasses = 10;
/** Whether a column may be predicted at all. */
export const canBeTarget = (column: Column): boolean => ['integer', 'number', 'boolean', 'text'].includes(column.type);
/** Whether a column may be an input. */
export const canBeInput = (column: Column): boolean => ['integer', 'number', 'boolean', 'text', 'date', 'timestamp'].includes(column.type);

/** The task that the server will most likely choose for a target; only a hint, the form leaves the choice to it. */
export function likelyTask(column: Column | undefined, profile: ColumnProfile | undefined): Task | null {
  if (!column) return null;
  if (column.type === 'boolean') return 'binary';
  const distinct = profile?.distinct ?? Infinity;
  if (column.type === 'text') return distinct <= 2 ? 'binary' : 'multiclass';
  if (column.type === 'integer' && distinct <= mostIntegerClasses) return distinct <= 2 ? 'binary' : 'multiclass';
  return 'regression';
}

/** What looks wrong with a column as an input, or nothing. */
export function inputWarning(
  profile: ColumnProfile | undefined,
  rows: number,
): 'keyLike' | 'constant' | 'mostlyMissing' | 'manyLevels' | null {
  if (!profile || rows < 2) return null;
  if (profile.distinct <= 1) return 'constant';
  if (profile.nulls / rows > 0.95) return 'mostlyMissing';
  if (profile.distinctExact && profile.distinct === rows && (profile.type === 'text' || profile.type === 'integer')) return 'keyLike';
  if (profile.type === 'text' && profile.distinct > Math.max(manyClasses, rows / 2)) return 'manyLevels';
  return null;
}
/** Inputs that a new training starts with: all but the target and what identifies rows. */
export function suggestedInputs(columns: readonly Column[], target: string, profile: DatasetProfile | null): string[] {
  const profiles = new Map((profile?.columns ?? []).map((column) => [column.name, column]));
  return columns
    .filter((column) => column.name !== target && canBeInput(column))
    .filter((column) => !['keyLike', 'constant'].includes(inputWarning(profiles.get(column.name), profile?.rows ?? 0) ?? ''))
    .map((column) => column.name);
}
