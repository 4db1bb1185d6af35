import { Global, Module } from '@nestjs/common';
import { ActivePlugins } from './active-plugins.js';
import { PluginBuilder } from './lifecycle/plugin-builder.js';
import { PluginLifecycle } from './lifecycle/plugin-lifecycle.js';
import { PluginStore } from './lifecycle/plugin-store.js';
import { PluginHost } from './plugin-host.js';
import { PluginsController } from './plugins.controller.js';
import { PluginsService } from './plugins.service.js';
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
    PluginBuilder,
    PluginStore,
    PluginLifecycle,
    PluginsService,
  ],
  exports: [PluginHost, PluginSecrets],
})
export class PluginsModule {}
