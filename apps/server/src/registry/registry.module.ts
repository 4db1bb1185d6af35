import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ExperimentsModule } from '../experiments/experiments.module.js';
import { LineageModule } from '../lineage/lineage.module.js';
import { QualityModule } from '../quality/quality.module.js';
import { TrainedModels } from '../training/trained-models.js';
import { TrainingModule } from '../training/training.module.js';
import { ClientModels } from './admission/client-models.js';
import { AdmitHandler } from './admission/admit.handler.js';
import { AliasTraffic } from './aliases/alias-traffic.js';
import { AliasesService } from './aliases/aliases.service.js';
import { BringHandler } from './bring/bring.handler.js';
import { BringService } from './bring/bring.service.js';
import { CardFacts } from './cards/card-facts.js';
import { CardsController } from './cards/cards.controller.js';
import { CardsService } from './cards/cards.service.js';
import { CompareHandler } from './comparisons/compare.handler.js';
import { ComparisonCandidates } from './comparisons/comparison-candidates.js';
import { ComparisonsController } from './comparisons/comparisons.controller.js';
import { ComparisonsService } from './comparisons/comparisons.service.js';
import { ComparisonTestSets } from './comparisons/comparison-test-sets.js';
import { EvidenceController } from './evidence/evidence.controller.js';
import { EvidenceKeys } from './evidence/evidence-keys.js';
import { EvidenceService } from './evidence/evidence.service.js';
import { EvidenceSigner } from './evidence/evidence-signer.js';
import { MoveEvidence } from './evidence/move-evidence.js';
import { Callers } from './gates/callers.js';
import { GateKeeper } from './gates/gate-keeper.js';
import { GateUsers } from './gates/gate-users.js';
import { GatesController } from './gates/gates.controller.js';
import { GatesService } from './gates/gates.service.js';
import { JudgeHandler } from './gates/judge.handler.js';
import { JudgementWriter } from './gates/judgement-writer.js';
import { TestSource } from './gates/test-source.js';
import { HistoryController } from './history/history.controller.js';
import { HistoryService } from './history/history.service.js';
import { HistoryWriter } from './history/history-writer.js';
import { ModelChanges } from './models/model-changes.js';
import { ModelSearch } from './models/model-search.js';
import { ModelSummaries } from './models/model-summaries.js';
import { ModelTypeUsers } from './models/model-type-users.js';
import { ModelUsers } from './models/model-users.js';
import { ModelsDesk } from './models/models-desk.js';
import { ModelsService } from './models/models.service.js';
import { ApprovalsService } from './policies/approvals.service.js';
import { AutoPromoter } from './policies/auto-promoter.js';
import { GuardrailWatch } from './policies/guardrail-watch.js';
import { PoliciesController } from './policies/policies.controller.js';
import { PoliciesService } from './policies/policies.service.js';
import { Promotion } from './policies/promotion.js';
import { RegistryController } from './registry.controller.js';
import { VersionRemoval } from './removal/version-removal.js';
import { RunModels } from './run-models.port.js';
import { ServableVersions } from './servable-versions.js';
import { StagesService } from './stages/stages.service.js';
import { ClientVersions } from './versions/client-versions.js';
import { SourceResolver } from './versions/source-resolver.js';
import { VersionChanges } from './versions/version-changes.js';
import { VersionContents } from './versions/version-contents.js';
import { VersionFiles } from './versions/version-files.js';
import { VersionSearch } from './versions/version-search.js';
import { VersionsController } from './versions/versions.controller.js';
import { VersionsDesk } from './versions/versions-desk.js';
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
  imports: [LineageModule, DatasetsModule, QualityModule, ExperimentsModule, TrainingModule],
  controllers: [
    RegistryController,
    VersionsController,
    GatesController,
    PoliciesController,
    HistoryController,
    EvidenceController,
    CardsController,
    ComparisonsController,
  ],
  providers: [
    ModelsService,
    ModelSummaries,
    ModelChanges,
    ModelSearch,
    ModelUsers,
    ModelTypeUsers,
    VersionsService,
    VersionChanges,
    VersionsDesk,
    ModelsDesk,
    VersionContents,
    VersionFiles,
    VersionSearch,
    ClientVersions,
    SourceResolver,
    StagesService,
    AliasesService,
    AliasTraffic,
    Promotion,
    PoliciesService,
    ApprovalsService,
    AutoPromoter,
    GuardrailWatch,
    HistoryService,
    HistoryWriter,
    EvidenceKeys,
    EvidenceSigner,
    EvidenceService,
    CardFacts,
    CardsService,
    MoveEvidence,
    AdmitHandler,
    ClientModels,
    BringService,
    BringHandler,
    ComparisonCandidates,
    ComparisonTestSets,
    ComparisonsService,
    CompareHandler,
    Callers,
    GateKeeper,
    GateUsers,
    GatesService,
    JudgementWriter,
    TestSource,
    JudgeHandler,
    ServableVersions,
    TrainingRegistrar,
    VersionRemoval,
    { provide: RunModels, useExisting: TrainedModels },
  ],
  exports: [
    AliasTraffic,
    Callers,
    HistoryWriter,
    ModelsService,
    ModelUsers,
    VersionsService,
    AliasesService,
    ServableVersions,
    ModelChanges,
    ModelSearch,
    VersionChanges,
    VersionContents,
    VersionSearch,
    ClientVersions,
    SourceResolver,
    StagesService,
  ],
})
export class RegistryModule {}
