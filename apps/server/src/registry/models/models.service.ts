import type { CreateModel, Model, ModelListQuery, ModelPage, UpdateModel } from '@crisol/contracts';
import { looksLikeId } from '@crisol/contracts';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { checkRevision } from '../../platform/http/revision.js';
import { HistoryWriter } from '../history/history-writer.js';
import { ModelSummaries } from './model-summaries.js';
import { ModelEntity, type ModelRow } from './model.entity.js';

/** Models by name: making, finding, changing what people wrote about them. */
@Injectable()
export class ModelsService {
  constructor(
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly audit: Audit,
    private readonly summaries: ModelSummaries,
    private readonly history: HistoryWriter,
  ) {}

  create(actor: Actor, body: CreateModel): Promise<Model> {
    return this.database.transaction(async (em) => {
      const row = await this.insert(em, actor, body.name, body.description, body.tags);
      if (!row) throw problem('name_taken', { detail: `There is a model called ${body.name} already.` });
      return this.summaries.one(em, row);
    });
  }

  list(query: ModelListQuery): Promise<ModelPage> {
    return this.database.read((em) => this.summaries.page(em, query));
  }

  get(model: string): Promise<Model> {
    return this.database.read(async (em) => this.summaries.one(em, await this.find(em, model)));
  }

  update(actor: Actor, model: string, body: UpdateModel, expected: number | null | undefined): Promise<Model> {
    return this.database.transaction(async (em) => {
      const row = await this.lock(em, model);
      checkRevision(expected, row.revision);
      if (body.name !== undefined && body.name !== row.name) await this.rename(em, actor, row, body.name);
      if (body.description !== undefined) row.description = body.description;
      if (body.tags !== undefined) row.tags = body.tags;
      row.updatedAt = new Date();
      row.revision++;
      await em.flush();
      await this.audit.record(em, actor, {
        action: 'model.updated',
        target: { kind: 'model', id: row.id, name: row.name },
        change: body,
      });
      await this.events.record(em, { topic: 'models', type: 'model.updated', data: { id: row.id, name: row.name } });
      return this.summaries.one(em, row);
    });
  }

  /** Gives a locked model another name. What points at it does so by id. @throws `name_taken` */
  async rename(em: EntityManager, actor: Actor, row: ModelRow, name: string): Promise<void> {
    const former = row.name;
    if (name !== former) await this.refuseTaken(em, name);
    const now = new Date();
    em.assign(row, { name, updatedAt: now, revision: row.revision + 1 });
    await em.flush();
    // Clients of MLflow see the name in every version, and take the rename for a change of each.
    await em.execute(`update model_version set updated_at = ? where model_id = ? and deleted_at is null`, [now, row.id]);
    if (name === former) return;
    await this.history.record(em, actor, row.id, { kind: 'renamed', from: former, to: name });
    await this.audit.record(em, actor, { action: 'model.renamed', target: { kind: 'model', id: row.id, name }, change: { from: former } });
    await this.events.record(em, { topic: 'models', type: 'model.renamed', data: { id: row.id, name, former } });
  }

  /** @throws `name_taken` */
  async refuseTaken(em: EntityManager, name: string): Promise<void> {
    // Two who want one name wait for each other here; the index alone would end the transaction with an error.
    await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`model ${name}`]);
    if (await em.findOne(ModelEntity, { name, deletedAt: null }))
      throw problem('name_taken', { detail: `There is a model called ${name} already.` });
  }

  /** The model with this id or name. @throws `not_found` */
  async find(em: EntityManager, model: string): Promise<ModelRow> {
    const row = await em.findOne(ModelEntity, byIdOrName(model));
    if (!row) throw problem('not_found', { detail: `There is no model called ${model}.` });
    return row;
  }

  /** As `find`, and holds the row until the transaction ends: versions and aliases of one model change one after another. */
  async lock(em: EntityManager, model: string): Promise<ModelRow> {
    const row = await em.findOne(ModelEntity, byIdOrName(model), { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (!row) throw problem('not_found', { detail: `There is no model called ${model}.` });
    return row;
  }

  /** The locked model of this name, made when it is not there. */
  async lockOrCreate(em: EntityManager, actor: Actor, name: string): Promise<ModelRow> {
    await this.insert(em, actor, name, '', {});
    return this.lock(em, name);
  }

  /** The new row, or nothing when the name is taken; another transaction making the same name is waited for. */
  async insert(
    em: EntityManager,
    actor: Actor,
    name: string,
    description: string,
    tags: Record<string, string>,
  ): Promise<ModelRow | undefined> {
    const id = newId('mdl');
    const made: { id: string }[] = await em.execute(
      `insert into model (id, name, description, tags, created_at, created_by, updated_at, revision)
       values (?, ?, ?, ?::jsonb, now(), ?, now(), 1) on conflict (name) where deleted_at is null do nothing returning id`,
      [id, name, description, JSON.stringify(tags), actor.id],
    );
    if (made.length === 0) return undefined;
    await this.audit.record(em, actor, { action: 'model.created', target: { kind: 'model', id, name } });
    await this.events.record(em, { topic: 'models', type: 'model.created', data: { id, name } });
    return this.find(em, id);
  }
}

/** A deleted model is not there; its name may belong to another one. */
function byIdOrName(model: string): { deletedAt: null } & ({ id: string } | { name: string }) {
  return looksLikeId(model) ? { id: model, deletedAt: null } : { name: model, deletedAt: null };
}
