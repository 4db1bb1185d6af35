import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { AdmissionEntity } from '../admission/admission.entity.js';
import type { ModelRow } from '../models/model.entity.js';
import { ModelVersionEntity, type ModelVersionRow, type Stage } from '../versions/model-version.entity.js';
import { StageEventEntity } from './stage-event.entity.js';

const stages: readonly Stage[] = ['None', 'Staging', 'Production', 'Archived'];
/** Stages in which versions are used, so that a newcomer may send the others to the archive. */
export const activeStages: readonly Stage[] = ['Staging', 'Production'];

/** The stage of this name in any case. */
export function stageOf(name: string): Stage | undefined {
  return stages.find((stage) => stage.toLowerCase() === name.toLowerCase());
}

/** Stages of versions, as MLflow had them before aliases: each move is an event that stays. */
@Injectable()
export class StagesService {
  constructor(
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** Moves a version of a locked model, and the versions that were there before to the archive when asked. */
  async move(
    em: EntityManager,
    actor: Actor,
    model: ModelRow,
    version: ModelVersionRow,
    to: { readonly stage: Stage; readonly archiveOthers: boolean; readonly comment: string },
  ): Promise<void> {
    if (to.archiveOthers) {
      const others = await em.find(ModelVersionEntity, {
        modelId: model.id,
        stage: to.stage,
        deletedAt: null,
        id: { $ne: version.id },
      });
      const comment = `version ${version.number} took ${to.stage}`;
      for (const other of others) await this.set(em, actor, model, other, 'Archived', comment);
    }
    await this.set(em, actor, model, version, to.stage, to.comment);
    model.updatedAt = new Date();
    await em.flush();
  }

  private async set(
    em: EntityManager,
    actor: Actor,
    model: ModelRow,
    version: ModelVersionRow,
    stage: Stage,
    comment: string,
  ): Promise<void> {
    const from = version.stage;
    const at = new Date();
    em.assign(version, { stage, updatedAt: at, revision: version.revision + 1 });
    if (from === stage) return;
    const admission = await em.findOneOrFail(AdmissionEntity, { versionId: version.id });
    await em.insert(StageEventEntity, {
      id: newId('evt'),
      modelId: model.id,
      versionId: version.id,
      version: version.number,
      fromStage: from,
      toStage: stage,
      actor: actor.id,
      actorName: actor.name,
      comment,
      evidence: {
        sha256: version.sha256 ?? null,
        metrics: version.metrics,
        run: version.runId ?? null,
        datasetVersion: version.datasetVersion ?? null,
        admission: admission.state,
      },
      at,
    });
    await this.audit.record(em, actor, {
      action: 'model_version.stage_moved',
      target: { kind: 'modelVersion', id: version.id, name: `${model.name}@${version.number}` },
      change: { from, to: stage, comment },
    });
    await this.events.record(em, {
      topic: 'models',
      type: 'model_version.stage_moved',
      data: { id: version.id, model: model.name, modelId: model.id, version: version.number, from, to: stage, actor: actor.name },
    });
  }
}
