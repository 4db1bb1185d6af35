import { ModelTrainInput, type Column, type DatasetProfile, type JobError, type Task } from '@crisol/contracts';
import type { ModelType } from '@crisol/plugin-api';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { join } from 'node:path';
import { DatasetsService } from '../datasets/datasets.service.js';
import { RunsService } from '../experiments/runs.service.js';
import { LineageService } from '../lineage/lineage.service.js';
import { systemActor, type Actor } from '../platform/auth/actor.js';
import { Database } from '../platform/database/database.js';
import { problem } from '../platform/http/problem.js';
import { Jobs, type ClaimedJob, type JobHandler, type MetricPoint } from '../platform/jobs/job-handler.js';
import { PluginHost } from '../platform/plugins/plugin-host.js';
import { ObjectStorage } from '../platform/storage/object-storage.port.js';
import { detectTask } from './detect-task.js';
import { ModelTypes } from './model-types.js';
import type { PreparedTraining, TrainingResult } from './train.program.js';
import { TrainedModelEntity } from './trained-model.entity.js';
import { TrainedModels } from './trained-models.js';
import { isUntargeted } from './training-table.js';

/** Column types that a model can take. */
const usableTypes: ReadonlySet<Column['type']> = new Set(['integer', 'number', 'boolean', 'text', 'date', 'timestamp']);

/** The job `model.train`: a data set version and a model type become a run, and, when asked, a version of a model. */
@Injectable()
export class TrainHandler implements JobHandler<ModelTrainInput, PreparedTraining, TrainingResult>, OnModuleInit {
  readonly kind = 'model.train';
  readonly scope = 'training:write';
  readonly input = ModelTrainInput;
  readonly program = 'training/train.program.js';

  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly datasets: DatasetsService,
    private readonly modelTypes: ModelTypes,
    private readonly plugins: PluginHost,
    private readonly runs: RunsService,
    private readonly trainedModels: TrainedModels,
    private readonly lineage: LineageService,
    private readonly storage: ObjectStorage,
  ) {}

  onModuleInit(): void {
    this.jobs.register(this);
    this.datasets.registerUses((em, dataset) => this.runs.trainedOn(em, dataset.name));
  }

  /** Checks every reference and pins what may move: the version, the task, the columns, the parameters with their defaults. */
  async plan(em: EntityManager, _actor: Actor, input: ModelTrainInput): Promise<{ name: string; input: ModelTrainInput }> {
    const version = await this.datasets.resolve(em, input.dataset, input.version);
    const target = input.target === '' ? undefined : version.columns.find((column) => column.name === input.target);
    if (!target && input.target !== '') throw unknownColumn('/input/target', input.target, version.columns);
    const columns = this.inputColumns(input, version.columns);
    const modelType = this.modelTypes.find(input.modelType);
    if (modelType.modelType.tasks.length === 0)
      throw invalid('/input/modelType', 'trains_nothing', `${input.modelType} takes finished models; bring one as a version of a model`);
    const profile = target ? await this.datasets.profileOf(em, version) : null;
    const task = input.task ?? chooseTask(modelType.modelType, target && { type: target.type, distinct: distinctOf(profile, target.name) });
    if (!modelType.modelType.tasks.includes(task)) {
      throw invalid('/input/task', 'task_unsupported', `${input.modelType} does ${modelType.modelType.tasks.join(', ')}, not ${task}`);
    }
    if (!target && !isUntargeted(task)) throw invalid('/input/target', 'required', `is missing: ${task} predicts a column`);
    const params = this.modelTypes.parseParams(modelType, input.params);
    return {
      name: `${input.modelType} on ${version.dataset.name} v${version.version} for ${isUntargeted(task) ? task : input.target}`,
      input: {
        ...input,
        dataset: version.dataset.id,
        version: version.version,
        task,
        columns,
        params,
        experiment: input.experiment ?? version.dataset.name,
      },
    };
  }

  async prepare(job: ClaimedJob<ModelTrainInput>): Promise<PreparedTraining> {
    const { input } = job;
    const version = await this.database.transaction(async (em) => {
      const resolved = await this.datasets.resolve(em, input.dataset, input.version);
      const known = job.notes['run'];
      if (known) {
        await this.runs.restart(em, known);
      } else {
        const run = await this.runs.start(
          em,
          { ...systemActor, id: job.createdBy },
          {
            experiment: input.experiment ?? resolved.dataset.name,
            name: `${input.modelType} ${job.id.slice(-6)}`,
            source: 'training',
            jobId: job.id,
            datasetVersion: { dataset: resolved.dataset.name, version: resolved.version, id: resolved.id },
            params: {
              modelType: input.modelType,
              ...(input.target === '' ? {} : { target: input.target }),
              ...Object.fromEntries(
                Object.entries(input.params).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
              ),
            },
            tags: {},
          },
        );
        await this.jobs.note(em, job, 'run', run.id);
        await this.lineage.link(
          em,
          { kind: 'dataset_version', id: resolved.id, name: `${resolved.dataset.name} v${resolved.version}` },
          { kind: 'run', id: run.id, name: run.name },
          'trained on',
        );
      }
      return resolved;
    });
    return {
      parquet: await this.storage.localPath(version.objectKey),
      columns: input.columns ?? [],
      target: input.target,
      task: input.task ?? 'regression',
      plugin: this.plugins.reference('model-type', input.modelType),
      params: input.params,
      split: input.split,
    };
  }

  async metrics(em: EntityManager, job: ClaimedJob<ModelTrainInput>, points: readonly MetricPoint[]): Promise<void> {
    const run = job.notes['run'];
    if (run) await this.runs.addPoints(em, run, points);
  }

  async complete(
    em: EntityManager,
    job: ClaimedJob<ModelTrainInput>,
    result: TrainingResult,
    workFolder: string,
  ): Promise<Record<string, string>> {
    const run = job.notes['run'];
    if (!run) throw new Error(`Job ${job.id} has no run.`);
    const model = await this.storage.adopt('models', join(workFolder, result.modelFile));
    em.create(TrainedModelEntity, {
      runId: run,
      objectKey: model.key,
      sizeBytes: model.sizeBytes,
      sha256: model.sha256,
      modelType: job.input.modelType,
      signature: result.signature,
      importance: result.evaluation.importance,
      createdAt: new Date(),
    });
    const finalPoints = Object.entries(result.evaluation.metrics).flatMap(([name, value]) =>
      typeof value === 'number' ? [{ name, step: 0, value, at: Date.now() }] : [],
    );
    await this.runs.addPoints(em, run, finalPoints);
    await this.runs.finish(em, run, 'succeeded', toPlain(result.evaluation));
    if (!job.input.register) return { run };
    const version = await this.trainedModels.register(
      em,
      { ...systemActor, id: job.createdBy },
      { runId: run, model: job.input.register.model, alias: job.input.register.alias ?? null },
    );
    await this.runs.noteModelVersion(em, run, { model: version.model, version: version.version, id: version.id });
    await this.lineage.link(
      em,
      { kind: 'run', id: run, name: job.name },
      { kind: 'model_version', id: version.id, name: `${version.model} v${version.version}` },
      'registered as',
    );
    return { run, model: version.model, modelVersion: version.id, version: String(version.version) };
  }

  async failed(em: EntityManager, job: ClaimedJob<ModelTrainInput>, _error: JobError, state: 'failed' | 'cancelled'): Promise<void> {
    const run = job.notes['run'];
    if (run) await this.runs.finish(em, run, state);
  }

  private inputColumns(input: ModelTrainInput, columns: readonly Column[]): string[] {
    if (input.columns) {
      for (const [index, name] of input.columns.entries()) {
        const column = columns.find((candidate) => candidate.name === name);
        const pointer = `/input/columns/${index}`;
        if (!column) throw unknownColumn(pointer, name, columns);
        if (name === input.target)
          throw problem('validation_failed', {
            errors: [{ pointer, code: 'column_is_target', message: `${name} is the target, so it cannot be an input too` }],
          });
        if (!usableTypes.has(column.type))
          throw problem('validation_failed', {
            errors: [{ pointer, code: 'column_type', message: `${name} is ${column.databaseType}, which no model takes; leave it out` }],
          });
      }
      return [...new Set(input.columns)];
    }
    const usable = columns.filter((column) => column.name !== input.target && usableTypes.has(column.type)).map((column) => column.name);
    if (usable.length === 0)
      throw problem('training_data_unusable', { detail: 'Besides the target the data set has no column that a model can take.' });
    return usable;
  }
}

/** The only task without a target that the model type has, else what the target suggests. @throws when there is no telling */
function chooseTask(modelType: ModelType, target: { type: Column['type']; distinct: number } | undefined): Task {
  const untargeted = modelType.tasks.filter(isUntargeted);
  const isOnlyUntargeted = untargeted.length === modelType.tasks.length;
  const [task] = untargeted;
  if (task && untargeted.length === 1 && (!target || isOnlyUntargeted)) return task;
  if (target && !isOnlyUntargeted) return detectTask(target.type, target.distinct);
  if (untargeted.length > 1) throw invalid('/input/task', 'required', `is missing: ${modelType.name} does ${untargeted.join(' and ')}`);
  throw invalid('/input/target', 'required', `is missing: ${modelType.name} predicts a column`);
}

function invalid(pointer: string, code: string, message: string): Error {
  return problem('validation_failed', { errors: [{ pointer, code, message }] });
}

function unknownColumn(pointer: string, name: string, columns: readonly Column[]): Error {
  const known = columns.map((column) => column.name);
  const shown = known.slice(0, 20).join(', ') + (known.length > 20 ? ` and ${known.length - 20} more` : '');
  return problem('column_unknown', {
    detail: `There is no column ${name}; the data set has ${shown}.`,
    errors: [{ pointer, code: 'column_unknown', message: `must be one of ${shown}` }],
  });
}

function distinctOf(profile: DatasetProfile | null, column: string): number {
  return profile?.columns.find((candidate) => candidate.name === column)?.distinct ?? Number.POSITIVE_INFINITY;
}

/** JSON as it will be stored. */
function toPlain(value: unknown): Record<string, never> {
  // What JSON.parse gives back is exactly what the column holds; its shape is that of Evaluation.
  return JSON.parse(JSON.stringify(value)) as Record<string, never>;
}
