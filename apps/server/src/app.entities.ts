import { DatasetEntity } from './datasets/dataset.entity.js';
import { UploadEntity, UploadPartEntity } from './datasets/uploads/upload.entity.js';
import { DatasetVersionEntity } from './datasets/versions/dataset-version.entity.js';
import { ExperimentEntity } from './experiments/experiment.entity.js';
import { RunEntity } from './experiments/run.entity.js';
import { ChannelSchema } from './notifications/channel.entity.js';
import { DeliverySchema } from './notifications/delivery.entity.js';
import { SuiteEntity } from './quality/suite.entity.js';
import { ValidationEntity } from './quality/validation.entity.js';
import { AuditEventSchema } from './platform/audit/audit-event.entity.js';
import { ApiKeySchema } from './platform/auth/keys/api-key.entity.js';
import { UserSessionSchema } from './platform/auth/sessions/session.entity.js';
import { SignInLinkSchema } from './platform/auth/setup/sign-in-link.entity.js';
import { UserAccountSchema } from './platform/auth/users/user.entity.js';
import { PluginInstallSchema } from './platform/plugins/install/plugin-install.entity.js';
import { PluginSchema } from './platform/plugins/plugin.entity.js';
import { AdmissionEntity } from './registry/admission/admission.entity.js';
import { AliasEntity } from './registry/aliases/alias.entity.js';
import { AliasEventEntity } from './registry/aliases/alias-event.entity.js';
import { ComparisonEntity } from './registry/comparisons/comparison.entity.js';
import { GateEntity } from './registry/gates/gate.entity.js';
import { JudgementEntity } from './registry/gates/judgement.entity.js';
import { ModelCardEntity } from './registry/cards/model-card.entity.js';
import { EvidenceBundleEntity, EvidenceKeyEntity } from './registry/evidence/evidence.entity.js';
import { RegistryEventEntity } from './registry/history/registry-event.entity.js';
import { ModelEntity } from './registry/models/model.entity.js';
import { ApprovalEntity } from './registry/policies/approval.entity.js';
import { AliasPolicyEntity } from './registry/policies/policy.entity.js';
import { StageEventEntity } from './registry/stages/stage-event.entity.js';
import { ModelVersionEntity } from './registry/versions/model-version.entity.js';
import { EndpointEntity } from './serving/endpoints/endpoint.entity.js';
import { TrainedModelEntity } from './training/trained-model.entity.js';

/** Every entity of the platform and the rooms, for the ORM. */
export const entities = [
  DatasetEntity,
  DatasetVersionEntity,
  UploadEntity,
  UploadPartEntity,
  SuiteEntity,
  ValidationEntity,
  AuditEventSchema,
  UserAccountSchema,
  UserSessionSchema,
  SignInLinkSchema,
  ApiKeySchema,
  PluginSchema,
  PluginInstallSchema,
  ChannelSchema,
  DeliverySchema,
  ExperimentEntity,
  RunEntity,
  TrainedModelEntity,
  EndpointEntity,
  ModelEntity,
  ModelVersionEntity,
  StageEventEntity,
  AliasEventEntity,
  AliasEntity,
  AdmissionEntity,
  GateEntity,
  JudgementEntity,
  ComparisonEntity,
  AliasPolicyEntity,
  ApprovalEntity,
  RegistryEventEntity,
  EvidenceKeyEntity,
  EvidenceBundleEntity,
  ModelCardEntity,
];
