import { Controller, Get } from '@nestjs/common';
import { errors, jobKinds, Meta, PluginKind, scopePresets, scopes, Setting, SettingList } from '@crisol/contracts';
import { settingFacts } from '../config/config.schema.js';
import { LoadedConfig } from '../config/load-config.js';
import { Answers, Needs } from '../http/route-decorators.js';
import { serverVersion } from './server-version.js';

@Controller('api/v1')
export class MetaController {
  constructor(private readonly config: LoadedConfig) {}

  @Get('meta')
  @Needs('authenticated')
  @Answers(200, Meta, { id: 'getMeta', summary: 'Limits, scopes, error codes, kinds of jobs and plugins' })
  meta(): Meta {
    return {
      version: serverVersion,
      commit: null,
      node: process.versions.node,
      scopes: [...scopes],
      scopePresets: Object.fromEntries(Object.entries(scopePresets).map(([name, held]) => [name, [...held]])),
      jobKinds: [...jobKinds],
      pluginKinds: [...PluginKind.options],
      errors: Object.entries(errors).map(([code, row]) => ({ code, status: row.status, title: row.title, retryable: row.retry })),
      limits: {
        maxUploadBytes: this.config.maxUploadBytes,
        requestsPerMinute: this.config.requestsPerMinute,
        maxPredictRows: 10_000,
        maxListItems: 200,
      },
    };
  }

  @Get('settings')
  @Needs('settings:admin')
  @Answers(200, SettingList, { id: 'listSettings', summary: 'Settings in force and where each was set' })
  settings(): SettingList {
    return { data: settingFacts().map((fact) => this.describe(fact)) };
  }

  private describe(fact: ReturnType<typeof settingFacts>[number]): Setting {
    const origin = this.config.origins.get(fact.name) ?? { source: 'default' as const, location: 'built in' };
    const value = this.config.values[fact.name];
    return {
      name: fact.name,
      variable: fact.variable,
      value: fact.secret ? null : Array.isArray(value) ? [...value] : value,
      source: origin.source,
      location: origin.location,
      secret: fact.secret,
      description: fact.description,
      restart: true,
    };
  }
}
