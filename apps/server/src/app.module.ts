import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { entities } from './app.entities.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import { ExperimentsModule } from './experiments/experiments.module.js';
import { FeaturesModule } from './features/features.module.js';
import { MlflowModule } from './gateways/mlflow/mlflow.module.js';
import { LineageModule } from './lineage/lineage.module.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import { AuditModule } from './platform/audit/audit.module.js';
import { AuthModule } from './platform/auth/auth.module.js';
import { AccessGuard } from './platform/auth/guard/access.guard.js';
import { ConfigModule } from './platform/config/config.module.js';
import type { LoadedConfig } from './platform/config/load-config.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { EventsModule } from './platform/events/events.module.js';
import { HealthModule } from './platform/health/health.module.js';
import { EtagInterceptor } from './platform/http/etag.interceptor.js';
import { IdempotencyInterceptor } from './platform/http/idempotency.interceptor.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { SchemaPipe } from './platform/http/validation.pipe.js';
import { JobsModule } from './platform/jobs/jobs.module.js';
import { PluginsModule } from './platform/plugins/plugins.module.js';
import { RateLimitModule } from './platform/rate-limit/rate-limit.module.js';
import { ViewsModule } from './platform/views/views.module.js';
import { QualityModule } from './quality/quality.module.js';
import { StorageModule } from './platform/storage/storage.module.js';
import { TrainingModule } from './training/training.module.js';
import { RegistryModule } from './registry/registry.module.js';
import { ServingModule } from './serving/serving.module.js';

/** What any product needs. */
const platform: Type[] = [
  StorageModule,
  EventsModule,
  AuditModule,
  RateLimitModule,
  AuthModule,
  JobsModule,
  PluginsModule,
  HealthModule,
  ViewsModule,
];
/** The rooms, in the order of the floors: a later one may use an earlier one. */
const rooms: Type[] = [
  NotificationsModule,
  LineageModule,
  DatasetsModule,
  QualityModule,
  FeaturesModule,
  ExperimentsModule,
  TrainingModule,
  RegistryModule,
  ServingModule,
];
/** Other systems' protocols, thin, over the rooms. */
const gateways: Type[] = [MlflowModule];

@Module({})
export class AppModule {
  static forRoot(config: LoadedConfig, extraModules: readonly Type[] = []): DynamicModule {
    return {
      module: AppModule,
      imports: [ConfigModule.forRoot(config), DatabaseModule.forRoot(entities), ...platform, ...rooms, ...gateways, ...extraModules],
      providers: [
        ProblemFilter,
        { provide: APP_GUARD, useExisting: AccessGuard },
        { provide: APP_FILTER, useExisting: ProblemFilter },
        { provide: APP_PIPE, useClass: SchemaPipe },
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
        { provide: APP_INTERCEPTOR, useClass: EtagInterceptor },
      ],
    };
  }
}
