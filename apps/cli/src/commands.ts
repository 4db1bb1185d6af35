import type { Command } from './command.js';
import { compareModels } from './commands/compare.js';
import { listDatasets, pushDataset, showDataset } from './commands/datasets.js';
import { doctor } from './commands/doctor.js';
import { createEndpoint, listEndpoints, predict } from './commands/endpoints.js';
import { cancelJob, listJobs, showJob, tailJob, waitForJob } from './commands/jobs.js';
import { createKey, loginLink } from './commands/keys.js';
import { modelHistory, showCard, showEvidence, verifyEvidence } from './commands/model-history.js';
import { approveModel, promoteModel } from './commands/model-promotion.js';
import { listModels, showModel, uploadModel } from './commands/models.js';
import { authorCommands } from './commands/plugin-authors.js';
import { installPlugin, updatePlugin } from './commands/plugin-install.js';
import {
  disablePlugin,
  enablePlugin,
  isolatePlugin,
  listPlugins,
  pluginLogs,
  pluginSettings,
  showPlugin,
  uninstallPlugin,
} from './commands/plugins.js';
import { train } from './commands/train.js';
import { exportMlflow, importMlflow } from './commands/transfer.js';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  doctor,
  loginLink,
  createKey,
  pushDataset,
  listDatasets,
  showDataset,
  train,
  listJobs,
  showJob,
  tailJob,
  waitForJob,
  cancelJob,
  listModels,
  showModel,
  uploadModel,
  promoteModel,
  approveModel,
  modelHistory,
  showEvidence,
  verifyEvidence,
  showCard,
  compareModels,
  listEndpoints,
  createEndpoint,
  predict,
  importMlflow,
  exportMlflow,
  listPlugins,
  showPlugin,
  installPlugin,
  updatePlugin,
  uninstallPlugin,
  enablePlugin,
  disablePlugin,
  pluginSettings,
  isolatePlugin,
  pluginLogs,
  ...authorCommands,
];
