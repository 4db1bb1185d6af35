import type { ApprovalList, DecideApproval, PromotionCheck } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { People } from '../../platform/auth/users/people.js';
import { Database } from '../../platform/database/database.js';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { ModelsService } from '../models/models.service.js';
import { VersionsService } from '../versions/versions.service.js';
import { ApprovalEntity, toApproval } from './approval.entity.js';
import { AutoPromoter } from './auto-promoter.js';
import { mayApprove, toPromotionCheck } from './promotion-check.js';
import { Promotion, type Weighed } from './promotion.js';

/** What people say about versions, and what a move would find. */
@Injectable()
export class ApprovalsService {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
    private readonly promotion: Promotion,
    private readonly people: People,
    private readonly auto: AutoPromoter,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** Every word on a version and alias, in the order in which they were said. */
  list(actor: Actor, model: string, version: string, alias: string): Promise<ApprovalList> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const weighed = await this.promotion.weigh(em, actor, target, await this.versions.row(em, target, version), alias);
      return listOf(weighed);
    });
  }

  /** What would happen if the caller moved the alias to the version now. */
  check(actor: Actor, model: string, version: string, alias: string): Promise<PromotionCheck> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const weighed = await this.promotion.weigh(em, actor, target, await this.versions.row(em, target, version), alias);
      const endpoints = await this.promotion.answering(em, target, alias);
      return toPromotionCheck(weighed, endpoints, await mayApprove(em, this.people, actor, weighed));
    });
  }

  /**
   * Writes what the caller says; their last word counts.
   * @throws `approval_refused` for who may not, or approves what they made
   */
  decide(actor: Actor, model: string, version: string, body: DecideApproval): Promise<ApprovalList> {
    return this.database.transaction(async (em) => {
      // Between here and the commit the alias stays, so the word is about the version that holds it.
      const target = await this.models.lock(em, model);
      const row = await this.versions.row(em, target, version);
      const person = await this.people.behind(em, actor.id);
      if (!person) throw problem('approval_refused', { detail: 'Only people and keys approve.' });
      const before = await this.promotion.weigh(em, actor, target, row, body.alias);
      refuseStranger(before, person.id, person.name);
      if (body.decision === 'approved') refuseSelf(before, await this.people.selves(em, row.createdBy ?? null), [person.id, actor.id]);
      const said = before.approvals.filter(({ row: { person: by } }) => by === person.id).at(-1);
      if (body.decision === 'withdrawn' && (!said || said.row.decision === 'withdrawn'))
        throw problem('not_found', {
          detail: `There is nothing to withdraw: ${person.name} has said nothing about version ${row.number}.`,
        });
      await em.insert(ApprovalEntity, {
        id: newId('apr'),
        modelId: target.id,
        versionId: row.id,
        version: row.number,
        alias: body.alias,
        aliasRevision: before.line.revision,
        incumbent: before.incumbent?.number ?? null,
        decision: body.decision,
        comment: body.comment.toWellFormed(),
        by: actor.id,
        person: person.id,
        byName: person.name,
        at: new Date(),
      });
      const change = { version: row.number, alias: body.alias, comment: body.comment };
      await this.audit.record(em, actor, {
        action: `version.${body.decision}`,
        target: { kind: 'modelVersion', id: row.id, name: `${target.name}@${row.number}` },
        change,
      });
      await this.events.record(em, {
        topic: 'models',
        type: `model_version.${body.decision}`,
        data: { id: row.id, model: target.name, modelId: target.id, version: row.number, alias: body.alias, by: person.name },
      });
      if (body.decision !== 'rejected') await this.auto.consider(em, target, row, body.alias, `${person.name} approved it`);
      return listOf(await this.promotion.weigh(em, actor, target, row, body.alias));
    });
  }
}

function listOf({ approvals, model }: Weighed): ApprovalList {
  return { data: approvals.map(({ row, counts }) => toApproval(row, model.name, counts)) };
}

function refuseStranger({ policy, approverIds, alias }: Weighed, personId: string, name: string): void {
  if (policy.approvers.length === 0 || approverIds.has(personId)) return;
  throw problem('approval_refused', { detail: `${name} may not approve moves of ${alias}; ${policy.approvers.join(', ')} may.` });
}

function refuseSelf({ policy, version, alias }: Weighed, makers: ReadonlySet<string>, ids: readonly (string | null)[]): void {
  if (policy.selfApproval || !ids.some((id) => id !== null && makers.has(id))) return;
  throw problem('approval_refused', {
    detail: `Who made version ${version.number} does not approve it for ${alias}; the policy says selfApproval: false.`,
  });
}
