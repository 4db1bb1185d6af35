import type { UpdateVersion } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { AliasEntity } from '../aliases/alias.entity.js';
import { AliasesService } from '../aliases/aliases.service.js';
import { HistoryWriter } from '../history/history-writer.js';
import { ModelUsers } from '../models/model-users.js';
import type { ModelRow } from '../models/model.entity.js';
import { ModelVersionEntity, type ModelVersionRow } from './model-version.entity.js';

type User = { readonly kind: string; readonly id: string; readonly name: string };

/** What may change about a version once it is written: what people say of it, and whether it is there. */
@Injectable()
export class VersionChanges {
  constructor(
    private readonly aliases: AliasesService,
    private readonly users: ModelUsers,
    private readonly history: HistoryWriter,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** Changes description and tags; tags are merged, null takes one away. */
  async describe(em: EntityManager, actor: Actor, model: ModelRow, row: ModelVersionRow, change: UpdateVersion): Promise<void> {
    const { description, tags } = change;
    const merged = { ...row.tags, ...tags };
    em.assign(row, {
      ...(description === undefined ? {} : { description }),
      tags: Object.fromEntries(Object.entries(merged).filter((pair): pair is [string, string] => pair[1] !== null)),
      updatedAt: new Date(),
      revision: row.revision + 1,
    });
    await em.flush();
    await this.note(em, actor, model, row, 'updated', { ...change });
  }

  /** Deletes a version that no alias and no endpoint holds; it can be restored. @throws `still_in_use` */
  async remove(em: EntityManager, actor: Actor, model: ModelRow, row: ModelVersionRow): Promise<void> {
    const aliases = await em.find(AliasEntity, { versionId: row.id }, { orderBy: { alias: 'asc' } });
    const users = [
      ...aliases.map(({ alias }) => ({ kind: 'alias', id: model.id, name: alias })),
      ...(await this.endpoints(em, row, aliases)),
    ];
    refuseUsed(row, users);
    await this.delete(em, actor, model, row);
  }

  /** As MLflow's clients expect it: the aliases of the version go with it. What an endpoint serves stays. @throws `still_in_use` */
  async removeWithAliases(em: EntityManager, actor: Actor, model: ModelRow, row: ModelVersionRow): Promise<void> {
    const aliases = await em.find(AliasEntity, { versionId: row.id }, { orderBy: { alias: 'asc' } });
    refuseUsed(row, await this.endpoints(em, row, aliases));
    for (const alias of aliases) await this.aliases.takeAway(em, actor, model, alias);
    await this.delete(em, actor, model, row);
  }

  /** Brings a deleted version back, under the number that it had. */
  async restore(em: EntityManager, actor: Actor, model: ModelRow, number: number): Promise<ModelVersionRow> {
    const row = await em.findOne(ModelVersionEntity, { modelId: model.id, number });
    if (!row) throw problem('not_found', { detail: `${model.name} has no version ${number}.` });
    if (!row.deletedAt) return row;
    if (row.filesRemovedAt)
      throw problem('not_found', { detail: `The files of version ${number} were removed after the grace time; it cannot come back.` });
    em.assign(row, { deletedAt: null, updatedAt: new Date(), revision: row.revision + 1 });
    await em.flush();
    await this.history.record(em, actor, model.id, { kind: 'version_restored', version: row.number });
    await this.note(em, actor, model, row, 'restored', {});
    return row;
  }

  private async delete(em: EntityManager, actor: Actor, model: ModelRow, row: ModelVersionRow): Promise<void> {
    const now = new Date();
    em.assign(row, { deletedAt: now, updatedAt: now, revision: row.revision + 1 });
    model.updatedAt = now;
    await em.flush();
    await this.history.record(em, actor, model.id, {
      kind: 'version_deleted',
      version: row.number,
      evidence: { sha256: row.sha256 ?? null },
    });
    await this.note(em, actor, model, row, 'deleted', {});
  }

  private async endpoints(em: EntityManager, row: ModelVersionRow, aliases: readonly { readonly alias: string }[]): Promise<User[]> {
    const users = await this.users.find(em, [row.modelId]);
    const names = new Set(aliases.map(({ alias }) => alias));
    const own = users.filter(({ version, alias }) => version === row.number || (alias !== undefined && names.has(alias)));
    return [...new Map(own.map(({ id, name }) => [id, { kind: 'endpoint', id, name }])).values()];
  }

  private async note(
    em: EntityManager,
    actor: Actor,
    model: ModelRow,
    row: ModelVersionRow,
    what: 'updated' | 'deleted' | 'restored',
    change: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.audit.record(em, actor, {
      action: `model_version.${what}`,
      target: { kind: 'modelVersion', id: row.id, name: `${model.name}@${row.number}` },
      change,
    });
    await this.events.record(em, {
      topic: 'models',
      type: `model_version.${what}`,
      data: { id: row.id, model: model.name, modelId: model.id, version: row.number },
    });
  }
}

function refuseUsed(row: ModelVersionRow, usedBy: readonly User[]): void {
  if (usedBy.length === 0) return;
  const named = usedBy.slice(0, 3).map(({ kind, name }) => `${kind} ${name}`);
  const more = usedBy.length > 3 ? ` and ${usedBy.length - 3} more` : '';
  throw problem('still_in_use', { detail: `Version ${row.number} is used by ${named.join(', ')}${more}.`, usedBy });
}
