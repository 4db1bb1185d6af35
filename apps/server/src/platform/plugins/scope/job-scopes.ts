import {
  PluginError,
  type PluginArtifacts,
  type PluginErrorCode,
  type PluginKeyValue,
  type PluginLogger,
  type PluginMetrics,
} from '@crisol/plugin-api';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuestionRefused, type JobContext } from '../../jobs/job-handler.js';
import type { PluginPackage } from '../discovery/read-manifest.js';
import { GuardedHttpClient } from '../http-guard/guarded-http-client.js';
import { BackgroundTasks } from './background-tasks.js';
import { JobCommands } from './job-commands.js';
import {
  ArtifactListAnswer,
  DatasetFileAnswer,
  DatasetListAnswer,
  JobFacts,
  Path,
  topicOf,
  type JobQuestionBody,
  type JobQuestionName,
} from './job-questions.js';
import { mostDatasetRows, permittedDatasets } from './plugin-datasets.js';
import { pluginLog } from './plugin-log.js';
import { noCommands, noOwnSchema, type PluginScope } from './plugin-scope.js';
import { PluginScopes, type ScopeOptions } from './plugin-scopes.js';
import { declaredSecrets } from './plugin-secrets.js';
import { checkArtifactName, largestArtifactBytes } from './stored-artifacts.js';
import type { TableFiles } from './table-files.js';

const metricsMs = 500;
const mostPoints = 2_000;
const codes: Readonly<Record<string, PluginErrorCode>> = {
  retry: 'retry',
  rejected: 'rejected',
  invalid_input: 'invalid_input',
  not_found: 'invalid_input',
  not_ready: 'retry',
  overloaded: 'retry',
};

/** Makes the scopes of plugins inside a job's child, where there is no database: the worker is asked for what it keeps. */
export class JobPluginScopes extends PluginScopes {
  private files = 0;

  constructor(
    private readonly context: JobContext,
    private readonly tables: TableFiles,
  ) {
    super();
  }

  async open(found: PluginPackage, settings: Readonly<Record<string, unknown>>, { onFault }: ScopeOptions = {}): Promise<PluginScope> {
    const { id, permissions } = found.manifest;
    const { allowPrivateAddresses, commandPath } = JobFacts.parse(await this.ask('facts', {}));
    const log = this.log();
    const http = new GuardedHttpClient({ hosts: permissions.hosts, allowPrivateAddresses });
    const metrics = new ForwardedMetrics((points) => this.ask('metrics', { plugin: id, points }));
    const background = new BackgroundTasks((task, error) => {
      log.error(`The background task ${task} failed: ${error instanceof Error ? error.message : String(error)}`);
      onFault?.(error);
    });
    return {
      parts: {
        log,
        http,
        keyValue: this.keyValue(id),
        metrics,
        secrets: declaredSecrets(permissions.secrets, settings),
        artifacts: this.artifacts(id),
        datasets: permittedDatasets(permissions.datasets, () => ({
          list: async () => DatasetListAnswer.parse(await this.ask('datasetList', { plugin: id })),
          read: async (dataset, { version, columns, limit = mostDatasetRows }, signal) => {
            const file = DatasetFileAnswer.parse(await this.ask('datasetFile', { plugin: id, dataset, version }));
            return this.tables.read(file.path, columns, limit, signal);
          },
        })),
        commands: permissions.commands
          ? new JobCommands(this.context, this.tables, commandPath)
          : noCommands('The manifest does not ask for permissions.commands.'),
        database: noOwnSchema('Inside a job there is no database.'),
        background,
      },
      start: () => background.start(),
      end: () => background.end(),
      close: async () => {
        await metrics.close();
        await http.close();
      },
    };
  }

  /** Tells the worker of a call that has ended; what cannot be told is not counted. */
  ended(plugin: string, { operation, outcome, durationMs, cause }: Omit<JobQuestionBody<'called'>, 'plugin'>): void {
    this.ask('called', { plugin, operation, outcome, durationMs, cause: cause.slice(0, 1_000) }).catch(() => undefined);
  }

  private log(): PluginLogger {
    const write = (level: 'info' | 'warn' | 'error') => (message: unknown) => this.context.log(level, String(message));
    return pluginLog({ debug: () => undefined, log: write('info'), warn: write('warn'), error: write('error') });
  }

  private keyValue(plugin: string): PluginKeyValue {
    return {
      get: async (key) => this.ask('valueGet', { plugin, key }),
      set: async (key, value) => void (await this.ask('valueSet', { plugin, key, value })),
      delete: async (key) => void (await this.ask('valueDelete', { plugin, key })),
    };
  }

  /** Bytes go by file: the worker takes them from the work folder, and shows where it keeps them. */
  private artifacts(plugin: string): PluginArtifacts {
    return {
      put: async (name, bytes) => {
        checkArtifactName(name);
        if (bytes.byteLength > largestArtifactBytes)
          throw new PluginError('invalid_input', `A file has at most ${largestArtifactBytes} bytes, this one ${bytes.byteLength}.`);
        const file = `.artifact-${++this.files}`;
        const path = join(this.context.workFolder, file);
        await writeFile(path, bytes, { mode: 0o600 });
        try {
          await this.ask('artifactPut', { plugin, name, file });
        } finally {
          await rm(path, { force: true });
        }
      },
      get: async (name) => {
        checkArtifactName(name);
        const path = Path.parse(await this.ask('artifactGet', { plugin, name }));
        return path === null ? undefined : new Uint8Array(await readFile(path));
      },
      list: async (prefix = '') => ArtifactListAnswer.parse(await this.ask('artifactList', { plugin, prefix })),
      delete: async (name) => void (await this.ask('artifactDelete', { plugin, name })),
    };
  }

  private async ask<Name extends JobQuestionName>(name: Name, body: JobQuestionBody<Name>): Promise<unknown> {
    try {
      return await this.context.ask(topicOf(name), body);
    } catch (error) {
      if (error instanceof RangeError) throw new PluginError('invalid_input', error.message, { cause: error });
      if (error instanceof QuestionRefused) throw new PluginError(codes[error.code] ?? 'internal', error.message, { cause: error });
      throw error;
    }
  }
}

type Point = JobQuestionBody<'metrics'>['points'][number];

/** Sends metrics on in batches; what cannot be sent is lost, as a metric may be. */
class ForwardedMetrics implements PluginMetrics {
  private points: Point[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<unknown> = Promise.resolve();

  constructor(private readonly send: (points: Point[]) => Promise<unknown>) {}

  count(name: string, by = 1): void {
    this.add({ kind: 'count', name, value: by });
  }

  observe(name: string, seconds: number): void {
    this.add({ kind: 'observe', name, value: seconds });
  }

  async close(): Promise<void> {
    this.flush();
    await this.sending;
  }

  private add(point: Point): void {
    if (this.points.length < mostPoints) this.points.push(point);
    this.timer ??= setTimeout(() => this.flush(), metricsMs).unref();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.points.length > 0) this.sending = this.send(this.points.splice(0)).catch(() => undefined);
  }
}
