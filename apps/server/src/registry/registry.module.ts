import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ExperimentsModule } from '../experiments/experiments.module.js';
import { QualityModule } from '../quality/quality.module.js';
import { TrainedModels } from '../training/trained-models.js';
import { TrainingModule } from '../training/training.module.js';
import { AdmitHandler } from './admission/admit.handler.js';
import { AliasesService } from './aliases/aliases.service.js';
import { BringHandler } from './bring/bring.handler.js';
import { BringService } from './bring/bring.service.js';
import { Callers } from './gates/callers.js';
import { GateKeeper } from './gates/gate-keeper.js';
import { GateUsers } from './gates/gate-users.js';
import { GatesController } from './gates/gates.controller.js';
import { GatesService } from './gates/gates.service.js';
import { JudgeHandler } from './gates/judge.handler.js';
import { JudgementWriter } from './gates/judgement-writer.js';
import { TestSource } from './gates/test-source.js';
import { ModelSummaries } from './models/model-summaries.js';
import { ModelTypeUsers } from './models/model-type-users.js';
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
  imports: [DatasetsModule, QualityModule, ExperimentsModule, TrainingModule],
  controllers: [RegistryController, GatesController],
  providers: [
    ModelsService,
    ModelSummaries,
    ModelUsers,
    ModelTypeUsers,
    VersionsService,
    AliasesService,
    AdmitHandler,
    BringService,
    BringHandler,
    Callers,
    GateKeeper,
    GateUsers,
    GatesService,
    JudgementWriter,
    TestSource,
    JudgeHandler,
    ServableVersions,
    TrainingRegistrar,
    { provide: RunModels, useExisting: TrainedModels },
  ],
  exports: [Callers, ModelsService, ModelUsers, VersionsService, AliasesService, ServableVersions],
})
export class RegistryModule {}
