import { z } from 'zod';
import { Timestamp } from '../common.js';
import { id, Name } from '../ids.js';
import { GateStanding } from './gates.js';

/** Takes an alias back when what it serves goes wrong. Looked at once a minute over the traffic since the move. */
export const Guardrail = z
  .strictObject({
    maxErrorShare: z.number().min(0).max(1).nullable().default(null),
    maxP95Ms: z.number().positive().nullable().default(null),
    minRequests: z.int().min(1).max(1_000_000).default(100).meta({ description: 'Fewer say nothing yet' }),
    watchMinutes: z.int().min(1).max(10_080).default(60).meta({ description: 'For how long after a move' }),
  })
  .refine((guardrail) => guardrail.maxErrorShare !== null || guardrail.maxP95Ms !== null, 'needs maxErrorShare or maxP95Ms')
  .meta({ id: 'Guardrail' });
export type Guardrail = z.infer<typeof Guardrail>;

const policyFields = {
  approvals: z.int().min(0).max(10).default(0).meta({ description: 'How many different people must approve' }),
  approvers: z
    .array(z.string())
    .max(100)
    .default([])
    .meta({ description: 'Ids or names of users who may; none: everybody with models:promote' }),
  selfApproval: z.boolean().default(false).meta({ description: 'Whether who made the version, or moves the alias, counts' }),
  coolDownMinutes: z.int().min(0).max(43_200).default(0).meta({ description: 'Least time between two moves; going back is always free' }),
  autoPromote: z
    .boolean()
    .default(false)
    .meta({ description: 'A newly admitted version is judged, and takes the alias when every required gate and approval is there' }),
  guardrail: Guardrail.nullable().default(null),
};
/** What a move of one alias of one model asks for, next to its gates. */
export const AliasPolicy = z
  .object({
    model: z.string(),
    alias: z.string(),
    ...policyFields,
    updatedAt: Timestamp.nullable().meta({ description: 'Null: nothing was set, these are the defaults' }),
    updatedBy: z.string().nullable(),
    revision: z.int(),
  })
  .meta({ id: 'AliasPolicy' });
export type AliasPolicy = z.infer<typeof AliasPolicy>;
export const AliasPolicyList = z.object({ data: z.array(AliasPolicy) }).meta({ id: 'AliasPolicyList' });
export type AliasPolicyList = z.infer<typeof AliasPolicyList>;
export const PutAliasPolicy = z.strictObject(policyFields).meta({ id: 'PutAliasPolicy', example: { approvals: 2, coolDownMinutes: 60 } });
export type PutAliasPolicy = z.infer<typeof PutAliasPolicy>;

export const Approval = z
  .object({
    id: id('apr'),
    model: z.string(),
    version: z.int(),
    alias: z.string(),
    decision: z.enum(['approved', 'rejected', 'withdrawn']),
    comment: z.string(),
    by: z.string().nullable(),
    byName: z.string(),
    at: Timestamp,
    counts: z.boolean().meta({ description: 'False: a later word of the same person, a newer incumbent or the policy overrules it' }),
  })
  .meta({ id: 'Approval' });
export type Approval = z.infer<typeof Approval>;
export const ApprovalList = z.object({ data: z.array(Approval) }).meta({ id: 'ApprovalList' });
export type ApprovalList = z.infer<typeof ApprovalList>;
export const DecideApproval = z
  .strictObject({
    alias: Name.default('champion'),
    decision: z.enum(['approved', 'rejected', 'withdrawn']),
    comment: z.string().max(2000).default(''),
  })
  .meta({ id: 'DecideApproval', example: { alias: 'champion', decision: 'approved', comment: 'Fairness report read' } });
export type DecideApproval = z.infer<typeof DecideApproval>;

/** What would happen if the alias moved to the version now. The promotion dialogue shows it; the move itself asks the same. */
export const PromotionCheck = z
  .object({
    model: z.string(),
    alias: z.string(),
    version: z.int(),
    incumbent: z.int().nullable(),
    aliasRevision: z.int().nullable().meta({ description: 'For If-Match; null: the alias does not exist' }),
    allowed: z.boolean(),
    blockers: z.array(
      z.object({
        code: z.enum(['not_admitted', 'not_servable', 'gate', 'approval', 'rejected', 'cool_down', 'same_version']),
        message: z.string(),
        until: Timestamp.nullable(),
      }),
    ),
    gates: z.array(GateStanding),
    approvals: z.array(Approval),
    approvalsNeeded: z.int(),
    mayApprove: z.boolean(),
    policy: AliasPolicy,
    metrics: z.array(z.object({ name: z.string(), incumbent: z.number().nullable(), candidate: z.number().nullable() })),
    signature: z.object({
      compatible: z.boolean(),
      changes: z.array(
        z.object({ column: z.string(), change: z.enum(['added', 'removed', 'changed']), breaking: z.boolean(), detail: z.string() }),
      ),
    }),
    endpoints: z.array(z.string()).meta({ description: 'Endpoints that answer with this alias' }),
  })
  .meta({ id: 'PromotionCheck' });
export type PromotionCheck = z.infer<typeof PromotionCheck>;
export const PromotionQuery = z.strictObject({ alias: Name.default('champion') });
export type PromotionQuery = z.infer<typeof PromotionQuery>;
