import type { Migration } from './migration.js';
import { platform } from './migrations/0001-platform.js';
import { migration0002 as identity } from './migrations/0002-identity.js';
import { jobs } from './migrations/0003-jobs.js';
import { plugins } from './migrations/0004-plugins.js';
import { notifications } from './migrations/0005-notifications.js';
import { lineage } from './migrations/0006-lineage.js';
import { datasets } from './migrations/0007-datasets.js';
import { quality } from './migrations/0008-quality.js';
import { experiments } from './migrations/0009-experiments.js';
import { training } from './migrations/0010-training.js';
import { registry } from './migrations/0011-registry.js';
import { serving } from './migrations/0012-serving.js';
import { pluginInstall } from './migrations/0013-plugin-install.js';
import { tasksAndArtifacts } from './migrations/0014-tasks-and-artifacts.js';
import { featureLookup } from './migrations/0015-feature-lookup.js';
import { gates } from './migrations/0016-gates.js';
import { tracking } from './migrations/0017-tracking.js';
import { storedVersions } from './migrations/0018-stored-versions.js';
import { policies } from './migrations/0019-policies.js';
import { comparisons } from './migrations/0020-comparisons.js';
import { savedViews } from './migrations/0021-saved-views.js';
import { removal } from './migrations/0022-removal.js';

/** Every migration, in order. */
export const migrations: readonly Migration[] = [
  platform,
  identity,
  jobs,
  plugins,
  notifications,
  lineage,
  datasets,
  quality,
  experiments,
  training,
  registry,
  serving,
  pluginInstall,
  tasksAndArtifacts,
  featureLookup,
  gates,
  tracking,
  storedVersions,
  policies,
  comparisons,
  savedViews,
  removal,
];
