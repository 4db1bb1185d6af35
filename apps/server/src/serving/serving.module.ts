import { Module } from '@nestjs/common';
import { FeaturesModule } from '../features/features.module.js';
import { LineageModule } from '../lineage/lineage.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { EndpointsService } from './endpoints/endpoints.service.js';
import { LookupRules } from './endpoints/lookup-rules.js';
import { LookupUsers } from './endpoints/lookup-users.js';
import { TrafficRouter } from './endpoints/traffic-router.js';
import { VersionPool } from './lanes/version-pool.js';
import { FeatureLookups } from './predict/feature-lookups.js';
import { LoadShedder } from './predict/load-shedder.js';
import { LookupMetrics } from './predict/lookup-metrics.js';
import { Predictor } from './predict/predictor.js';
import { ServingController } from './serving.controller.js';
import { AliasFiguresSource } from './stats/alias-figures.js';
import { CallerShapes } from './stats/caller-shapes.js';
import { EndpointStatistics } from './stats/endpoint-stats.js';
import { ServingMetrics } from './stats/serving-metrics.js';

@Module({
  imports: [RegistryModule, LineageModule, FeaturesModule],
  controllers: [ServingController],
  providers: [
    ServingMetrics,
    EndpointStatistics,
    CallerShapes,
    AliasFiguresSource,
    VersionPool,
    TrafficRouter,
    LoadShedder,
    LookupMetrics,
    FeatureLookups,
    LookupRules,
    LookupUsers,
    Predictor,
    EndpointsService,
  ],
  exports: [Predictor],
})
export class ServingModule {}
