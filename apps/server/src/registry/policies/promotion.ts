import type { AliasPolicy, ProblemIssue, PromotionCheck } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/auth/actor.js';
import { People } from '../../platform/auth/users/people.js';
import { AdmissionEntity, type AdmissionRow } from '../admission/admission.entity.js';
import { aliasLine, step, type AliasLine } from '../aliases/alias-line.js';
import { AliasEntity, type AliasRow } from '../aliases/alias.entity.js';
import { GateKeeper, inWords, type Standing } from '../gates/gate-keeper.js';
import { ModelUsers } from '../models/model-users.js';
import type { ModelRow } from '../models/model.entity.js';
import type { ModelVersionRow } from '../versions/model-version.entity.js';
import { ApprovalEntity } from './approval.entity.js';
import { countApprovals, type CountedApproval } from './count-approvals.js';
import { AliasPolicyEntity, toPolicy } from './policy.entity.js';

export interface Blocker {
  readonly code: PromotionCheck['blockers'][number]['code'];
  readonly message: string;
  readonly until: Date | null;
  readonly issues: readonly ProblemIssue[];
}
/** Everything that speaks for and against a move of an alias, at one instant. */
export interface Weighed {
  readonly model: ModelRow;
  readonly version: ModelVersionRow;
  readonly alias: string;
  readonly row: AliasRow | null;
  readonly line: AliasLine;
  /** Holds the alias, or held it last. */
  readonly incumbent: ModelVersionRow | null;
  readonly admission: AdmissionRow;
  readonly policy: AliasPolicy;
  readonly approverIds: ReadonlySet<string>;
  readonly standings: readonly Standing[];
  readonly approvals: readonly CountedApproval[];
  readonly approvalsNeeded: number;
  /** Those that answer with the alias, where the version could not serve them. */
  readonly endpoints: readonly string[];
  /** Whether the move goes back to the version that the alias named before. */
  readonly back: boolean;
  readonly underRevision: number | null;
  readonly blockers: readonly Blocker[];
}

/** Whether an alias may move to a version: the one judge that the move, the dialogue and the automatic promotion ask. */
@Injectable()
export class Promotion {
  constructor(
    private readonly gates: GateKeeper,
    private readonly people: People,
    private readonly users: ModelUsers,
  ) {}

  async weigh(em: EntityManager, actor: Actor, model: ModelRow, version: ModelVersionRow, alias: string): Promise<Weighed> {
    const row = await em.findOne(AliasEntity, { modelId: model.id, alias });
    const line = await aliasLine(em, model.id, alias);
    const { back, underRevision } = step(line, version.number);
    const policy = await this.policy(em, model, alias);
    const approverIds = await this.approverIds(em, policy);
    const admission = await em.findOneOrFail(AdmissionEntity, { versionId: version.id });
    const standings = await this.gates.standings(em, version, alias);
    const said = await em.find(ApprovalEntity, { versionId: version.id, alias }, { orderBy: { id: 'asc' } });
    // Nobody's word is to be weighed: no need to know who stands behind whom.
    const selves = said.length === 0 ? new Set<string>() : await this.selves(em, version, actor);
    const approvals = countApprovals(said, { policy, approverIds, aliasRevision: line.revision, selves });
    const weighed = {
      model,
      version,
      alias,
      row,
      line,
      incumbent: await this.gates.incumbentOf(em, model.id, alias),
      admission,
      policy,
      approverIds,
      standings,
      approvals,
      approvalsNeeded: back ? 0 : policy.approvals,
      // What serves can serve anywhere.
      endpoints: admission.state === 'admitted' ? [] : await this.answering(em, model, alias),
      back,
      underRevision,
    };
    return { ...weighed, blockers: blockersOf(weighed, Date.now()) };
  }

  /** Everybody whose own word this is: who made the version, and who moves the alias. */
  private async selves(em: EntityManager, version: ModelVersionRow, actor: Actor): Promise<ReadonlySet<string>> {
    return new Set([...(await this.people.selves(em, version.createdBy ?? null)), ...(await this.people.selves(em, actor.id))]);
  }

  /** Names of the endpoints with a variant that follows the alias. */
  async answering(em: EntityManager, model: ModelRow, alias: string): Promise<string[]> {
    const users = await this.users.find(em, [model.id]);
    return [...new Set(users.flatMap((user) => (user.alias === alias ? [user.name] : [])))].sort();
  }

  async policy(em: EntityManager, model: Pick<ModelRow, 'id' | 'name'>, alias: string): Promise<AliasPolicy> {
    return toPolicy(model.name, alias, await em.findOne(AliasPolicyEntity, { modelId: model.id, alias }));
  }

  async approverIds(em: EntityManager, policy: Pick<AliasPolicy, 'approvers'>): Promise<ReadonlySet<string>> {
    const found = await this.people.named(em, policy.approvers);
    return new Set([...found.values()].map(({ id }) => id));
  }
}

/** Everything that stands in the way, the heaviest first. */
export function blockersOf(weighed: Omit<Weighed, 'blockers'>, now: number): Blocker[] {
  const { row, version, alias } = weighed;
  if (row?.versionId === version.id) return [blocker('same_version', 'same_version', `${alias} names version ${version.number} already.`)];
  return [...admissionBlockers(weighed), ...gateBlockers(weighed), ...wordBlockers(weighed), ...coolDownBlockers(weighed, now)];
}

function admissionBlockers({ admission, version, alias, endpoints }: Omit<Weighed, 'blockers'>): Blocker[] {
  if (admission.state === 'admitted') return [];
  if (admission.state !== 'stored')
    return [
      blocker(
        'not_admitted',
        'version_not_admitted',
        `Version ${version.number} is ${admission.state}; an alias may name admitted versions only.`,
      ),
    ];
  if (endpoints.length === 0) return [];
  return [
    blocker(
      'not_servable',
      'version_not_admitted',
      `Version ${version.number} has no ONNX file, so it cannot serve, and ${endpoints.join(', ')} ${endpoints.length === 1 ? 'answers' : 'answer'} with ${alias}.`,
    ),
  ];
}

function gateBlockers({ model, version, alias, standings }: Omit<Weighed, 'blockers'>): Blocker[] {
  const required = standings.filter(({ gate }) => gate.required);
  const shut = required.filter(({ standing }) => standing !== 'passed');
  if (shut.length === 0) return [];
  const judge = `POST /api/v1/models/${encodeURIComponent(model.name)}/versions/${version.number}/judgements with {"alias": ${JSON.stringify(alias)}}`;
  const again = shut.some(({ standing }) => standing === 'missing' || standing === 'outdated');
  const message = `Version ${version.number} lacks ${shut.length} of ${required.length} gates of ${alias}: ${shut.map(({ gate, standing }) => `${gate.name} (${standing})`).join(', ')}. ${again ? `To have it judged: ${judge}.` : 'Its findings say why.'}`;
  const issues = shut.map((one) => ({ pointer: '/version', code: `gate_${one.standing}`, message: inWords(one) }));
  return [{ code: 'gate', message, until: null, issues }];
}

function wordBlockers({ model, version, alias, approvals, approvalsNeeded, policy }: Omit<Weighed, 'blockers'>): Blocker[] {
  const counting = approvals.filter(({ counts }) => counts).map(({ row }) => row);
  const rejected = counting
    .filter(({ decision }) => decision === 'rejected')
    .map(({ byName, comment }) =>
      blocker(
        'rejected',
        'version_rejected',
        `${byName} rejected version ${version.number} for ${alias}${comment === '' ? '.' : `: ${comment}`}`,
      ),
    );
  const approved = counting.filter(({ decision }) => decision === 'approved');
  if (approved.length >= approvalsNeeded) return rejected;
  const missing = approvalsNeeded - approved.length;
  const held =
    approved.length === 0
      ? 'none counts'
      : `${approved.length} ${approved.length === 1 ? 'counts' : 'count'} (${approved.map(({ byName }) => byName).join(', ')})`;
  const who = policy.approvers.length > 0 ? ` by ${policy.approvers.join(', ')}` : '';
  const self = policy.selfApproval ? '' : ' Who made the version or moves the alias does not count.';
  const how = `POST /api/v1/models/${encodeURIComponent(model.name)}/versions/${version.number}/approvals with {"alias": ${JSON.stringify(alias)}, "decision": "approved"}`;
  const message = `Version ${version.number} lacks ${missing} of ${approvalsNeeded} ${approvalsNeeded === 1 ? 'approval' : 'approvals'} for ${alias}${who}; ${held}.${self} To approve: ${how}.`;
  return [...rejected, blocker('approval', 'approval_missing', message)];
}

function coolDownBlockers({ alias, back, policy, line }: Omit<Weighed, 'blockers'>, now: number): Blocker[] {
  if (back || policy.coolDownMinutes === 0 || !line.lastAt) return [];
  const until = new Date(line.lastAt.getTime() + policy.coolDownMinutes * 60_000);
  if (until.getTime() <= now) return [];
  const message = `${alias} moved at ${line.lastAt.toISOString()} and stays for ${policy.coolDownMinutes} minutes, until ${until.toISOString()}. Going back is free.`;
  return [{ ...blocker('cool_down', 'cooling_down', message), until }];
}

function blocker(code: Blocker['code'], issue: string, message: string): Blocker {
  return { code, message, until: null, issues: [{ pointer: '/version', code: issue, message }] };
}
