import { Name, type AliasPolicy, type AliasPolicyList, type PutAliasPolicy } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { People } from '../../platform/auth/users/people.js';
import { Database } from '../../platform/database/database.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { checkRevision } from '../../platform/http/revision.js';
import { HistoryWriter } from '../history/history-writer.js';
import type { ModelRow } from '../models/model.entity.js';
import { ModelsService } from '../models/models.service.js';
import { AliasPolicyEntity, policyDefaults, toPolicy } from './policy.entity.js';
import { Promotion } from './promotion.js';

/** What moves of aliases ask for. */
@Injectable()
export class PoliciesService {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly promotion: Promotion,
    private readonly people: People,
    private readonly history: HistoryWriter,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** Those that were set. */
  list(model: string): Promise<AliasPolicyList> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const rows = await em.find(AliasPolicyEntity, { modelId: target.id, removed: false }, { orderBy: { alias: 'asc' } });
      return { data: rows.map((row) => toPolicy(target.name, row.alias, row)) };
    });
  }

  /** The policy of an alias, whether one was set or not. */
  get(model: string, alias: string): Promise<AliasPolicy> {
    return this.database.read(async (em) => this.promotion.policy(em, await this.models.find(em, model), alias));
  }

  put(actor: Actor, model: string, alias: string, body: PutAliasPolicy, expected: number | null | undefined): Promise<AliasPolicy> {
    if (!Name.safeParse(alias).success || /^\d+$/.test(alias))
      throw problem('validation_failed', { detail: 'An alias is a name, and not a number.' });
    return this.database.transaction(async (em) => {
      await this.refuseUnreachable(em, body);
      return this.write(em, actor, await this.models.lock(em, model), alias, body, expected, false);
    });
  }

  /** Back to the defaults: gates alone decide. */
  async remove(actor: Actor, model: string, alias: string, expected: number | null | undefined): Promise<void> {
    await this.database.transaction(async (em) => {
      const target = await this.models.lock(em, model);
      const row = await em.findOne(AliasPolicyEntity, { modelId: target.id, alias, removed: false });
      if (!row) throw problem('not_found', { detail: `${target.name} has no policy for ${alias}.` });
      await this.write(em, actor, target, alias, { ...policyDefaults, approvers: [] }, expected, true);
    });
  }

  private async write(
    em: EntityManager,
    actor: Actor,
    model: ModelRow,
    alias: string,
    body: PutAliasPolicy,
    expected: number | null | undefined,
    removed: boolean,
  ): Promise<AliasPolicy> {
    const row = await em.findOne(AliasPolicyEntity, { modelId: model.id, alias });
    checkRevision(expected, row?.revision ?? 0);
    const before = toPolicy(model.name, alias, row);
    const set = { ...body, removed, updatedAt: new Date(), updatedBy: actor.id, revision: (row?.revision ?? 0) + 1 };
    const written = row ? em.assign(row, set) : em.create(AliasPolicyEntity, { modelId: model.id, alias, ...set });
    await em.flush();
    const after = toPolicy(model.name, alias, written);
    await this.history.record(em, actor, model.id, {
      kind: 'policy_changed',
      alias,
      from: `r${before.revision}`,
      to: removed ? null : `r${after.revision}`,
      evidence: { before: ruleOf(before), after: ruleOf(after) },
    });
    await this.audit.record(em, actor, {
      action: removed ? 'policy.removed' : 'policy.changed',
      target: { kind: 'policy', id: model.id, name: `${model.name}@${alias}` },
      change: { before: ruleOf(before), after: ruleOf(after) },
    });
    await this.events.record(em, {
      topic: 'models',
      type: 'policy.changed',
      data: { model: model.name, modelId: model.id, alias, revision: after.revision },
    });
    return after;
  }

  /** A policy that nobody can ever meet is a mistake. */
  private async refuseUnreachable(em: EntityManager, body: PutAliasPolicy): Promise<void> {
    const found = await this.people.named(em, body.approvers);
    const unknown = body.approvers.flatMap((asked, at) =>
      found.has(asked) ? [] : [{ pointer: `/approvers/${at}`, code: 'not_found', message: `there is no user ${asked}` }],
    );
    if (unknown.length > 0) throw problem('validation_failed', { detail: 'Approvers are ids or names of users.', errors: unknown });
    const different = new Set([...found.values()].map(({ id }) => id)).size;
    if (body.approvers.length > 0 && different < body.approvals)
      throw problem('validation_failed', {
        detail: `${body.approvals} approvals of ${different} ${different === 1 ? 'person' : 'people'} can never be had.`,
        errors: [{ pointer: '/approvals', code: 'too_big', message: `at most ${different}, as there are so many approvers` }],
      });
  }
}

/** What a policy asks for, without when it was written. */
function ruleOf({ approvals, approvers, selfApproval, coolDownMinutes, autoPromote, guardrail, revision }: AliasPolicy) {
  return { approvals, approvers, selfApproval, coolDownMinutes, autoPromote, guardrail, revision };
}
