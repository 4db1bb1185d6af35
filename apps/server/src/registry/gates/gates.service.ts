import type { Gate, GateList, Job, JudgementList, PutGate } from '@crisol/contracts';
import { Name } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { checkRevision } from '../../platform/http/revision.js';
import { Jobs } from '../../platform/jobs/job-handler.js';
import { Validators } from '../../quality/validators.js';
import type { ModelRow } from '../models/model.entity.js';
import { ModelsService } from '../models/models.service.js';
import { VersionsService } from '../versions/versions.service.js';
import { GateKeeper, toStanding } from './gate-keeper.js';
import { GateEntity, toGate, type GateRow } from './gate.entity.js';
import { JudgementEntity, toJudgement } from './judgement.entity.js';

/** Gates of models: what they ask, and what they found. */
@Injectable()
export class GatesService {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
    private readonly validators: Validators,
    private readonly keeper: GateKeeper,
    private readonly jobs: Jobs,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  list(model: string): Promise<GateList> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const rows = await em.find(GateEntity, { modelId: target.id }, { orderBy: { alias: 'asc', name: 'asc' } });
      return { data: rows.map((row) => toGate(row, target.name)) };
    });
  }

  get(model: string, name: string): Promise<Gate> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      return toGate(await this.find(em, target, name), target.name);
    });
  }

  /** Makes the gate, or replaces what it asks: its revision grows and earlier verdicts do not count any more. */
  put(
    actor: Actor,
    model: string,
    name: string,
    body: PutGate,
    expected: number | null | undefined,
  ): Promise<{ gate: Gate; made: boolean }> {
    if (!Name.safeParse(name).success) throw problem('validation_failed', { detail: `"${name}" is no name for a gate.` });
    this.validators.refuseInvalid(body.validator, body.checks, 'model');
    return this.database.transaction(async (em) => {
      const target = await this.models.lock(em, model);
      const row = await em.findOne(GateEntity, { modelId: target.id, name });
      const now = new Date();
      if (!row) {
        if (expected !== undefined) throw problem('revision_mismatch', { detail: `There is no gate ${name}; make it without If-Match.` });
        const made = em.create(GateEntity, {
          id: newId('gat'),
          modelId: target.id,
          name,
          ...body,
          createdAt: now,
          createdBy: actor.id,
          updatedAt: now,
          revision: 1,
        });
        await em.flush();
        await this.tell(em, actor, target, made, 'created');
        return { gate: toGate(made, target.name), made: true };
      }
      checkRevision(expected, row.revision);
      em.assign(row, { ...body, updatedAt: now, revision: row.revision + 1 });
      await em.flush();
      await this.tell(em, actor, target, row, 'updated');
      return { gate: toGate(row, target.name), made: false };
    });
  }

  remove(actor: Actor, model: string, name: string, expected: number | null | undefined): Promise<void> {
    return this.database.transaction(async (em) => {
      const target = await this.models.lock(em, model);
      const row = await this.find(em, target, name);
      checkRevision(expected, row.revision);
      await this.tell(em, actor, target, row, 'removed');
      await em.nativeDelete(GateEntity, { id: row.id });
    });
  }

  /** Starts the job that has every enabled gate of the alias judge the version. */
  judge(actor: Actor, model: string, version: string, alias: string): Promise<Job> {
    return this.database.transaction(async (em) => {
      const target = await this.models.find(em, model);
      const row = await this.versions.row(em, target, version);
      return this.jobs.submit(em, actor, 'model.judge', { model: target.id, version: row.number, alias });
    });
  }

  judgements(model: string, version: string): Promise<JudgementList> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const row = await this.versions.row(em, target, version);
      const verdicts = await em.find(JudgementEntity, { versionId: row.id }, { orderBy: { at: 'desc', id: 'desc' }, limit: 200 });
      const standings = await this.keeper.standings(em, row);
      return { data: verdicts.map((verdict) => toJudgement(verdict, target.name)), standings: standings.map(toStanding) };
    });
  }

  private async find(em: EntityManager, model: ModelRow, name: string): Promise<GateRow> {
    const row = await em.findOne(GateEntity, { modelId: model.id, $or: [{ name }, { id: name }] });
    if (!row) throw problem('not_found', { detail: `${model.name} has no gate ${name}.` });
    return row;
  }

  private async tell(
    em: EntityManager,
    actor: Actor,
    model: ModelRow,
    gate: GateRow,
    what: 'created' | 'updated' | 'removed',
  ): Promise<void> {
    const { alias, validator, checks, required, enabled, revision } = gate;
    await this.audit.record(em, actor, {
      action: `gate.${what}`,
      target: { kind: 'gate', id: gate.id, name: `${model.name}/${gate.name}` },
      change: what === 'removed' ? undefined : { alias, validator, checks, required, enabled, revision },
    });
    await this.events.record(em, {
      topic: 'models',
      type: `gate.${what}`,
      data: { id: gate.id, model: model.name, modelId: model.id, gate: gate.name, alias },
    });
  }
}
