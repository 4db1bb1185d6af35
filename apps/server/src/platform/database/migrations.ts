import type { Migration } from './migration.js';

/** Every migration, in order. */
export const migrations: readonly Migration[] = [];
