import { Module } from '@nestjs/common';
import { ExperimentsModule } from '../../experiments/experiments.module.js';
import { RegistryModule } from '../../registry/registry.module.js';
import { MlflowGateway } from './mlflow-gateway.js';
import { ServerRoutes } from './server-routes.js';

/** MLflow's tracking, artifact and registry protocol. */
@Module({
  imports: [ExperimentsModule, RegistryModule],
  providers: [MlflowGateway, ServerRoutes],
})
export class MlflowModule {}
