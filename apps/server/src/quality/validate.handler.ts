import { SuiteValidateInput } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DatasetsService } from '../datasets/datasets.service.js';
import { systemActor, type Actor } from '../platform/auth/actor.js';
import { Database } from '../platform/database/database.js';
import { Jobs, type ClaimedJob, type JobHandler } from '../platform/jobs/job-handler.js';
import { PluginHost } from '../platform/plugins/plugin-host.js';
import { ObjectStorage } from '../platform/storage/object-storage.port.js';
import { SuitesService } from './suites.service.js';
import type { PreparedValidation, ValidationFindings } from './validate.program.js';
import { ValidationsService } from './validations.service.js';
import { Validators } from './validators.js';

const duckDbMemoryMb = 2_048;

/** The job `suite.validate`: a suite on one version of its data set. */
@Injectable()
export class ValidateHandler implements JobHandler<SuiteValidateInput, PreparedValidation, ValidationFindings>, OnModuleInit {
  readonly kind = 'suite.validate';
  readonly scope = 'quality:write';
  readonly input = SuiteValidateInput;
  readonly program = 'quality/validate.program.js';

  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly datasets: DatasetsService,
    private readonly suites: SuitesService,
    private readonly validators: Validators,
    private readonly validations: ValidationsService,
    private readonly plugins: PluginHost,
  ) {}

  onModuleInit(): void {
    this.jobs.register(this);
  }

  async plan(em: EntityManager, _actor: Actor, input: SuiteValidateInput): Promise<{ name: string; input: SuiteValidateInput }> {
    const suite = await this.suites.find(em, input.suite);
    const version = await this.datasets.resolve(em, suite.datasetId, input.version);
    this.validators.find(suite.validator);
    return { name: `${suite.name} on ${version.dataset.name} v${version.version}`, input: { suite: suite.id, version: version.version } };
  }

  async prepare(job: ClaimedJob<SuiteValidateInput>): Promise<PreparedValidation> {
    const { suite, version } = await this.database.read((em) => this.resolve(em, job.input));
    return {
      parquet: await this.storage.localPath(version.objectKey),
      columns: version.columns,
      rows: version.rows,
      plugin: this.plugins.reference('validator', suite.validator),
      checks: suite.checks,
      memoryMb: duckDbMemoryMb,
    };
  }

  async complete(em: EntityManager, job: ClaimedJob<SuiteValidateInput>, found: ValidationFindings): Promise<Record<string, string>> {
    const { suite, version } = await this.resolve(em, job.input);
    // The suite may have been changed meanwhile: what was run is kept with the findings.
    const ran = { id: suite.id, name: suite.name, checks: found.checks };
    const validation = await this.validations.keep(
      em,
      { ...systemActor, id: job.createdBy },
      { suite: ran, version, jobId: job.id, found },
    );
    return { validation: validation.id, outcome: validation.outcome };
  }

  private async resolve(em: EntityManager, input: SuiteValidateInput) {
    const suite = await this.suites.find(em, input.suite);
    return { suite, version: await this.datasets.resolve(em, suite.datasetId, input.version) };
  }
}
