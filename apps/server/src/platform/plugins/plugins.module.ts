import { Global, Module } from '@nestjs/common';
import { ActivePlugins } from './active-plugins.js';
import { PackageFolders } from './install/package-folders.js';
import { PackageSweeper } from './install/package-sweeper.js';
import { PackageSwitch } from './install/package-switch.js';
import { PackageTrial } from './install/package-trial.js';
import { PluginInstallsController } from './install/plugin-installs.controller.js';
import { PluginInstallsService } from './install/plugin-installs.service.js';
import { OfflineDisables } from './lifecycle/offline-disables.js';
import { PluginLifecycle } from './lifecycle/plugin-lifecycle.js';
import { PluginRunners } from './lifecycle/plugin-runner.js';
import { PluginStore } from './lifecycle/plugin-store.js';
import { ServerPluginRunners } from './isolation/server-plugin-runners.js';
import { PluginLogs } from './page/plugin-logs.js';
import { PluginPages } from './page/plugin-pages.js';
import { PluginStatistics } from './page/plugin-statistics.js';
import { PluginHost } from './plugin-host.js';
import { PluginChanges } from './plugin-changes.js';
import { PluginRemoval } from './plugin-removal.js';
import { PluginUsers } from './plugin-users.js';
import { PluginsController } from './plugins.controller.js';
import { PluginsService } from './plugins.service.js';
import { DatasetSources } from './scope/dataset-source.js';
import { JobQuestionAnswers } from './scope/job-question-answers.js';
import { PluginScopes, ServerPluginScopes } from './scope/plugin-scopes.js';
import { PluginSecrets } from './settings/plugin-secrets.js';
import { SecretBox } from './settings/secret-box.js';

@Global()
@Module({
  controllers: [PluginInstallsController, PluginsController],
  providers: [
    { provide: ActivePlugins, useFactory: () => new ActivePlugins() },
    { provide: PluginHost, useExisting: ActivePlugins },
    SecretBox,
    PluginSecrets,
    DatasetSources,
    JobQuestionAnswers,
    ServerPluginScopes,
    { provide: PluginScopes, useExisting: ServerPluginScopes },
    { provide: PluginRunners, useClass: ServerPluginRunners },
    PluginStore,
    OfflineDisables,
    PackageFolders,
    PackageSweeper,
    PackageSwitch,
    PackageTrial,
    PluginLifecycle,
    PluginInstallsService,
    PluginUsers,
    PluginLogs,
    PluginStatistics,
    PluginPages,
    PluginChanges,
    PluginRemoval,
    PluginsService,
  ],
  exports: [PluginHost, PluginSecrets, PluginUsers, DatasetSources],
})
export class PluginsModule {}
