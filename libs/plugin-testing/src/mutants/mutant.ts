import type { Change } from '../references/reference-plugin.js';

/** A broken implementation, and the one case that must catch it. */
export interface Mutant<T> {
  readonly name: string;
  readonly failedBy: string;
  readonly change: Change<T>;
}
