import type { SqlValue } from '../../platform/database/statements.js';

/** Gathers the values of a statement that is put together: each `add` gives the place that stands for it, never the value. */
export class SqlValues {
  readonly values: SqlValue[] = [];

  add(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}
