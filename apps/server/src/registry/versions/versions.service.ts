import type { ModelVersion, ModelVersionListQuery, ModelVersionPage, ParityReport, RegisterRun, Signature } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { mlflowIdOf } from '../../experiments/runs/run-ids.js';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { Jobs } from '../../platform/jobs/job-handler.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { AdmissionEntity } from '../admission/admission.entity.js';
import { AliasEntity } from '../aliases/alias.entity.js';
import { HistoryWriter } from '../history/history-writer.js';
import { ofLifecycle } from '../models/of-lifecycle.js';
import { ModelsService } from '../models/models.service.js';
import type { ModelRow } from '../models/model.entity.js';
import { RunModels, type RunModel } from '../run-models.port.js';
import { ModelVersionEntity, type ModelVersionRow } from './model-version.entity.js';
import { toModelVersion } from './version-mapper.js';

const emptyReport = { steps: [], reasons: [], latency: [], operators: [], memoryBytes: null };

/** Everything that a new version is made of. */
export interface NewVersion extends RunModel {
  /** Name of the model; made when there is none. */
  readonly model: string;
  readonly description?: string;
  readonly runId: string | null;
  /** Moved to this version by the admission that lets it in. */
  readonly aliasWhenAdmitted?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Who made a file that was brought. */
  readonly origin?: string;
  readonly parity?: ParityReport | null;
}
export interface RegisteredVersion {
  readonly id: string;
  readonly model: { readonly id: string; readonly name: string };
  readonly version: number;
  /** The admission job. */
  readonly jobId: string;
}

/** What a version is written from, beside its number. */
export type VersionDraft = Omit<
  ModelVersionRow,
  'id' | 'modelId' | 'number' | 'stage' | 'createdAt' | 'createdBy' | 'updatedAt' | 'deletedAt' | 'filesRemovedAt' | 'revision'
>;

/** Versions of models: registering, finding, reading their files. */
@Injectable()
export class VersionsService {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly jobs: Jobs,
    private readonly events: EventBus,
    private readonly audit: Audit,
    private readonly storage: ObjectStorage,
    private readonly runs: RunModels,
    private readonly history: HistoryWriter,
  ) {}

  /**
   * Writes a version in the caller's transaction, with its admission pending, and submits the admission. The model is
   * locked until the transaction ends, so numbers have no holes and no repeats.
   */
  async register(em: EntityManager, actor: Actor, input: NewVersion): Promise<RegisteredVersion> {
    const model = await this.models.lockOrCreate(em, actor, input.model);
    const row = await this.write(em, actor, model, {
      description: input.description ?? '',
      task: input.signature.task,
      signature: input.signature,
      signatureHash: signatureHash(input.signature),
      metrics: { ...input.metrics },
      params: { ...input.params },
      modelType: input.modelType,
      importance: input.importance,
      objectKey: input.objectKey,
      sizeBytes: input.sizeBytes,
      sha256: input.sha256,
      runId: input.runId,
      datasetVersion: input.datasetVersion,
      tags: { ...input.tags },
      origin: input.origin ?? '',
      parity: input.parity ?? null,
      flavors: [],
      source: input.runId === null ? '' : `runs:/${mlflowIdOf(input.runId)}/model`,
      sourceRun: input.runId === null ? '' : mlflowIdOf(input.runId),
      runLink: '',
      loggedModel: null,
      location: '',
      userName: actor.name,
    });
    const jobId = await this.submitAdmission(em, actor, row.id, input.aliasWhenAdmitted);
    return { id: row.id, model: { id: model.id, name: model.name }, version: row.number, jobId };
  }

  /** Writes the next version of a locked model, with its audit and its news; what becomes of it is the caller's to say. */
  async write(em: EntityManager, actor: Actor, model: ModelRow, draft: VersionDraft): Promise<ModelVersionRow> {
    // Deleted ones count too: a number is never given twice.
    const [last]: { number: number | null }[] = await em.execute(`select max(number) as number from model_version where model_id = ?`, [
      model.id,
    ]);
    const now = new Date();
    const row = em.create(ModelVersionEntity, {
      ...draft,
      id: newId('ver'),
      modelId: model.id,
      number: (last?.number ?? 0) + 1,
      stage: 'None',
      createdAt: now,
      createdBy: actor.id,
      updatedAt: now,
      deletedAt: null,
      filesRemovedAt: null,
      revision: 1,
    });
    await em.flush();
    await this.audit.record(em, actor, {
      action: 'model_version.created',
      target: { kind: 'modelVersion', id: row.id, name: `${model.name}@${row.number}` },
      change: { sha256: draft.sha256 ?? null, run: draft.runId ?? null, source: draft.source },
    });
    await this.history.record(em, actor, model.id, {
      kind: 'version_created',
      version: row.number,
      evidence: { sha256: draft.sha256 ?? null, source: draft.source, run: draft.runId ?? null },
    });
    await this.events.record(em, {
      topic: 'models',
      type: 'model_version.created',
      data: { id: row.id, model: model.name, modelId: model.id, version: row.number },
    });
    return row;
  }

  /** Has the version looked at before it may serve. Gives the job. */
  async submitAdmission(em: EntityManager, actor: Actor, versionId: string, aliasWhenAdmitted?: string): Promise<string> {
    await em.insert(AdmissionEntity, {
      versionId,
      state: 'pending',
      report: emptyReport,
      aliasWhenAdmitted: aliasWhenAdmitted ?? null,
      revision: 1,
    });
    const job = await this.jobs.submit(em, actor, 'version.admit', { version: versionId });
    await em.nativeUpdate(AdmissionEntity, { versionId }, { jobId: job.id });
    return job.id;
  }

  /** Registers the model of a run. */
  async registerRun(actor: Actor, model: string, body: RegisterRun): Promise<ModelVersion> {
    return this.database.transaction(async (em) => {
      const target = await this.models.find(em, model);
      const run = await this.runs.modelOf(em, body.run);
      const made = await this.register(em, actor, { ...run, model: target.name, description: body.description, runId: body.run });
      return this.answer(em, target, await this.row(em, target, String(made.version)));
    });
  }

  list(model: string, query: ModelVersionListQuery): Promise<ModelVersionPage> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const before = query.cursor === undefined ? null : numberCursor(query.cursor);
      const where = { modelId: target.id, ...ofLifecycle(query.lifecycle) };
      const rows = await em.find(
        ModelVersionEntity,
        { ...where, ...(before === null ? {} : { number: { $lt: before } }) },
        { orderBy: { number: 'desc' }, limit: query.limit + 1 },
      );
      const shown = rows.slice(0, query.limit);
      const last = shown.at(-1);
      return {
        data: await Promise.all(shown.map((row) => this.answer(em, target, row))),
        nextCursor: rows.length > query.limit && last ? String(last.number) : null,
        totalEstimate: await em.count(ModelVersionEntity, where),
      };
    });
  }

  get(model: string, version: string): Promise<ModelVersion> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      return this.answer(em, target, await this.row(em, target, version));
    });
  }

  /** The file as it was registered. */
  async file(model: string, version: string): Promise<{ stream: Readable; sizeBytes: number; sha256: string; name: string }> {
    const { objectKey, path, ...facts } = await this.onnx(model, version);
    return { stream: await this.storage.read(objectKey), name: path, ...facts };
  }

  /** Where the ONNX file of a version lies. @throws `not_found` when it holds none */
  async onnx(model: string, version: string): Promise<{ objectKey: string; sizeBytes: number; sha256: string; path: string }> {
    const { row, name } = await this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      return { row: await this.row(em, target, version), name: target.name };
    });
    const { objectKey, sha256, sizeBytes } = row;
    if (objectKey == null || sha256 == null) {
      throw problem('not_found', { detail: `Version ${row.number} holds no ONNX file; its files are under /artifacts.` });
    }
    return { objectKey, sha256, sizeBytes, path: `${name}-${row.number}.onnx` };
  }

  /** The version named by a number, an id, or `@alias`; a deleted one is not there. @throws `not_found` */
  async row(em: EntityManager, model: ModelRow, version: string): Promise<ModelVersionRow> {
    const row = await this.lookup(em, model, version);
    if (!row) throw problem('not_found', { detail: `${model.name} has no version ${version}.` });
    return row;
  }

  private async lookup(em: EntityManager, model: ModelRow, version: string): Promise<ModelVersionRow | null> {
    if (version.startsWith('@')) {
      const alias = await em.findOne(AliasEntity, { modelId: model.id, alias: version.slice(1) });
      return alias && em.findOne(ModelVersionEntity, { id: alias.versionId });
    }
    const active = { modelId: model.id, deletedAt: null };
    if (version.startsWith('ver_')) return em.findOne(ModelVersionEntity, { ...active, id: version });
    return /^[1-9]\d{0,8}$/.test(version) ? em.findOne(ModelVersionEntity, { ...active, number: Number(version) }) : null;
  }

  async answer(em: EntityManager, model: ModelRow, row: ModelVersionRow): Promise<ModelVersion> {
    const admission = await em.findOneOrFail(AdmissionEntity, { versionId: row.id });
    const aliases = await em.find(AliasEntity, { versionId: row.id }, { orderBy: { alias: 'asc' } });
    return toModelVersion(
      model,
      row,
      admission,
      aliases.map((alias) => alias.alias),
    );
  }
}

/** SHA-256 over what callers depend on: names, types, nullability, target and labels; not over levels or examples. */
export function signatureHash(signature: Signature): string {
  const inputs = signature.inputs.map((column) => [column.name, column.type, column.nullable]);
  return createHash('sha256')
    .update(JSON.stringify([signature.task, inputs, signature.target, signature.labels]))
    .digest('hex');
}

function numberCursor(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw problem('invalid_cursor');
  return Number(cursor);
}
