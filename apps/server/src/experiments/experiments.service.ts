import type { CreateExperiment, Experiment, ListQuery } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../platform/audit/audit.js';
import type { Actor } from '../platform/auth/actor.js';
import { Database } from '../platform/database/database.js';
import { keysetPage } from '../platform/database/keyset-page.js';
import { newId } from '../platform/database/new-id.js';
import { problem } from '../platform/http/problem.js';
import { ExperimentEntity, type ExperimentRow } from './experiment.entity.js';

/** Experiments: the named sets that runs belong to. */
@Injectable()
export class ExperimentsService {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
  ) {}

  async find(em: EntityManager, idOrName: string): Promise<ExperimentRow> {
    const row = await em.findOne(ExperimentEntity, { $or: [{ id: idOrName }, { name: idOrName }] });
    if (!row) throw problem('not_found', { detail: `There is no experiment ${idOrName}.` });
    return row;
  }

  /** Two callers that make the same experiment at once get the same one. */
  async findOrCreate(em: EntityManager, actor: Actor, idOrName: string): Promise<ExperimentRow> {
    const now = new Date();
    await em.execute(
      `insert into experiment (id, name, tags, created_at, created_by, updated_at, revision)
       select ?, ?, '{}', ?, ?, ?, 1 where not exists (select from experiment where id = ?)
       on conflict (name) do nothing`,
      [newId('exp'), idOrName, now, actor.id, now, idOrName],
      'run',
    );
    return this.find(em, idOrName);
  }

  async create(actor: Actor, body: CreateExperiment): Promise<Experiment> {
    return this.database.transaction(async (em) => {
      if (await em.findOne(ExperimentEntity, { name: body.name }))
        throw problem('name_taken', { detail: `There is an experiment ${body.name} already.` });
      const row = await this.findOrCreate(em, actor, body.name);
      row.tags = body.tags;
      await em.flush();
      await this.audit.record(em, actor, { action: 'experiment.created', target: { kind: 'experiment', id: row.id, name: row.name } });
      return this.describe(em, row);
    });
  }

  async get(idOrName: string): Promise<Experiment> {
    return this.database.read(async (em) => this.describe(em, await this.find(em, idOrName)));
  }

  async list(query: ListQuery): Promise<{ data: Experiment[]; nextCursor: string | null; totalEstimate: number | null }> {
    return this.database.read(async (em) => {
      const where = query.q ? { name: { $ilike: `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%` } } : {};
      const page = await keysetPage(em, ExperimentEntity, {
        where,
        query,
        sorts: { createdAt: 'createdAt', name: 'name' },
        defaultSort: '-createdAt',
      });
      if (page.rows.length === 0) return { ...page.rest, data: [] };
      const counts = await em.execute<{ experiment_id: string; runs: string }[]>(
        'select experiment_id, count(*) as runs from run where experiment_id = any(array[?]::text[]) group by 1',
        [page.rows.map((row) => row.id)],
      );
      const runs = new Map(counts.map((row) => [row.experiment_id, Number(row.runs)]));
      return { ...page.rest, data: page.rows.map((row) => toExperiment(row, runs.get(row.id) ?? 0)) };
    });
  }

  private async describe(em: EntityManager, row: ExperimentRow): Promise<Experiment> {
    const [count] = await em.execute<{ runs: string }[]>('select count(*) as runs from run where experiment_id = ?', [row.id]);
    return toExperiment(row, Number(count?.runs ?? 0));
  }
}

function toExperiment(row: ExperimentRow, runs: number): Experiment {
  return {
    id: row.id,
    name: row.name,
    tags: row.tags,
    runs,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy ?? null,
    updatedAt: row.updatedAt.toISOString(),
    revision: row.revision,
  };
}
