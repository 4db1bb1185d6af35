import { Name, type Alias, type ErrorCode, type MoveAlias } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import { systemActor, type Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem, type ProblemError } from '../../platform/http/problem.js';
import { checkRevision } from '../../platform/http/revision.js';
import { EvidenceSigner } from '../evidence/evidence-signer.js';
import { ModelsService } from '../models/models.service.js';
import type { ModelRow } from '../models/model.entity.js';
import { MoveEvidence } from '../evidence/move-evidence.js';
import { Promotion, type Blocker, type Weighed } from '../policies/promotion.js';
import type { ModelVersionRow } from '../versions/model-version.entity.js';
import { VersionsService } from '../versions/versions.service.js';
import { AliasEventEntity, type AliasEventRow } from './alias-event.entity.js';
import { aliasLine, instantAfter, type AliasLine } from './alias-line.js';
import { AliasEntity, type AliasRow } from './alias.entity.js';

/** What the caller believes about an alias: its revision (null: any), that it is absent, nothing, or that it does not matter (`any`). */
export type AliasExpectation = { readonly revision: number | null } | 'absent' | 'any' | undefined;

/** Aliases: the only mutable thing about which version is in force, with a history that cannot be edited. */
@Injectable()
export class AliasesService {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
    private readonly events: EventBus,
    private readonly audit: Audit,
    private readonly promotion: Promotion,
    private readonly evidence: MoveEvidence,
    private readonly signer: EvidenceSigner,
  ) {}

  get(model: string, alias: string): Promise<Alias> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const row = await em.findOne(AliasEntity, { modelId: target.id, alias });
      if (!row) throw problem('not_found', { detail: `${target.name} has no alias ${alias}.` });
      return toAlias(target, row);
    });
  }

  put(actor: Actor, model: string, alias: string, body: MoveAlias, expected: AliasExpectation): Promise<{ alias: Alias; made: boolean }> {
    return this.database.transaction((em) => this.move(em, actor, model, alias, body.version, body.comment, expected));
  }

  /**
   * Points an alias at a version that admission, its gates and its policy let through, in the caller's transaction: row, event,
   * signed evidence, audit and news together. Moving it to where it already is changes nothing and records nothing.
   * @throws `version_not_admitted`, `gate_failed`, `version_rejected`, `approval_missing`, `cooling_down`, `revision_required`,
   * `revision_mismatch`, `not_found`, `validation_failed`; nothing is written then
   */
  async move(
    em: EntityManager,
    actor: Actor,
    model: string,
    alias: string,
    number: number,
    comment: string,
    expected: AliasExpectation,
  ): Promise<{ alias: Alias; made: boolean }> {
    // Clients of MLflow may give longer ones than names are elsewhere.
    const isName = Name.safeParse(alias).success || /^[\p{L}\p{N}\p{M}_-]{1,255}$/u.test(alias);
    if (!isName || /^\d+$/.test(alias)) {
      throw problem('validation_failed', { detail: 'An alias is a name, and not a number.' });
    }
    const target = await this.models.lock(em, model);
    const version = await this.versions.row(em, target, String(number));
    const row = await em.findOne(AliasEntity, { modelId: target.id, alias });
    checkExpectation(expected, row);
    if (row?.versionId === version.id) return { alias: toAlias(target, row), made: false };
    const weighed = await this.promotion.weigh(em, actor, target, version, alias);
    if (weighed.blockers.length > 0) throw refusal(weighed.blockers);
    const moved = await this.set(em, actor, weighed, {
      kind: 'moved',
      comment,
      evidence: await this.evidence.of(em, weighed),
      underRevision: weighed.underRevision,
    });
    return { alias: toAlias(target, moved), made: row === null };
  }

  /**
   * Takes an alias back to the version beneath, past gates and policy: what serves goes wrong now. Does nothing and says false
   * when the alias has moved meanwhile or there is no admitted version to go back to.
   */
  async demote(
    em: EntityManager,
    model: string,
    alias: string,
    seen: { readonly revision: number; readonly comment: string; readonly evidence: Readonly<Record<string, unknown>> },
  ): Promise<boolean> {
    const target = await this.models.lock(em, model);
    const { revision, former } = await aliasLine(em, target.id, alias);
    if (revision !== seen.revision || !former) return false;
    const version = await this.versions.row(em, target, String(former.version)).catch(() => null);
    if (!version) return false;
    const weighed = await this.promotion.weigh(em, systemActor, target, version, alias);
    if (weighed.admission.state !== 'admitted' || !weighed.row) return false;
    await this.set(em, systemActor, weighed, {
      kind: 'demoted',
      comment: seen.comment,
      evidence: { ...(await this.evidence.of(em, weighed)), guardrail: seen.evidence },
      underRevision: weighed.underRevision,
    });
    return true;
  }

  remove(actor: Actor, model: string, alias: string, expected: number | null | undefined): Promise<void> {
    return this.database.transaction(async (em) => {
      const target = await this.models.lock(em, model);
      const row = await em.findOne(AliasEntity, { modelId: target.id, alias });
      if (!row) throw problem('not_found', { detail: `${target.name} has no alias ${alias}.` });
      checkRevision(expected, row.revision, true);
      await this.takeAway(em, actor, target, row);
    });
  }

  /** Takes a locked model's alias away, in the caller's transaction. */
  async takeAway(em: EntityManager, actor: Actor, model: ModelRow, row: AliasRow): Promise<void> {
    const { alias, number } = row;
    const line = await aliasLine(em, model.id, alias);
    await em.nativeDelete(AliasEntity, { modelId: model.id, alias });
    await this.write(em, actor, model, line, {
      kind: 'removed',
      alias,
      from: number,
      to: null,
      toId: null,
      comment: '',
      evidence: {},
      underRevision: null,
    });
  }

  /** Every alias and the version it named at an instant. */
  async asOf(em: EntityManager, modelId: string, at: Date): Promise<AliasEventRow[]> {
    const rows = await em.execute<{ id: string }[]>(
      `select id from (select distinct on (alias) alias, id, to_version from alias_event where model_id = ? and at <= ? order by alias, revision desc) held
       where to_version is not null order by alias`,
      [modelId, at],
    );
    return em.find(AliasEventEntity, { id: { $in: rows.map(({ id }) => id) } }, { orderBy: { alias: 'asc' } });
  }

  private async set(
    em: EntityManager,
    actor: Actor,
    weighed: Weighed,
    how: Pick<Move, 'kind' | 'comment' | 'evidence' | 'underRevision'>,
  ): Promise<AliasRow> {
    const { model, alias, version, row, line } = weighed;
    const from = row?.number ?? null;
    const event = await this.write(em, actor, model, line, { ...how, alias, from, to: version.number, toId: version.id });
    const held = { versionId: version.id, number: version.number, movedAt: event.at, movedBy: actor.id, revision: event.revision };
    const moved = row ? em.assign(row, held) : em.create(AliasEntity, { modelId: model.id, alias, ...held });
    await em.flush();
    return moved;
  }

  private async write(em: EntityManager, actor: Actor, model: ModelRow, line: AliasLine, move: Move): Promise<AliasEventRow> {
    const row = {
      id: newId('evt'),
      modelId: model.id,
      alias: move.alias,
      revision: line.revision + 1,
      fromVersion: move.from,
      toVersion: move.to,
      actor: actor.id,
      actorName: actor.name,
      comment: move.comment.toWellFormed(),
      evidence: { ...move.evidence },
      at: instantAfter(line),
      kind: move.kind,
      underRevision: move.underRevision,
    };
    await em.insert(AliasEventEntity, row);
    await this.signer.sign(em, model, row, line.last?.id ?? null);
    await this.audit.record(em, actor, {
      action: 'alias.moved',
      target: { kind: 'alias', id: model.id, name: `${model.name}@${move.alias}` },
      change: { from: move.from, to: move.to, comment: move.comment, ...(move.kind === 'demoted' ? { demoted: true } : {}) },
    });
    await this.events.record(em, {
      topic: 'models',
      type: 'alias.moved',
      data: {
        model: model.name,
        modelId: model.id,
        alias: move.alias,
        fromVersion: move.from,
        toVersion: move.to,
        versionId: move.toId,
        actor: actor.name,
        comment: move.comment.slice(0, 500),
        event: row.id,
        kind: move.kind,
      },
    });
    return row;
  }
}

interface Move {
  readonly kind: AliasEventRow['kind'];
  readonly alias: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly toId: ModelVersionRow['id'] | null;
  readonly comment: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly underRevision: number | null;
}

const refusals: Readonly<Record<Blocker['code'], ErrorCode>> = {
  not_admitted: 'version_not_admitted',
  not_servable: 'version_not_admitted',
  gate: 'gate_failed',
  rejected: 'version_rejected',
  approval: 'approval_missing',
  cool_down: 'cooling_down',
  same_version: 'internal_error',
};

/** All that stands in the way, under the code of the heaviest. */
function refusal(blockers: readonly Blocker[]): ProblemError {
  const [first] = blockers;
  const until = blockers.length === 1 ? first?.until : null;
  return problem(first ? refusals[first.code] : 'internal_error', {
    detail: blockers.map(({ message }) => message).join(' '),
    errors: blockers.flatMap(({ issues }) => issues),
    ...(until ? { retryAfterSeconds: Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1000)) } : {}),
  });
}

function checkExpectation(expected: AliasExpectation, row: AliasRow | null): void {
  if (expected === 'any') return;
  if (!row) {
    if (expected !== undefined && expected !== 'absent') {
      throw problem('revision_mismatch', { detail: 'The alias does not exist; make it with If-None-Match: *.' });
    }
    return;
  }
  if (expected === 'absent') {
    throw problem('revision_mismatch', { detail: 'The alias exists already.', headers: { etag: `"r${row.revision}"` } });
  }
  checkRevision(expected?.revision, row.revision, true);
}

function toAlias(model: ModelRow, row: AliasRow): Alias {
  return {
    model: model.name,
    alias: row.alias,
    version: row.number,
    movedAt: row.movedAt.toISOString(),
    movedBy: row.movedBy ?? null,
    revision: row.revision,
  };
}
