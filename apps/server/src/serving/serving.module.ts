import { Module } from '@nestjs/common';
import { LineageModule } from '../lineage/lineage.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { EndpointsService } from './endpoints/endpoints.service.js';
import { TrafficRouter } from './endpoints/traffic-router.js';
import { VersionPool } from './lanes/version-pool.js';
import { LoadShedder } from './predict/load-shedder.js';
import { Predictor } from './predict/predictor.js';
import { ServingController } from './serving.controller.js';
import { EndpointStatistics } from './stats/endpoint-stats.js';
import { ServingMetrics } from './stats/serving-metrics.js';

@Module({
  imports: [RegistryModule, LineageModule],
  controllers: [ServingController],
  providers: [ServingMetrics, EndpointStatistics, VersionPool, TrafficRouter, LoadShedder, Predictor, EndpointsService],
})
export class ServingModule {}
