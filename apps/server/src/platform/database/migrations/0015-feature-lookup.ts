import type { Migration } from '../migration.js';

export const featureLookup: Migration = {
  name: '0015-feature-lookup',
  statements: ['alter table endpoint add column lookup jsonb'],
};
