import { Global, Module } from '@nestjs/common';
import { ActivePlugins } from './active-plugins.js';
import { PluginLifecycle } from './lifecycle/plugin-lifecycle.js';
import { PluginRunners } from './lifecycle/plugin-runner.js';
import { PluginStore } from './lifecycle/plugin-store.js';
import { ServerPluginRunners } from './isolation/server-plugin-runners.js';
import { PluginHost } from './plugin-host.js';
import { PluginsController } from './plugins.controller.js';
import { PluginsService } from './plugins.service.js';
import { DatasetSources } from './scope/dataset-source.js';
import { JobQuestionAnswers } from './scope/job-question-answers.js';
import { PluginScopes, ServerPluginScopes } from './scope/plugin-scopes.js';
import { PluginSecrets } from './settings/plugin-secrets.js';
import { SecretBox } from './settings/secret-box.js';

@Global()
@Module({
  controllers: [PluginsController],
  providers: [
    { provide: ActivePlugins, useFactory: () => new ActivePlugins() },
    { provide: PluginHost, useExisting: ActivePlugins },
    SecretBox,
    PluginSecrets,
    DatasetSources,
    JobQuestionAnswers,
    { provide: PluginScopes, useClass: ServerPluginScopes },
    { provide: PluginRunners, useClass: ServerPluginRunners },
    PluginStore,
    PluginLifecycle,
    PluginsService,
  ],
  exports: [PluginHost, PluginSecrets, DatasetSources],
})
export class PluginsModule {}
