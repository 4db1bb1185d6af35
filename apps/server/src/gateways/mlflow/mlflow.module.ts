import { Module } from '@nestjs/common';
import { ExperimentsModule } from '../../experiments/experiments.module.js';
import { RegistryModule } from '../../registry/registry.module.js';
import { ServingModule } from '../../serving/serving.module.js';
import { MlflowGateway } from './mlflow-gateway.js';
import { ScoringRoutes } from './scoring/scoring-routes.js';
import { ServerRoutes } from './server-routes.js';

/** MLflow's tracking, artifact and registry protocol. */
@Module({
  imports: [ExperimentsModule, RegistryModule, ServingModule],
  providers: [MlflowGateway, ServerRoutes, ScoringRoutes],
})
export class MlflowModule {}
