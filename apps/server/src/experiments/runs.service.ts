import {
  type CreateRun,
  type FinishRun,
  type LogToRun,
  type Run,
  type RunListQuery,
  type Series,
  type SeriesQuery,
} from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../platform/audit/audit.js';
import type { Actor } from '../platform/auth/actor.js';
import { Database } from '../platform/database/database.js';
import { keysetPage } from '../platform/database/keyset-page.js';
import { newId } from '../platform/database/new-id.js';
import { EventBus } from '../platform/events/event-bus.js';
import { problem } from '../platform/http/problem.js';
import { ExperimentEntity, type ExperimentRow } from './experiment.entity.js';
import { ExperimentsService } from './experiments.service.js';
import { addPoints, clearPoints, readSummaries, type Point } from './metric-points.js';
import { RunEntity, type RunRow } from './run.entity.js';
import { readSeries } from './series.js';

/** What a run starts with. */
export interface StartRun {
  readonly experiment: string;
  readonly name: string;
  readonly source: Run['source'];
  readonly jobId: string | null;
  readonly datasetVersion: Run['datasetVersion'];
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Runs: what was tried, with which parameters, and how it went. */
@Injectable()
export class RunsService {
  constructor(
    private readonly database: Database,
    private readonly experiments: ExperimentsService,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** Starts a run in the caller's transaction; the experiment is made when it does not exist. */
  async start(em: EntityManager, actor: Actor, start: StartRun): Promise<RunRow> {
    const experiment = await this.experiments.findOrCreate(em, actor, start.experiment);
    const now = new Date();
    const run = em.create(RunEntity, {
      id: newId('run'),
      experimentId: experiment.id,
      name: start.name,
      state: 'running',
      source: start.source,
      jobId: start.jobId,
      datasetVersion: start.datasetVersion,
      modelVersion: null,
      params: { ...start.params },
      evaluation: null,
      tags: { ...start.tags },
      startedAt: now,
      finishedAt: null,
      createdAt: now,
      createdBy: actor.id,
      updatedAt: now,
      revision: 1,
    });
    await em.flush();
    await this.events.record(em, { topic: `runs.${run.id}`, type: 'run.started', data: { id: run.id, experiment: experiment.id } });
    return run;
  }

  /** Takes a run back to its start, for another attempt of its job. */
  async restart(em: EntityManager, runId: string): Promise<void> {
    await clearPoints(em, runId);
    const run = await em.findOneOrFail(RunEntity, { id: runId });
    Object.assign(run, { state: 'running', finishedAt: null, updatedAt: new Date(), revision: run.revision + 1 });
    await em.flush();
  }

  async addPoints(em: EntityManager, runId: string, points: readonly Point[]): Promise<void> {
    await addPoints(em, runId, points);
  }

  /** Ends a run; ending it again in the same state changes nothing. */
  async finish(em: EntityManager, runId: string, state: FinishRun['state'], evaluation: RunRow['evaluation'] = null): Promise<void> {
    const run = await em.findOne(RunEntity, { id: runId });
    if (!run || run.state === state) return;
    const now = new Date();
    Object.assign(run, { state, evaluation: evaluation ?? run.evaluation, finishedAt: now, updatedAt: now, revision: run.revision + 1 });
    await em.flush();
    await this.events.record(em, { topic: `runs.${runId}`, type: 'run.finished', data: { id: runId, state } });
  }

  /** Notes which version of a model a run became. */
  async noteModelVersion(em: EntityManager, runId: string, version: NonNullable<Run['modelVersion']>): Promise<void> {
    const run = await em.findOneOrFail(RunEntity, { id: runId });
    Object.assign(run, { modelVersion: version, updatedAt: new Date(), revision: run.revision + 1 });
    await em.flush();
  }

  async create(actor: Actor, body: CreateRun): Promise<Run> {
    return this.database.transaction(async (em) => {
      const run = await this.start(em, actor, {
        experiment: body.experiment,
        name: body.name ?? `run ${new Date().toISOString().slice(0, 19).replace('T', ' ')}`.replaceAll(':', '.'),
        source: 'client',
        jobId: null,
        datasetVersion: null,
        params: body.params,
        tags: body.tags,
      });
      return this.describe(em, run);
    });
  }

  async list(query: RunListQuery): Promise<{ data: Run[]; nextCursor: string | null; totalEstimate: number | null }> {
    return this.database.read(async (em) => {
      const experiment = query.experiment ? await this.experiments.find(em, query.experiment) : null;
      const where = {
        ...(experiment ? { experimentId: experiment.id } : {}),
        ...(query.state ? { state: query.state } : {}),
        ...(query.q ? { name: { $ilike: `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%` } } : {}),
      };
      const page = await keysetPage(em, RunEntity, {
        where,
        query,
        sorts: { createdAt: 'createdAt', name: 'name' },
        defaultSort: '-createdAt',
      });
      const summaries = await readSummaries(
        em,
        page.rows.map((run) => run.id),
      );
      const names = await this.experimentNames(em, page.rows);
      return { ...page.rest, data: page.rows.map((run) => toRun(run, names, summaries.get(run.id) ?? {})) };
    });
  }

  async get(id: string): Promise<Run> {
    return this.database.read(async (em) => this.describe(em, await this.find(em, id)));
  }

  async log(actor: Actor, id: string, body: LogToRun): Promise<Run> {
    return this.database.transaction(async (em) => {
      const run = await this.find(em, id);
      if (run.state !== 'running') throw problem('run_finished', { detail: `Run ${id} is ${run.state}; start a new one.` });
      const now = Date.now();
      await addPoints(
        em,
        run.id,
        body.metrics.map((point) => ({
          name: point.name,
          step: point.step,
          value: Number(point.value),
          at: point.at ? Date.parse(point.at) : now,
        })),
      );
      for (const [name, value] of Object.entries(body.params)) {
        const old = Object.hasOwn(run.params, name) ? run.params[name] : undefined;
        if (old !== undefined && old !== value) {
          throw problem('validation_failed', {
            errors: [{ pointer: `/params/${name}`, code: 'param_fixed', message: `is ${old} already; a parameter does not change` }],
          });
        }
      }
      Object.assign(run, {
        params: { ...run.params, ...body.params },
        tags: { ...run.tags, ...body.tags },
        updatedAt: new Date(),
        revision: run.revision + 1,
      });
      await em.flush();
      await this.events.record(em, { topic: `runs.${run.id}`, type: 'run.logged', data: { id: run.id, by: actor.id } });
      return this.describe(em, run);
    });
  }

  async end(actor: Actor, id: string, body: FinishRun): Promise<Run> {
    return this.database.transaction(async (em) => {
      const run = await this.find(em, id);
      if (run.jobId) throw problem('run_finished', { detail: `Run ${id} belongs to job ${run.jobId}; cancel that one.` });
      if (run.state !== 'running' && run.state !== body.state)
        throw problem('run_finished', { detail: `Run ${id} is ${run.state} already.` });
      await this.finish(em, run.id, body.state);
      await this.audit.record(em, actor, {
        action: 'run.finished',
        target: { kind: 'run', id: run.id, name: run.name },
        change: { state: body.state },
      });
      return this.describe(em, await this.find(em, id));
    });
  }

  async series(query: SeriesQuery): Promise<Series> {
    return this.database.read((em) => readSeries(em, query));
  }

  /** Runs that were trained on a data set: they keep it from being deleted. At most 20. */
  async trainedOn(em: EntityManager, dataset: string): Promise<{ kind: string; id: string; name: string }[]> {
    const rows = await em.execute<{ id: string; name: string }[]>(
      `select id, name from run where dataset_version ->> 'dataset' = ? order by id desc limit 20`,
      [dataset],
    );
    return rows.map((row) => ({ kind: 'run', id: row.id, name: row.name }));
  }

  /** @throws `not_found` */
  async find(em: EntityManager, id: string): Promise<RunRow> {
    const run = await em.findOne(RunEntity, { id });
    if (!run) throw problem('not_found', { detail: `There is no run ${id}.` });
    return run;
  }

  private async describe(em: EntityManager, run: RunRow): Promise<Run> {
    const summaries = await readSummaries(em, [run.id]);
    return toRun(run, await this.experimentNames(em, [run]), summaries.get(run.id) ?? {});
  }

  private async experimentNames(em: EntityManager, runs: readonly RunRow[]): Promise<Map<string, string>> {
    const ids = [...new Set(runs.map((run) => run.experimentId))];
    const rows: ExperimentRow[] = await em.find(ExperimentEntity, { id: { $in: ids } });
    return new Map(rows.map((row) => [row.id, row.name]));
  }
}

function toRun(run: RunRow, experimentNames: ReadonlyMap<string, string>, metrics: Run['metrics']): Run {
  return {
    id: run.id,
    name: run.name,
    experiment: { id: run.experimentId, name: experimentNames.get(run.experimentId) ?? run.experimentId },
    state: run.state,
    source: run.source,
    job: run.jobId ?? null,
    datasetVersion: run.datasetVersion ?? null,
    modelVersion: run.modelVersion ?? null,
    params: run.params,
    metrics,
    evaluation: run.evaluation ?? null,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    tags: run.tags,
    createdAt: run.createdAt.toISOString(),
    createdBy: run.createdBy ?? null,
    updatedAt: run.updatedAt.toISOString(),
    revision: run.revision,
  };
}
