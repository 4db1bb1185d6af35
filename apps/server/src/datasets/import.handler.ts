import { DatasetImportInput } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { join } from 'node:path';
import { systemActor, type Actor } from '../platform/auth/actor.js';
import { Database } from '../platform/database/database.js';
import { Jobs, type ClaimedJob, type JobHandler } from '../platform/jobs/job-handler.js';
import { ObjectStorage } from '../platform/storage/object-storage.port.js';
import { DatasetsService } from './datasets.service.js';
import type { ImportInput, ImportResult } from './import.program.js';
import { UploadsService } from './uploads/uploads.service.js';

/** DuckDB's share of the child's memory; the rest is Node's and the program's own. */
const duckDbMemoryMb = 2_048;

/** The job `dataset.import`: uploaded bytes become the next version of a data set. */
@Injectable()
export class ImportHandler implements JobHandler<DatasetImportInput, ImportInput, ImportResult>, OnModuleInit {
  readonly kind = 'dataset.import';
  readonly scope = 'datasets:write';
  readonly input = DatasetImportInput;
  readonly program = 'datasets/import.program.js';

  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly uploads: UploadsService,
    private readonly datasets: DatasetsService,
  ) {}

  onModuleInit(): void {
    this.jobs.register(this);
  }

  async plan(em: EntityManager, _actor: Actor, input: DatasetImportInput): Promise<{ name: string; input: DatasetImportInput }> {
    await this.uploads.complete(em, input.upload);
    return { name: `${input.fileName} into ${input.name}`, input };
  }

  async prepare(job: ClaimedJob<DatasetImportInput>): Promise<ImportInput> {
    const upload = await this.database.read((em) => this.uploads.complete(em, job.input.upload));
    return { path: await this.storage.localPath(upload.objectKey), read: job.input.read, memoryMb: duckDbMemoryMb };
  }

  async complete(
    em: EntityManager,
    job: ClaimedJob<DatasetImportInput>,
    result: ImportResult,
    workFolder: string,
  ): Promise<Record<string, string>> {
    const upload = await this.uploads.complete(em, job.input.upload);
    const parquet = await this.storage.adopt('datasets', join(workFolder, result.file));
    const { dataset, version } = await this.datasets.addVersion(
      em,
      { ...systemActor, id: job.createdBy },
      {
        name: job.input.name,
        parquet,
        rows: result.rows,
        columns: result.columns,
        profile: result.profile,
        source: {
          fileName: job.input.fileName,
          format: result.format,
          sizeBytes: upload.sizeBytes,
          sha256: upload.sha256,
          read: result.read,
        },
        jobId: job.id,
      },
    );
    // The Parquet file is the version; the bytes that came in are not needed any more.
    await this.uploads.discard(em, job.input.upload);
    return { dataset: dataset.id, datasetVersion: version.id, version: String(version.number) };
  }
}
