import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
import {
  AliasPolicy,
  AliasPolicyList,
  ApprovalList,
  DecideApproval,
  PromotionCheck,
  PromotionQuery,
  PutAliasPolicy,
} from '@crisol/contracts';
import type { Actor } from '../../platform/auth/actor.js';
import { Answers, Caller, IfMatch, Needs } from '../../platform/http/route-decorators.js';
import { ApprovalsService } from './approvals.service.js';
import { PoliciesService } from './policies.service.js';

@Controller('api/v1/models')
export class PoliciesController {
  constructor(
    private readonly policies: PoliciesService,
    private readonly approvals: ApprovalsService,
  ) {}

  @Get(':model/policies')
  @Needs('models:read')
  @Answers(200, AliasPolicyList, {
    id: 'listAliasPolicies',
    summary: 'What moves of the aliases of a model ask for, where something was set',
  })
  list(@Param('model') model: string): Promise<AliasPolicyList> {
    return this.policies.list(model);
  }

  @Get(':model/policies/:alias')
  @Needs('models:read')
  @Answers(200, AliasPolicy, { id: 'getAliasPolicy', summary: 'What moves of one alias ask for; the defaults where nothing was set' })
  get(@Param('model') model: string, @Param('alias') alias: string): Promise<AliasPolicy> {
    return this.policies.get(model, alias);
  }

  @Put(':model/policies/:alias')
  @Needs('models:promote')
  @Answers(200, AliasPolicy, { id: 'putAliasPolicy', summary: 'Set approvals, cool-down, automatic promotion and guardrail of an alias' })
  put(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('alias') alias: string,
    @Body({ schema: PutAliasPolicy }) body: PutAliasPolicy,
    @IfMatch() expected: number | null | undefined,
  ): Promise<AliasPolicy> {
    return this.policies.put(actor, model, alias, body, expected);
  }

  @Delete(':model/policies/:alias')
  @Needs('models:promote')
  @Answers(204, null, { id: 'deleteAliasPolicy', summary: 'Back to the defaults: gates alone decide' })
  remove(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('alias') alias: string,
    @IfMatch() expected: number | null | undefined,
  ): Promise<void> {
    return this.policies.remove(actor, model, alias, expected);
  }

  @Get(':model/versions/:version/approvals')
  @Needs('models:read')
  @Answers(200, ApprovalList, { id: 'listApprovals', summary: 'What people said about a version and an alias, and which of it counts' })
  listApprovals(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('version') version: string,
    @Query({ schema: PromotionQuery }) query: PromotionQuery,
  ): Promise<ApprovalList> {
    return this.approvals.list(actor, model, version, query.alias);
  }

  @Post(':model/versions/:version/approvals')
  @Needs('models:promote')
  @Answers(201, ApprovalList, { id: 'decideApproval', summary: 'Approve or reject a version for an alias, or take your word back' })
  decide(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('version') version: string,
    @Body({ schema: DecideApproval }) body: DecideApproval,
  ): Promise<ApprovalList> {
    return this.approvals.decide(actor, model, version, body);
  }

  @Get(':model/versions/:version/promotion')
  @Needs('models:read')
  @Answers(200, PromotionCheck, { id: 'checkPromotion', summary: 'What would happen if the caller moved an alias to a version now' })
  check(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('version') version: string,
    @Query({ schema: PromotionQuery }) query: PromotionQuery,
  ): Promise<PromotionCheck> {
    return this.approvals.check(actor, model, version, query.alias);
  }
}
