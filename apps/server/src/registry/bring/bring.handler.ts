import { ModelBringInput } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { join } from 'node:path';
import { UploadsService } from '../../datasets/uploads/uploads.service.js';
import { systemActor, type Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { problem } from '../../platform/http/problem.js';
import { Jobs, type ClaimedJob, type JobHandler } from '../../platform/jobs/job-handler.js';
import { PluginHost } from '../../platform/plugins/plugin-host.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { ModelTypes } from '../../training/model-types.js';
import { VersionsService } from '../versions/versions.service.js';
import type { BringResult, PreparedBring } from './bring.program.js';

/** The job `model.bring`: files that were made elsewhere become a version, or the reasons why not. */
@Injectable()
export class BringHandler implements JobHandler<ModelBringInput, PreparedBring, BringResult>, OnModuleInit {
  readonly kind = 'model.bring';
  readonly scope = 'models:write';
  readonly input = ModelBringInput;
  readonly program = 'registry/bring/bring.program.js';
  readonly deadlineMs = 180_000;
  readonly maxAttempts = 2;
  readonly memoryMb = 4096;

  // A handler is where the rooms that it needs meet.
  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly uploads: UploadsService,
    private readonly modelTypes: ModelTypes,
    private readonly plugins: PluginHost,
    private readonly versions: VersionsService,
  ) {}

  onModuleInit(): void {
    this.jobs.register(this);
  }

  async plan(em: EntityManager, _actor: Actor, input: ModelBringInput): Promise<{ name: string; input: ModelBringInput }> {
    const provided = this.modelTypes.find(input.modelType);
    if (!provided.modelType.bring)
      throw problem('validation_failed', {
        errors: [{ pointer: '/input/modelType', code: 'brings_nothing', message: `${input.modelType} trains models and takes none` }],
      });
    for (const { upload } of this.uploadsOf(input)) await this.uploads.complete(em, upload);
    const params = this.modelTypes.parseParams(provided, input.params);
    const [first] = input.files;
    return { name: `${first?.name ?? 'files'} into ${input.model}`, input: { ...input, params } };
  }

  async prepare({ input }: ClaimedJob<ModelBringInput>): Promise<PreparedBring> {
    const path = async (upload: string): Promise<string> => {
      const { objectKey } = await this.database.read((em) => this.uploads.complete(em, upload));
      return this.storage.localPath(objectKey);
    };
    const files: { name: string; path: string }[] = [];
    for (const { name, upload } of input.files) files.push({ name, path: await path(upload) });
    return {
      files,
      samples: input.samples && { name: input.samples.name, path: await path(input.samples.upload) },
      plugin: this.plugins.reference('model-type', input.modelType),
      params: input.params,
      signature: input.signature,
    };
  }

  async complete(
    em: EntityManager,
    job: ClaimedJob<ModelBringInput>,
    result: BringResult,
    workFolder: string,
  ): Promise<Record<string, string>> {
    const { input } = job;
    const { key, sizeBytes, sha256 } = await this.storage.adopt('models', join(workFolder, result.modelFile));
    const made = await this.versions.register(
      em,
      { ...systemActor, id: job.createdBy },
      {
        model: input.model,
        description: input.description,
        objectKey: key,
        sizeBytes,
        sha256,
        signature: result.signature,
        metrics: {},
        params: Object.fromEntries(
          Object.entries(input.params).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
        ),
        modelType: input.modelType,
        datasetVersion: null,
        importance: [],
        runId: null,
        origin: result.origin,
        parity: result.parity,
        tags: input.tags,
        ...(input.alias === null ? {} : { aliasWhenAdmitted: input.alias }),
      },
    );
    await this.letGo(em, input);
    return { model: made.model.name, modelVersion: made.id, version: String(made.version), admission: made.jobId };
  }

  async failed(em: EntityManager, { input }: ClaimedJob<ModelBringInput>): Promise<void> {
    await this.letGo(em, input);
  }

  private uploadsOf({ files, samples }: ModelBringInput): { upload: string }[] {
    return samples ? [...files, samples] : [...files];
  }

  /** The model file is the version; what came in is not needed any more. */
  private async letGo(em: EntityManager, input: ModelBringInput): Promise<void> {
    for (const { upload } of this.uploadsOf(input)) await this.uploads.discard(em, upload);
  }
}
