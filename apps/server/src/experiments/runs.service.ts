import type { ChangeRuns, CreateRun, FinishRun, LogToRun, Run, RunListQuery, RunPage, UpdateRun } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../platform/audit/audit.js';
import type { Actor } from '../platform/auth/actor.js';
import { Database } from '../platform/database/database.js';
import { keysetPage } from '../platform/database/keyset-page.js';
import { newId } from '../platform/database/new-id.js';
import { runIn } from '../platform/database/statements.js';
import { EventBus } from '../platform/events/event-bus.js';
import { problem } from '../platform/http/problem.js';
import { ExperimentsService } from './experiments.service.js';
import { addPoints, clearPoints } from './metrics/metric-points.js';
import type { Point } from './metrics/point.js';
import { RunEntity, type RunRow } from './run.entity.js';
import { runIdOf } from './runs/run-ids.js';
import { noteTag, toRun } from './runs/run-mapper.js';
import { readRun, readRuns } from './runs/run-record.js';

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
    if (experiment.lifecycle === 'deleted')
      throw problem('experiment_deleted', { detail: `The experiment ${experiment.name} is deleted; restore it first.` });
    const now = new Date();
    const id = newId('run');
    await em.execute(
      `insert into run (id, experiment_number, experiment_id, name, state, source, job_id, dataset_version, params, tags, user_name,
         start_time, created_at, created_by, updated_at, revision)
       values (?, ?, ?, ?, 'running', ?, ?, ?::jsonb, ?::jsonb, ?::jsonb, ?, ?, ?, ?, ?, 1)`,
      [
        id,
        experiment.number,
        experiment.id,
        start.name,
        start.source,
        start.jobId,
        start.datasetVersion === null ? null : JSON.stringify(start.datasetVersion),
        JSON.stringify(start.params),
        JSON.stringify(start.tags),
        actor.kind === 'system' ? '' : actor.name,
        now.getTime(),
        now,
        actor.id,
        now,
      ],
      'run',
    );
    await this.events.record(em, { topic: `runs.${id}`, type: 'run.started', data: { id, experiment: experiment.id } });
    return em.findOneOrFail(RunEntity, { id });
  }

  /** Takes a run back to its start, for another attempt of its job. */
  async restart(em: EntityManager, runId: string): Promise<void> {
    await clearPoints(runIn(em), runId);
    const run = await em.findOneOrFail(RunEntity, { id: runId });
    Object.assign(run, { state: 'running', endTime: null, updatedAt: new Date(), revision: run.revision + 1 });
    await em.flush();
  }

  async addPoints(em: EntityManager, runId: string, points: readonly Point[]): Promise<void> {
    await addPoints(runIn(em), runId, points);
  }

  /** Ends a run; ending it again in the same state changes nothing. */
  async finish(em: EntityManager, runId: string, state: FinishRun['state'], evaluation: RunRow['evaluation'] = null): Promise<void> {
    const run = await em.findOne(RunEntity, { id: runId });
    if (!run || run.state === state) return;
    const now = new Date();
    Object.assign(run, {
      state,
      evaluation: evaluation ?? run.evaluation,
      endTime: now.getTime(),
      updatedAt: now,
      revision: run.revision + 1,
    });
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

  async list(query: RunListQuery): Promise<RunPage> {
    return this.database.read(async (em) => {
      const experiment = query.experiment ? await this.experiments.find(em, query.experiment) : null;
      const where = {
        ...(experiment ? { experimentNumber: experiment.number } : {}),
        ...(query.state ? { state: query.state } : {}),
        ...(query.lifecycle === 'all' ? {} : { lifecycle: query.lifecycle }),
        ...(query.q ? { name: { $ilike: `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%` } } : {}),
      };
      const page = await keysetPage(em, RunEntity, {
        where,
        query,
        sorts: { createdAt: 'createdAt', name: 'name' },
        defaultSort: '-createdAt',
      });
      const records = await readRuns(
        runIn(em),
        page.rows.map((run) => String(run.num)),
      );
      return { ...page.rest, data: records.map((record) => toRun(record)) };
    });
  }

  async get(id: string): Promise<Run> {
    return this.database.read(async (em) => this.describe(em, await this.find(em, id)));
  }

  /** Renames, describes or tags; a null takes a tag away. */
  async update(id: string, body: UpdateRun): Promise<Run> {
    return this.database.transaction(async (em) => {
      const run = await this.find(em, id);
      const tags: Record<string, string> = { ...run.tags };
      const changes = body.description === undefined ? body.tags : { ...body.tags, [noteTag]: body.description || null };
      for (const [name, value] of Object.entries(changes ?? {})) {
        if (value === null) Reflect.deleteProperty(tags, name);
        else tags[name] = value;
      }
      if (body.name !== undefined) tags['mlflow.runName'] = body.name;
      Object.assign(run, { name: body.name ?? run.name, tags, updatedAt: new Date(), revision: run.revision + 1 });
      await em.flush();
      await this.tell(em, run.id);
      return this.describe(em, run);
    });
  }

  async delete(actor: Actor, id: string): Promise<void> {
    await this.database.transaction(async (em) => {
      const run = await this.find(em, id);
      await this.setLifecycle(em, actor, [run.id], 'deleted');
    });
  }

  async restore(actor: Actor, id: string): Promise<Run> {
    return this.database.transaction(async (em) => {
      const run = await this.find(em, id);
      await this.setLifecycle(em, actor, [run.id], 'active');
      await em.refresh(run);
      return this.describe(em, run);
    });
  }

  /** Changes many runs in one transaction: all of them, or none when one is missing. */
  async change(actor: Actor, body: ChangeRuns): Promise<number> {
    return this.database.transaction(async (em) => {
      const ids = [...new Set(body.runs.map((run) => runIdOf(run) ?? run))].sort();
      const found = await em.execute<{ id: string }[]>('select id from run where id = any(array[?]::text[]) order by id for update', [ids]);
      if (found.length < ids.length) {
        const known = new Set(found.map((row) => row.id));
        throw problem('not_found', { detail: `There is no run ${ids.find((id) => !known.has(id)) ?? ''}.` });
      }
      if (body.action !== 'tag') return this.setLifecycle(em, actor, ids, body.action === 'delete' ? 'deleted' : 'active');
      const set = Object.fromEntries(Object.entries(body.tags).filter(([, value]) => value !== null));
      const unset = Object.keys(body.tags).filter((name) => body.tags[name] === null);
      await em.execute(
        `update run set tags = (tags || ?::jsonb) ${unset.length > 0 ? '- array[?]::text[]' : ''}, updated_at = now(), revision = revision + 1
         where id = any(array[?]::text[])`,
        [JSON.stringify(set), ...(unset.length > 0 ? [unset] : []), ids],
        'run',
      );
      for (const id of ids) await this.tell(em, id);
      return ids.length;
    });
  }

  /** How many runs changed: those that were not in that state yet. */
  async setLifecycle(em: EntityManager, actor: Actor, ids: readonly string[], to: 'active' | 'deleted'): Promise<number> {
    const changed = await em.execute<{ id: string; name: string }[]>(
      `update run set lifecycle = ?, deleted_at = ?, updated_at = now(), revision = revision + 1
       where id = any(array[?]::text[]) and lifecycle <> ? returning id, name`,
      [to, to === 'deleted' ? new Date() : null, [...ids], to],
    );
    for (const { id, name } of changed) {
      await this.audit.record(em, actor, {
        action: to === 'deleted' ? 'run.deleted' : 'run.restored',
        target: { kind: 'run', id, name },
      });
      await this.tell(em, id);
    }
    return changed.length;
  }

  async log(actor: Actor, id: string, body: LogToRun): Promise<Run> {
    return this.database.transaction(async (em) => {
      const run = await this.find(em, id);
      if (run.lifecycle === 'deleted') throw problem('run_deleted', { detail: `Run ${id} is deleted; restore it first.` });
      if (run.state !== 'running') throw problem('run_finished', { detail: `Run ${id} is ${run.state}; start a new one.` });
      const now = Date.now();
      await this.addPoints(
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

  /** Runs that were trained on a data set: they keep it from being deleted. At most 20. */
  async trainedOn(em: EntityManager, dataset: string): Promise<{ kind: string; id: string; name: string }[]> {
    const rows = await em.execute<{ id: string; name: string }[]>(
      `select id, name from run where dataset_version ->> 'dataset' = ? order by id desc limit 20`,
      [dataset],
    );
    return rows.map((row) => ({ kind: 'run', id: row.id, name: row.name }));
  }

  /**
   * A run by its id here or by MLflow's.
   * @throws `not_found`
   */
  async find(em: EntityManager, id: string): Promise<RunRow> {
    const run = await em.findOne(RunEntity, { id: runIdOf(id) ?? id });
    if (!run) throw problem('not_found', { detail: `There is no run ${id}.` });
    return run;
  }

  private tell(em: EntityManager, id: string): Promise<void> {
    return this.events.record(em, { topic: `runs.${id}`, type: 'run.changed', data: { id } });
  }

  private async describe(em: EntityManager, run: RunRow): Promise<Run> {
    const record = await readRun(runIn(em), run.id);
    if (!record) throw problem('not_found', { detail: `There is no run ${run.id}.` });
    return toRun(record, run.evaluation ?? null);
  }
}
