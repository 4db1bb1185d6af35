import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { AliasEntity } from '../aliases/alias.entity.js';
import { AliasesService } from '../aliases/aliases.service.js';
import { HistoryWriter } from '../history/history-writer.js';
import { ModelEntity, type ModelRow } from './model.entity.js';
import { ModelsService } from './models.service.js';
import { ModelUsers } from './model-users.js';

/** What may change about a locked model: what people say of it, its name, its aliases, and whether it is there. */
@Injectable()
export class ModelChanges {
  constructor(
    private readonly models: ModelsService,
    private readonly aliases: AliasesService,
    private readonly users: ModelUsers,
    private readonly history: HistoryWriter,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** The new model; nothing when the name is taken. */
  add(
    em: EntityManager,
    actor: Actor,
    given: { readonly name: string; readonly description: string; readonly tags: Record<string, string> },
  ): Promise<ModelRow | undefined> {
    return this.models.insert(em, actor, given.name, given.description, given.tags);
  }

  /** Gives the model another name. What points at it does so by id. @throws `name_taken` */
  async rename(em: EntityManager, actor: Actor, model: ModelRow, name: string): Promise<void> {
    await this.models.rename(em, actor, model, name);
    await em.flush();
  }

  /** Changes description and tags; tags are merged, null takes one away. */
  async describe(
    em: EntityManager,
    actor: Actor,
    model: ModelRow,
    change: { readonly description?: string; readonly tags?: Readonly<Record<string, string | null>> },
  ): Promise<void> {
    const merged = { ...model.tags, ...change.tags };
    em.assign(model, {
      ...(change.description === undefined ? {} : { description: change.description }),
      tags: Object.fromEntries(Object.entries(merged).filter((pair): pair is [string, string] => pair[1] !== null)),
      updatedAt: new Date(),
      revision: model.revision + 1,
    });
    await em.flush();
    await this.note(em, actor, model, 'updated', change);
  }

  /** Takes an alias away, whatever its revision is; one that is not there is away already. */
  async removeAlias(em: EntityManager, actor: Actor, model: ModelRow, alias: string): Promise<void> {
    const row = await em.findOne(AliasEntity, { modelId: model.id, alias });
    if (row) await this.aliases.takeAway(em, actor, model, row);
  }

  /** Deletes a model that no endpoint serves; it can be restored, and its name is free at once. @throws `still_in_use` */
  async remove(em: EntityManager, actor: Actor, model: ModelRow): Promise<void> {
    const found = await this.users.find(em, [model.id]);
    const usedBy = [...new Map(found.map(({ id, name }) => [id, { kind: 'endpoint', id, name }])).values()];
    if (usedBy.length > 0) {
      const named = usedBy.slice(0, 3).map(({ name }) => name);
      const more = usedBy.length > 3 ? ` and ${usedBy.length - 3} more` : '';
      throw problem('still_in_use', { detail: `${model.name} is served by the endpoint ${named.join(', ')}${more}.`, usedBy });
    }
    const now = new Date();
    em.assign(model, { deletedAt: now, updatedAt: now, revision: model.revision + 1 });
    await em.flush();
    await this.history.record(em, actor, model.id, { kind: 'deleted', from: model.name });
    await this.note(em, actor, model, 'deleted', {});
  }

  /** Brings a deleted model back, with its versions and aliases. @throws `not_found`, `name_taken` */
  async restore(em: EntityManager, actor: Actor, id: string): Promise<ModelRow> {
    const row = await em.findOne(ModelEntity, { id });
    if (!row) throw problem('not_found', { detail: `There is no model ${id}.` });
    if (!row.deletedAt) return row;
    const [emptied] = await em.execute<{ number: number }[]>(
      'select number from model_version where model_id = ? and files_removed_at is not null limit 1',
      [row.id],
    );
    if (emptied) throw problem('not_found', { detail: `The files of ${row.name} were removed after the grace time; it cannot come back.` });
    await this.models.refuseTaken(em, row.name);
    em.assign(row, { deletedAt: null, updatedAt: new Date(), revision: row.revision + 1 });
    await em.flush();
    await this.history.record(em, actor, row.id, { kind: 'restored', to: row.name });
    await this.note(em, actor, row, 'restored', {});
    return row;
  }

  private async note(
    em: EntityManager,
    actor: Actor,
    model: ModelRow,
    what: 'updated' | 'deleted' | 'restored',
    change: object,
  ): Promise<void> {
    await this.audit.record(em, actor, {
      action: `model.${what}`,
      target: { kind: 'model', id: model.id, name: model.name },
      change: { ...change },
    });
    await this.events.record(em, { topic: 'models', type: `model.${what}`, data: { id: model.id, name: model.name } });
  }
}
