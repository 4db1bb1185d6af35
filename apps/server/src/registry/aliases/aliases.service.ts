import { Name, type Alias, type AliasEvent, type AliasEventList, type MoveAlias } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { checkRevision } from '../../platform/http/revision.js';
import { AdmissionEntity } from '../admission/admission.entity.js';
import { GateKeeper } from '../gates/gate-keeper.js';
import { ModelsService } from '../models/models.service.js';
import type { ModelRow } from '../models/model.entity.js';
import { ModelVersionEntity, type ModelVersionRow } from '../versions/model-version.entity.js';
import { AliasEventEntity, type AliasEventRow } from './alias-event.entity.js';
import { AliasEntity, type AliasRow } from './alias.entity.js';

/** What the caller believes about an alias: its revision (null: any), that it is absent, nothing, or that it does not matter (`any`). */
export type AliasExpectation = { readonly revision: number | null } | 'absent' | 'any' | undefined;

/** Aliases: the only mutable thing about which version is in force, with a history that cannot be edited. */
@Injectable()
export class AliasesService {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly events: EventBus,
    private readonly audit: Audit,
    private readonly gates: GateKeeper,
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
   * Points an alias at an admitted version that its gates let through, in the caller's transaction: row, event, audit and news together. Moving it to
   * where it already is changes nothing and records nothing.
   * @throws `version_not_admitted`, `gate_failed`, `revision_required`, `revision_mismatch`, `not_found`, `validation_failed`
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
    const name = Name.safeParse(alias);
    if (!name.success || /^\d+$/.test(alias)) {
      throw problem('validation_failed', { detail: 'An alias is a name, and not a number.' });
    }
    const target = await this.models.lock(em, model);
    const version = await em.findOne(ModelVersionEntity, { modelId: target.id, number });
    if (!version) throw problem('not_found', { detail: `${target.name} has no version ${number}.` });
    const row = await em.findOne(AliasEntity, { modelId: target.id, alias });
    checkExpectation(expected, row);
    const evidence = await this.evidence(em, version);
    if (row?.versionId === version.id) return { alias: toAlias(target, row), made: false };
    const gates = await this.gates.letThrough(em, target.name, version, alias);

    const from = row?.number ?? null;
    const revision = await this.nextRevision(em, target.id, alias);
    const at = new Date();
    const moved = row
      ? em.assign(row, { versionId: version.id, number, movedAt: at, movedBy: actor.id, revision })
      : em.create(AliasEntity, { modelId: target.id, alias, versionId: version.id, number, movedAt: at, movedBy: actor.id, revision });
    await em.flush();
    await this.write(em, actor, target, {
      alias,
      revision,
      from,
      to: number,
      toId: version.id,
      comment,
      evidence: { ...evidence, gates },
      at,
    });
    return { alias: toAlias(target, moved), made: from === null };
  }

  remove(actor: Actor, model: string, alias: string, expected: number | null | undefined): Promise<void> {
    return this.database.transaction(async (em) => {
      const target = await this.models.lock(em, model);
      const row = await em.findOne(AliasEntity, { modelId: target.id, alias });
      if (!row) throw problem('not_found', { detail: `${target.name} has no alias ${alias}.` });
      checkRevision(expected, row.revision, true);
      const from = row.number;
      await em.nativeDelete(AliasEntity, { modelId: target.id, alias });
      const revision = await this.nextRevision(em, target.id, alias);
      await this.write(em, actor, target, { alias, revision, from, to: null, toId: null, comment: '', evidence: {}, at: new Date() });
    });
  }

  history(model: string): Promise<AliasEventList> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const rows = await em.find(AliasEventEntity, { modelId: target.id }, { orderBy: { at: 'desc', id: 'desc' }, limit: 1000 });
      return { data: rows.map(toAliasEvent) };
    });
  }

  /** Every alias and the version it named at an instant. */
  async asOf(em: EntityManager, modelId: string, at: Date): Promise<Record<string, number>> {
    const rows: { alias: string; to_version: number | null }[] = await em.execute(
      `select distinct on (alias) alias, to_version from alias_event where model_id = ? and at <= ? order by alias, revision desc`,
      [modelId, at],
    );
    return Object.fromEntries(rows.flatMap((row) => (row.to_version === null ? [] : [[row.alias, row.to_version]])));
  }

  /** Facts that spoke for the version when the alias moved. @throws `version_not_admitted` */
  private async evidence(em: EntityManager, version: ModelVersionRow): Promise<Record<string, unknown>> {
    const admission = await em.findOneOrFail(AdmissionEntity, { versionId: version.id });
    if (admission.state !== 'admitted') {
      throw problem('version_not_admitted', {
        detail: `Version ${version.number} is ${admission.state}; an alias may name admitted versions only.`,
      });
    }
    return {
      sha256: version.sha256,
      metrics: version.metrics,
      run: version.runId ?? null,
      datasetVersion: version.datasetVersion ?? null,
      admission: {
        lane: admission.lane,
        finishedAt: admission.finishedAt?.toISOString() ?? null,
        steps: admission.report.steps.map((step) => `${step.name}: ${step.outcome}`),
      },
    };
  }

  private async nextRevision(em: EntityManager, modelId: string, alias: string): Promise<number> {
    const [last]: { revision: number | null }[] = await em.execute(
      `select max(revision) as revision from alias_event where model_id = ? and alias = ?`,
      [modelId, alias],
    );
    return (last?.revision ?? 0) + 1;
  }

  private async write(em: EntityManager, actor: Actor, model: ModelRow, move: Move): Promise<void> {
    await em.insert(AliasEventEntity, {
      id: newId('evt'),
      modelId: model.id,
      alias: move.alias,
      revision: move.revision,
      fromVersion: move.from,
      toVersion: move.to,
      actor: actor.id,
      actorName: actor.name,
      comment: move.comment,
      evidence: move.evidence,
      at: move.at,
    });
    await this.audit.record(em, actor, {
      action: 'alias.moved',
      target: { kind: 'alias', id: model.id, name: `${model.name}@${move.alias}` },
      change: { from: move.from, to: move.to, comment: move.comment },
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
      },
    });
  }
}

interface Move {
  readonly alias: string;
  readonly revision: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly toId: string | null;
  readonly comment: string;
  readonly evidence: Record<string, unknown>;
  readonly at: Date;
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

function toAliasEvent(row: AliasEventRow): AliasEvent {
  return {
    id: row.id,
    alias: row.alias,
    fromVersion: row.fromVersion ?? null,
    toVersion: row.toVersion ?? null,
    actor: row.actor ?? null,
    actorName: row.actorName,
    comment: row.comment,
    at: row.at.toISOString(),
    evidence: JSON.parse(JSON.stringify(row.evidence)),
  };
}
