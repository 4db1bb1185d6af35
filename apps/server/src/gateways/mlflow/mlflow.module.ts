import { Module } from '@nestjs/common';
import { ExperimentsModule } from '../../experiments/experiments.module.js';
import { RegistryModule } from '../../registry/registry.module.js';
import { ServingModule } from '../../serving/serving.module.js';
import { ArtifactRoutes } from './artifacts/artifact-routes.js';
import { LoggedModelRoutes } from './logged-models/logged-model-routes.js';
import { MlflowGateway } from './mlflow-gateway.js';
import { ModelVersionRoutes } from './registry/model-version-routes.js';
import { RegisteredModelRoutes } from './registry/registered-model-routes.js';
import { RegistryLookup } from './registry/registry-lookup.js';
import { ScoringRoutes } from './scoring/scoring-routes.js';
import { ServerRoutes } from './server-routes.js';
import { trackingProviders } from './tracking/tracking-routes.js';

/** MLflow's tracking, artifact and registry protocol. */
@Module({
  imports: [ExperimentsModule, RegistryModule, ServingModule],
  providers: [
    ArtifactRoutes,
    LoggedModelRoutes,
    MlflowGateway,
    ...trackingProviders,
    ServerRoutes,
    ScoringRoutes,
    RegisteredModelRoutes,
    ModelVersionRoutes,
    RegistryLookup,
  ],
})
export class MlflowModule {}
