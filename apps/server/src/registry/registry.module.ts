import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { TrainedModels } from '../training/trained-models.js';
import { TrainingModule } from '../training/training.module.js';
import { AdmitHandler } from './admission/admit.handler.js';
import { AliasesService } from './aliases/aliases.service.js';
import { ModelSummaries } from './models/model-summaries.js';
import { ModelUsers } from './models/model-users.js';
import { ModelsService } from './models/models.service.js';
import { RegistryController } from './registry.controller.js';
import { RunModels } from './run-models.port.js';
import { ServableVersions } from './servable-versions.js';
import { VersionsService } from './versions/versions.service.js';

/** Offers the registry to the training room below it: a training that asks for it becomes a version in its own transaction. */
@Injectable()
class TrainingRegistrar implements OnModuleInit {
  constructor(
    private readonly trained: TrainedModels,
    private readonly versions: VersionsService,
  ) {}

  onModuleInit(): void {
    this.trained.useRegistrar(async (em, actor, request) => {
      const model = await this.trained.modelOf(em, request.runId);
      const made = await this.versions.register(em, actor, {
        ...model,
        model: request.model,
        runId: request.runId,
        ...(request.alias === null ? {} : { aliasWhenAdmitted: request.alias }),
      });
      return { id: made.id, model: made.model.name, version: made.version };
    });
  }
}

@Module({
  imports: [TrainingModule],
  controllers: [RegistryController],
  providers: [
    ModelsService,
    ModelSummaries,
    ModelUsers,
    VersionsService,
    AliasesService,
    AdmitHandler,
    ServableVersions,
    TrainingRegistrar,
    { provide: RunModels, useExisting: TrainedModels },
  ],
  exports: [ModelsService, ModelUsers, VersionsService, AliasesService, ServableVersions],
})
export class RegistryModule {}
