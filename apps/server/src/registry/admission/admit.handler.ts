import type { JobError } from '@crisol/contracts';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { join } from 'node:path';
import { z } from 'zod';
import { systemActor, type Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem, ProblemError } from '../../platform/http/problem.js';
import { Jobs, type ClaimedJob, type JobHandler } from '../../platform/jobs/job-handler.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { AliasesService } from '../aliases/aliases.service.js';
import { GateKeeper } from '../gates/gate-keeper.js';
import { HistoryWriter } from '../history/history-writer.js';
import { ModelEntity } from '../models/model.entity.js';
import { signatureHash } from '../versions/versions.service.js';
import { ModelVersionEntity, type ModelVersionRow } from '../versions/model-version.entity.js';
import { AdmissionEntity } from './admission.entity.js';
import type { AdmissionResult, PreparedAdmission } from './admit.program.js';
import { ClientModels } from './client-models.js';

const AdmitInput = z.strictObject({ version: z.string().regex(/^ver_/) });
type AdmitInput = z.infer<typeof AdmitInput>;

/** The job `version.admit`: whether a version may serve, in which lane, and how quick it is. */
@Injectable()
export class AdmitHandler implements JobHandler<AdmitInput, PreparedAdmission, AdmissionResult>, OnModuleInit {
  readonly kind = 'version.admit';
  readonly scope = 'models:write';
  readonly input = AdmitInput;
  readonly program = 'registry/admission/admit.program.js';
  /** A model that takes longer to load or to answer is not one to serve. */
  readonly deadlineMs = 20_000;
  readonly maxAttempts = 2;
  readonly memoryMb = 4096;
  private readonly log = new Logger('Registry');

  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly aliases: AliasesService,
    private readonly events: EventBus,
    private readonly gates: GateKeeper,
    private readonly history: HistoryWriter,
    private readonly clientModels: ClientModels,
  ) {}

  onModuleInit(): void {
    this.jobs.register(this);
  }

  async plan(em: EntityManager, _actor: Actor, input: AdmitInput): Promise<{ name: string; input: AdmitInput }> {
    const version = await em.findOne(ModelVersionEntity, { id: input.version });
    if (!version) throw problem('not_found', { detail: `There is no version ${input.version}.` });
    return { name: `admission of ${await this.nameOf(em, version)}`, input };
  }

  async prepare(job: ClaimedJob<AdmitInput>): Promise<PreparedAdmission> {
    const version = await this.database.read((em) => em.findOneOrFail(ModelVersionEntity, { id: job.input.version }));
    const { objectKey, sha256, signature } = version;
    if (objectKey == null || sha256 == null) throw problem('internal_error', { cause: `The version ${version.id} has no graph to admit.` });
    return {
      path: await this.storage.localPath(objectKey),
      sha256,
      signature: signature ?? null,
      client: signature ? null : await this.clientModels.prepare(version),
    };
  }

  async complete(
    em: EntityManager,
    job: ClaimedJob<AdmitInput>,
    result: AdmissionResult,
    workFolder: string,
  ): Promise<Record<string, string>> {
    const version = await em.findOneOrFail(ModelVersionEntity, { id: job.input.version });
    const admission = await em.findOneOrFail(AdmissionEntity, { versionId: version.id });
    const file = result.servingFile === null ? null : await this.storage.adopt('models', join(workFolder, result.servingFile));
    const { steps, reasons, latency, operators, memoryBytes } = result;
    Object.assign(admission, {
      state: result.admitted ? 'admitted' : result.stored ? 'stored' : 'refused',
      lane: result.admitted ? result.lane : null,
      report: { steps: [...steps], reasons: [...reasons], latency, operators, memoryBytes },
      binding: result.binding,
      servingKey: file?.key ?? null,
      servingSha256: file?.sha256 ?? null,
      chunkRows: result.chunkRows,
      finishedAt: new Date(),
      revision: admission.revision + 1,
    });
    if (result.found && !version.signature) {
      const { signature, origin } = result.found;
      em.assign(version, { signature, signatureHash: signatureHash(signature), task: signature.task, origin, updatedAt: new Date() });
    }
    await em.flush();
    const outcome = result.admitted ? 'admitted' : result.stored ? 'stored' : 'refused';
    await this.tell(em, version, `model_version.${outcome}`, reasons[0]?.message);
    const alias = admission.aliasWhenAdmitted;
    if (result.admitted && alias) await this.giveAlias(em, { ...systemActor, id: job.createdBy }, version, alias);
    return { modelVersion: version.id };
  }

  /** The alias that a training asked for. One that has gates is not moved past them: they judge first, and move it when they pass. */
  private async giveAlias(em: EntityManager, actor: Actor, version: ModelVersionRow, alias: string): Promise<void> {
    // Until the move is written nobody makes a gate that it would have to pass.
    await em.findOneOrFail(ModelEntity, { id: version.modelId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    const gates = await this.gates.standings(em, version, alias);
    if (gates.length > 0) {
      await this.jobs.submit(em, actor, 'model.judge', {
        model: version.modelId,
        version: version.number,
        alias,
        moveWhenPassed: true,
      });
      return;
    }
    try {
      await this.aliases.move(em, actor, version.modelId, alias, version.number, 'asked for with the training', 'any');
    } catch (error) {
      // The alias's policy asks for more; the version is admitted all the same, and its page says what is missing.
      if (!(error instanceof ProblemError)) throw error;
      this.log.log(`${alias} was not moved to version ${version.number}: ${error.message}`);
    }
  }

  /** The child died or ran out of time, memory or attempts: that is an answer about the model too. */
  async failed(em: EntityManager, job: ClaimedJob<AdmitInput>, error: JobError): Promise<void> {
    const admission = await em.findOne(AdmissionEntity, { versionId: job.input.version });
    const version = await em.findOne(ModelVersionEntity, { id: job.input.version });
    if (!admission || !version || admission.state !== 'pending') return;
    Object.assign(admission, {
      state: 'refused',
      report: {
        ...admission.report,
        reasons: [{ rule: error.code, message: `Loading and measuring it did not end well: ${error.detail}` }],
      },
      finishedAt: new Date(),
      revision: admission.revision + 1,
    });
    await em.flush();
    await this.tell(em, version, 'model_version.refused', error.detail);
  }

  private async tell(
    em: EntityManager,
    version: ModelVersionRow,
    type: 'model_version.admitted' | 'model_version.refused' | 'model_version.stored',
    reason: string | undefined,
  ): Promise<void> {
    const model = await em.findOneOrFail(ModelEntity, { id: version.modelId });
    if (type !== 'model_version.stored') {
      await this.history.record(em, systemActor, model.id, {
        kind: type === 'model_version.admitted' ? 'version_admitted' : 'version_refused',
        version: version.number,
        comment: reason ?? '',
      });
    }
    await this.events.record(em, {
      topic: 'models',
      type,
      data: { id: version.id, model: model.name, modelId: model.id, version: version.number, ...(reason === undefined ? {} : { reason }) },
    });
  }

  private async nameOf(em: EntityManager, version: ModelVersionRow): Promise<string> {
    const model = await em.findOneOrFail(ModelEntity, { id: version.modelId });
    return `${model.name} v${version.number}`;
  }
}
