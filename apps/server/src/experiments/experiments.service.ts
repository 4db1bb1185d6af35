import type { CreateExperiment, Experiment, ExperimentListQuery, ExperimentPage, UpdateExperiment } from '@crisol/contracts';
import { UniqueConstraintViolationException, type EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../platform/audit/audit.js';
import type { Actor } from '../platform/auth/actor.js';
import { Database } from '../platform/database/database.js';
import { keysetPage } from '../platform/database/keyset-page.js';
import { newId } from '../platform/database/new-id.js';
import { EventBus } from '../platform/events/event-bus.js';
import { problem } from '../platform/http/problem.js';
import { artifactBytes } from './artifacts/artifact-sizes.js';
import { ExperimentEntity, type ExperimentRow } from './experiment.entity.js';
import { removedAfter } from '../platform/storage/grace-time.js';
import { noteTag } from './runs/run-mapper.js';

/** Experiments: the named sets that runs belong to. */
@Injectable()
export class ExperimentsService {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly events: EventBus,
  ) {}

  /** By id, by MLflow's number, or by name, in this order. */
  async find(em: EntityManager, key: string): Promise<ExperimentRow> {
    const number = /^\d{1,18}$/.test(key) ? [{ number: Number(key) }] : [];
    const found = await em.find(ExperimentEntity, { $or: [{ id: key }, { name: key }, ...number] });
    const row =
      found.find((one) => one.id === key) ?? found.find((one) => String(one.number) === key) ?? found.find((one) => one.name === key);
    if (!row) throw problem('not_found', { detail: `There is no experiment ${key}.` });
    return row;
  }

  /** Two callers that make the same experiment at once get the same one. */
  async findOrCreate(em: EntityManager, actor: Actor, key: string): Promise<ExperimentRow> {
    const now = new Date();
    await em.execute(
      `insert into experiment (id, name, tags, created_at, created_by, updated_at, revision)
       select ?, ?, '{}', ?, ?, ?, 1 where not exists (select from experiment where id = ? or number::text = ?)
       on conflict (name) do nothing`,
      [newId('exp'), key, now, actor.id, now, key, key],
      'run',
    );
    return this.find(em, key);
  }

  async create(actor: Actor, body: CreateExperiment): Promise<Experiment> {
    return this.database.transaction(async (em) => {
      const tags = body.description === '' ? body.tags : { ...body.tags, [noteTag]: body.description };
      const row = await this.insert(em, actor, { name: body.name, tags, artifactLocation: null });
      if (!row) {
        const other = await em.findOneOrFail(ExperimentEntity, { name: body.name });
        const state = other.lifecycle === 'deleted' ? ' It is deleted: restore it, or wait until it is removed.' : '';
        throw problem('name_taken', { detail: `There is an experiment ${body.name} already.${state}` });
      }
      return this.describe(em, row);
    });
  }

  /** A new experiment; null when the name is taken, by a deleted one too. */
  async insert(
    em: EntityManager,
    actor: Actor,
    given: { readonly name: string; readonly tags: Readonly<Record<string, string>>; readonly artifactLocation: string | null },
  ): Promise<ExperimentRow | null> {
    const now = new Date();
    const id = newId('exp');
    const made = await em.execute<{ id: string }[]>(
      `insert into experiment (id, name, tags, artifact_location, created_at, created_by, updated_at, revision)
       values (?, ?, ?::jsonb, ?, ?, ?, ?, 1) on conflict (name) do nothing returning id`,
      [id, given.name, JSON.stringify(given.tags), given.artifactLocation, now, actor.id, now],
    );
    if (made.length === 0) return null;
    await this.audit.record(em, actor, { action: 'experiment.created', target: { kind: 'experiment', id, name: given.name } });
    await this.tell(em, id);
    return em.findOneOrFail(ExperimentEntity, { id });
  }

  async get(key: string): Promise<Experiment> {
    return this.database.read(async (em) => this.describe(em, await this.find(em, key)));
  }

  async list(query: ExperimentListQuery): Promise<ExperimentPage> {
    return this.database.read(async (em) => {
      const where = {
        ...(query.q ? { name: { $ilike: `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%` } } : {}),
        ...(query.lifecycle === 'all' ? {} : { lifecycle: query.lifecycle }),
      };
      const page = await keysetPage(em, ExperimentEntity, {
        where,
        query,
        sorts: { createdAt: 'createdAt', name: 'name', updatedAt: 'updatedAt' },
        defaultSort: '-createdAt',
      });
      return { ...page.rest, data: await this.describeAll(em, page.rows) };
    });
  }

  async update(actor: Actor, key: string, body: UpdateExperiment): Promise<Experiment> {
    return this.database.transaction(async (em) => {
      const row = await this.find(em, key);
      const note: Record<string, string | null> =
        body.description === undefined ? {} : { [noteTag]: body.description === '' ? null : body.description };
      await this.change(em, actor, row, { ...(body.name === undefined ? {} : { name: body.name }), tags: { ...body.tags, ...note } });
      return this.describe(em, row);
    });
  }

  /** Renames and tags; a null takes a tag away. */
  async change(
    em: EntityManager,
    actor: Actor,
    row: ExperimentRow,
    changes: { readonly name?: string; readonly tags: Readonly<Record<string, string | null>> },
  ): Promise<void> {
    const set = Object.fromEntries(Object.entries(changes.tags).filter(([, value]) => value !== null));
    const unset = Object.keys(changes.tags).filter((name) => changes.tags[name] === null);
    try {
      await em.execute(
        `update experiment set name = ?, tags = (tags || ?::jsonb) ${unset.length > 0 ? '- array[?]::text[]' : ''}, updated_at = now(), revision = revision + 1 where id = ?`,
        [changes.name ?? row.name, JSON.stringify(set), ...(unset.length > 0 ? [unset] : []), row.id],
        'run',
      );
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw problem('name_taken', { detail: `There is an experiment ${changes.name ?? ''} already.` });
    }
    if (changes.name !== undefined && changes.name !== row.name) {
      await this.audit.record(em, actor, {
        action: 'experiment.renamed',
        target: { kind: 'experiment', id: row.id, name: changes.name },
        change: { from: row.name },
      });
    }
    await this.tell(em, row.id);
    await em.refresh(row);
  }

  /** Deletes it and its runs; both can be restored until the grace time is over. */
  async delete(actor: Actor, key: string): Promise<void> {
    await this.database.transaction(async (em) => {
      const row = await this.find(em, key);
      if (row.lifecycle === 'deleted') return;
      await this.setLifecycle(em, actor, row, 'deleted');
    });
  }

  async restore(actor: Actor, key: string): Promise<Experiment> {
    return this.database.transaction(async (em) => {
      const row = await this.find(em, key);
      if (row.lifecycle === 'deleted') await this.setLifecycle(em, actor, row, 'active');
      return this.describe(em, row);
    });
  }

  /** Runs go with their experiment, and come back with it unless they were deleted on their own. */
  async setLifecycle(em: EntityManager, actor: Actor, row: ExperimentRow, to: 'active' | 'deleted'): Promise<void> {
    const now = new Date();
    if (to === 'deleted') {
      await em.execute(
        `update run set lifecycle = 'deleted', deleted_at = ?, updated_at = ?, revision = revision + 1 where experiment_number = ? and lifecycle = 'active'`,
        [now, now, row.number],
        'run',
      );
    } else {
      await em.execute(
        `update run set lifecycle = 'active', deleted_at = null, updated_at = ?, revision = revision + 1
         where experiment_number = ? and lifecycle = 'deleted' and deleted_at = (select deleted_at from experiment where id = ?)`,
        [now, row.number, row.id],
        'run',
      );
    }
    await em.execute(
      `update experiment set lifecycle = ?, deleted_at = ?, updated_at = ?, revision = revision + 1 where id = ?`,
      [to, to === 'deleted' ? now : null, now, row.id],
      'run',
    );
    await this.audit.record(em, actor, {
      action: to === 'deleted' ? 'experiment.deleted' : 'experiment.restored',
      target: { kind: 'experiment', id: row.id, name: row.name },
    });
    await this.tell(em, row.id);
    await em.refresh(row);
  }

  private tell(em: EntityManager, id: string): Promise<void> {
    return this.events.record(em, { topic: 'experiments', type: 'experiment.changed', data: { id } });
  }

  private async describe(em: EntityManager, row: ExperimentRow): Promise<Experiment> {
    const [described] = await this.describeAll(em, [row]);
    if (!described) throw problem('internal_error', { cause: `Experiment ${row.id} was not described.` });
    return described;
  }

  private async describeAll(em: EntityManager, rows: readonly ExperimentRow[]): Promise<Experiment[]> {
    if (rows.length === 0) return [];
    const numbers = rows.map((row) => row.number);
    const counts = await em.execute<{ number: string; runs: string; last: string | null }[]>(
      `select e.number, (select count(*) from run r where r.experiment_number = e.number and r.lifecycle = 'active') as runs,
         (select max(r.start_time) from run r where r.experiment_number = e.number) as last
       from experiment e where e.number = any(array[?]::bigint[])`,
      [numbers],
    );
    const byNumber = new Map(counts.map((row) => [Number(row.number), row]));
    const bytes = await artifactBytes(em, numbers);
    return rows.map((row) => {
      const count = byNumber.get(row.number);
      return {
        id: row.id,
        name: row.name,
        number: row.number,
        description: row.tags[noteTag] ?? '',
        lifecycle: row.lifecycle,
        deletedAt: row.deletedAt?.toISOString() ?? null,
        removedAfter: removedAfter(row.deletedAt),
        runs: Number(count?.runs ?? 0),
        lastRunAt: count?.last ? new Date(Number(count.last)).toISOString() : null,
        artifactBytes: bytes.get(row.number) ?? 0,
        tags: row.tags,
        createdAt: row.createdAt.toISOString(),
        createdBy: row.createdBy ?? null,
        updatedAt: row.updatedAt.toISOString(),
        revision: row.revision,
      };
    });
  }
}
