import { Body, Controller, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ListQuery, Plugin, PluginCheck, PluginPage, PluginSettings } from '@crisol/contracts';
import type { Actor } from '../auth/actor.js';
import { Answers, Caller, IfMatch, Needs } from '../http/route-decorators.js';
import { PluginsService } from './plugins.service.js';

@ApiTags('plugins')
@Controller('api/v1/plugins')
export class PluginsController {
  constructor(private readonly plugins: PluginsService) {}

  @Get()
  @Needs('plugins:admin')
  @Answers(200, PluginPage, { id: 'listPlugins', summary: 'List the plugins with their states' })
  list(@Query({ schema: ListQuery }) query: ListQuery) {
    return this.plugins.list(query);
  }

  @Get(':plugin')
  @Needs('plugins:admin')
  @Answers(200, Plugin, { id: 'getPlugin', summary: 'Show a plugin' })
  get(@Param('plugin') plugin: string) {
    return this.plugins.get(plugin);
  }

  @Put(':plugin/settings')
  @Needs('plugins:admin')
  @Answers(200, Plugin, { id: 'putPluginSettings', summary: 'Replace the settings of a plugin; secrets left out keep their value' })
  putSettings(
    @Caller() actor: Actor,
    @Param('plugin') plugin: string,
    @Body({ schema: PluginSettings }) body: PluginSettings,
    @IfMatch() revision: number | null | undefined,
  ) {
    return this.plugins.putSettings(actor, plugin, body, revision);
  }

  @Post(':plugin/enable')
  @Needs('plugins:admin')
  @Answers(200, Plugin, { id: 'enablePlugin', summary: 'Enable a plugin, or give a failed one another try' })
  enable(@Caller() actor: Actor, @Param('plugin') plugin: string) {
    return this.plugins.enable(actor, plugin);
  }

  @Post(':plugin/disable')
  @Needs('plugins:admin')
  @Answers(200, Plugin, { id: 'disablePlugin', summary: 'Disable a plugin without a restart' })
  disable(@Caller() actor: Actor, @Param('plugin') plugin: string) {
    return this.plugins.disable(actor, plugin);
  }

  @Post(':plugin/check')
  @Needs('plugins:admin')
  @Answers(200, PluginCheck, { id: 'checkPlugin', summary: 'Ask a plugin whether its other side answers' })
  check(@Param('plugin') plugin: string) {
    return this.plugins.check(plugin);
  }
}
