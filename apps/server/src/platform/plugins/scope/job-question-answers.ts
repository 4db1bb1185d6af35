import { PluginError, PluginManifest, type PluginMetrics } from '@crisol/plugin-api';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { lstat, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { problem } from '../../http/problem.js';
import { JobAnswers, type JobQuestion } from '../../jobs/job-answers.js';
import { ActivePlugins } from '../active-plugins.js';
import { ObjectStorage } from '../../storage/object-storage.port.js';
import { DatasetSources } from './dataset-source.js';
import { jobQuestions, topicOf, type JobQuestionBody, type JobQuestionName } from './job-questions.js';
import { mayRead } from './plugin-datasets.js';
import { pluginMetrics } from './plugin-metrics.js';
import { StoredArtifacts } from './stored-artifacts.js';
import { TableKeyValue } from './table-key-value.js';

/** The part of a `PluginReference` that says what its plugin may do. */
const Given = z.looseObject({ pluginId: z.string(), entry: z.string(), permissions: PluginManifest.shape.permissions });
type Given = z.infer<typeof Given>;
const deepestGiven = 4;

/** Answers what plugins inside jobs ask of their worker. */
@Injectable()
export class JobQuestionAnswers implements OnModuleInit {
  private readonly metrics = new Map<string, PluginMetrics>();

  constructor(
    private readonly answers: JobAnswers,
    private readonly config: Config,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly datasets: DatasetSources,
    private readonly active: ActivePlugins,
  ) {}

  onModuleInit(): void {
    const { allowPrivateAddresses, commandPath } = this.config;
    this.on('facts', () => Promise.resolve({ allowPrivateAddresses, commandPath }));
    this.onPlugin('valueGet', ({ plugin, key }) => this.values(plugin).get(key));
    this.onPlugin('valueSet', ({ plugin, key, value }) => this.values(plugin).set(key, value));
    this.onPlugin('valueDelete', ({ plugin, key }) => this.values(plugin).delete(key));
    this.onPlugin('artifactPut', async ({ plugin, name, file }, _given, { workFolder }) =>
      this.artifacts(plugin).put(name, await readPlainFile(workFolder, file)),
    );
    this.onPlugin('artifactGet', async ({ plugin, name }) => (await this.artifacts(plugin).localPath(name)) ?? null);
    this.onPlugin('artifactList', ({ plugin, prefix }) => this.artifacts(plugin).list(prefix));
    this.onPlugin('artifactDelete', ({ plugin, name }) => this.artifacts(plugin).delete(name));
    this.onPlugin('datasetList', async (_body, { permissions }) =>
      (await this.datasets.source.list()).filter(({ name }) => mayRead(permissions.datasets, name)),
    );
    this.onPlugin('datasetFile', ({ dataset, version }, { pluginId, permissions }) => {
      if (!mayRead(permissions.datasets, dataset))
        throw new PluginError('rejected', `The plugin ${pluginId} may not read the data set "${dataset}".`);
      return this.datasets.source.file(dataset, version);
    });
    this.onPlugin('called', ({ plugin, operation, outcome, durationMs, cause }) => {
      this.active.calledInJob(plugin, operation, outcome, durationMs, cause);
      return Promise.resolve(null);
    });
    this.onPlugin('metrics', ({ plugin, points }) => {
      const metrics = this.metricsOf(plugin);
      for (const { kind, name, value } of points) metrics[kind](name, value);
      return Promise.resolve(null);
    });
  }

  private on<Name extends JobQuestionName>(
    name: Name,
    answer: (body: JobQuestionBody<Name>, question: JobQuestion) => Promise<unknown>,
  ): void {
    this.answers.register(topicOf(name), (question) => {
      // The schema of a name gives the body of that name, which the union of all schemas cannot say.
      const body = jobQuestions[name].parse(question.body) as JobQuestionBody<Name>;
      return answer(body, question);
    });
  }

  /** As `on`, for questions in a plugin's name: only for one that the worker gave to this attempt. */
  private onPlugin<Name extends Exclude<JobQuestionName, 'facts'>>(
    name: Name,
    answer: (body: JobQuestionBody<Name>, given: Given, question: JobQuestion) => Promise<unknown>,
  ): void {
    this.on(name, (body, question) => {
      const given = givenPlugins(question.prepared).find(({ pluginId }) => pluginId === body.plugin);
      if (!given) throw new PluginError('rejected', `This job does not run the plugin ${body.plugin}.`);
      return answer(body, given, question);
    });
  }

  private values(plugin: string): TableKeyValue {
    return new TableKeyValue(this.database, plugin);
  }

  private artifacts(plugin: string): StoredArtifacts {
    return new StoredArtifacts(this.database, this.storage, plugin);
  }

  private metricsOf(plugin: string): PluginMetrics {
    const metrics = this.metrics.get(plugin) ?? pluginMetrics(plugin);
    this.metrics.set(plugin, metrics);
    return metrics;
  }
}

/** The plugins whose references an attempt was given, wherever they lie in what was prepared for it. */
function givenPlugins(value: unknown, depth = 0): Given[] {
  if (typeof value !== 'object' || value === null || depth > deepestGiven || ArrayBuffer.isView(value)) return [];
  const given = Given.safeParse(value);
  if (given.success) return [given.data];
  return Object.values(value).flatMap((inner) => givenPlugins(inner, depth + 1));
}

/** A file that the child left in its folder, and no link to somewhere else. */
async function readPlainFile(folder: string, file: string): Promise<Uint8Array> {
  const path = join(folder, file);
  if (file !== basename(file) || !(await lstat(path)).isFile()) throw problem('not_found', { detail: `There is no file ${file}.` });
  return readFile(path);
}
