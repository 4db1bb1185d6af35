import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ListQuery,
  PluginCheck,
  PluginDetail,
  PluginEventPage,
  PluginLog,
  PluginLogQuery,
  PluginPage,
  PluginSettings,
  PluginStats,
  PluginStatsQuery,
  SetPluginIsolation,
  UninstallQuery,
} from '@crisol/contracts';
import type { Actor } from '../auth/actor.js';
import { Answers, Caller, IfMatch, Needs } from '../http/route-decorators.js';
import { PluginLogs } from './page/plugin-logs.js';
import { PluginPages } from './page/plugin-pages.js';
import { PluginStatistics } from './page/plugin-statistics.js';
import { PluginRemoval } from './plugin-removal.js';
import { PluginsService } from './plugins.service.js';

@ApiTags('plugins')
@Controller('api/v1/plugins')
export class PluginsController {
  constructor(
    private readonly plugins: PluginsService,
    private readonly removal: PluginRemoval,
    private readonly pages: PluginPages,
    private readonly statistics: PluginStatistics,
    private readonly logs: PluginLogs,
  ) {}

  @Get()
  @Needs('plugins:admin')
  @Answers(200, PluginPage, { id: 'listPlugins', summary: 'List the plugins with their states' })
  list(@Query({ schema: ListQuery }) query: ListQuery): Promise<PluginPage> {
    return this.plugins.list(query);
  }

  @Get(':plugin')
  @Needs('plugins:admin')
  @Answers(200, PluginDetail, { id: 'getPlugin', summary: 'Show a plugin: its state in every process, who uses it, its package' })
  get(@Param('plugin') plugin: string): Promise<PluginDetail> {
    return this.plugins.get(plugin);
  }

  @Delete(':plugin')
  @Needs('plugins:admin')
  @Answers(204, null, { id: 'uninstallPlugin', summary: 'Remove an installed plugin and all that it kept; its history stays' })
  async uninstall(
    @Caller() actor: Actor,
    @Param('plugin') plugin: string,
    @Query({ schema: UninstallQuery }) { force }: UninstallQuery,
  ): Promise<void> {
    await this.removal.uninstall(actor, plugin, force);
  }

  @Put(':plugin/settings')
  @Needs('plugins:admin')
  @Answers(200, PluginDetail, { id: 'putPluginSettings', summary: 'Replace the settings of a plugin; secrets left out keep their value' })
  putSettings(
    @Caller() actor: Actor,
    @Param('plugin') plugin: string,
    @Body({ schema: PluginSettings }) body: PluginSettings,
    @IfMatch() revision: number | null | undefined,
  ): Promise<PluginDetail> {
    return this.plugins.putSettings(actor, plugin, body, revision);
  }

  @Put(':plugin/isolation')
  @Needs('plugins:admin')
  @Answers(200, PluginDetail, { id: 'putPluginIsolation', summary: 'Run a plugin in a process of its own, or in ours' })
  putIsolation(
    @Caller() actor: Actor,
    @Param('plugin') plugin: string,
    @Body({ schema: SetPluginIsolation }) body: SetPluginIsolation,
  ): Promise<PluginDetail> {
    return this.plugins.setIsolation(actor, plugin, body.mode);
  }

  @Post(':plugin/enable')
  @Needs('plugins:admin')
  @Answers(200, PluginDetail, { id: 'enablePlugin', summary: 'Enable a plugin, or give a failed one another try' })
  enable(@Caller() actor: Actor, @Param('plugin') plugin: string): Promise<PluginDetail> {
    return this.plugins.enable(actor, plugin);
  }

  @Post(':plugin/disable')
  @Needs('plugins:admin')
  @Answers(200, PluginDetail, { id: 'disablePlugin', summary: 'Disable a plugin without a restart' })
  disable(@Caller() actor: Actor, @Param('plugin') plugin: string): Promise<PluginDetail> {
    return this.plugins.disable(actor, plugin);
  }

  @Post(':plugin/check')
  @Needs('plugins:admin')
  @Answers(200, PluginCheck, { id: 'checkPlugin', summary: 'Ask a plugin whether its other side answers' })
  check(@Param('plugin') plugin: string): Promise<PluginCheck> {
    return this.plugins.check(plugin);
  }

  @Get(':plugin/events')
  @Needs('plugins:admin')
  @Answers(200, PluginEventPage, { id: 'listPluginEvents', summary: 'What became of a plugin, newest first; also after it was removed' })
  events(@Param('plugin') plugin: string, @Query({ schema: ListQuery }) query: ListQuery): Promise<PluginEventPage> {
    return this.pages.events(plugin, query);
  }

  @Get(':plugin/stats')
  @Needs('plugins:admin')
  @Answers(200, PluginStats, { id: 'getPluginStats', summary: 'Calls, errors and latency of a plugin over time, over all processes' })
  stats(@Param('plugin') plugin: string, @Query({ schema: PluginStatsQuery }) query: PluginStatsQuery): Promise<PluginStats> {
    return this.statistics.over(plugin, query.minutes);
  }

  @Get(':plugin/logs')
  @Needs('plugins:admin')
  @Answers(200, PluginLog, { id: 'getPluginLogs', summary: 'The last lines that a plugin logged, oldest first' })
  async log(@Param('plugin') plugin: string, @Query({ schema: PluginLogQuery }) query: PluginLogQuery): Promise<PluginLog> {
    return { data: await this.logs.read(plugin, query) };
  }
}
