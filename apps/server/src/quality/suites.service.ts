import type { CreateSuite, Suite, SuiteListQuery, SuitePage, SuggestChecks, SuggestedChecks, UpdateSuite } from '@crisol/contracts';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DatasetsService } from '../datasets/datasets.service.js';
import { Audit } from '../platform/audit/audit.js';
import type { Actor } from '../platform/auth/actor.js';
import { decodeCursor, pageOfRows } from '../platform/auth/id-cursor.js';
import { Database } from '../platform/database/database.js';
import { newId } from '../platform/database/new-id.js';
import { EventBus } from '../platform/events/event-bus.js';
import { problem } from '../platform/http/problem.js';
import { checkRevision } from '../platform/http/revision.js';
import { suggestChecks } from './suggest-checks.js';
import { SuiteEntity, toSuite, type SuiteRow } from './suite.entity.js';
import { Validators } from './validators.js';

/** Suites: named lists of checks, each for one data set. */
@Injectable()
export class SuitesService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly datasets: DatasetsService,
    private readonly validators: Validators,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  onModuleInit(): void {
    this.datasets.registerUses(async (em, dataset) => {
      const rows = await em.find(SuiteEntity, { datasetId: dataset.id }, { limit: 100 });
      return rows.map(({ id, name }) => ({ kind: 'suite', id, name }));
    });
  }

  async find(em: EntityManager, idOrName: string): Promise<SuiteRow> {
    const row = await em.findOne(SuiteEntity, { $or: [{ id: idOrName }, { name: idOrName }] });
    if (!row) throw problem('not_found', { detail: `There is no suite "${idOrName}".` });
    return row;
  }

  create(actor: Actor, body: CreateSuite): Promise<Suite> {
    this.validators.refuseInvalid(body.validator, body.checks);
    return this.database.transaction(async (em) => {
      const dataset = await this.datasets.find(em, body.dataset);
      const now = new Date();
      const id = newId('sui');
      const inserted = await em.execute<{ id: string }[]>(
        `insert into suite (id, name, dataset_id, validator, checks, created_at, created_by, updated_at) values (?, ?, ?, ?, ?::jsonb, ?, ?, ?)
         on conflict (name) do nothing returning id`,
        [id, body.name, dataset.id, body.validator, JSON.stringify(body.checks), now, actor.id, now],
      );
      if (inserted.length === 0) throw problem('name_taken', { detail: `There is a suite "${body.name}" already.` });
      const row = await em.findOneOrFail(SuiteEntity, { id });
      await this.record(em, actor, row, 'created', { dataset: dataset.name, checks: body.checks.length });
      return toSuite(row, dataset);
    });
  }

  list(query: SuiteListQuery): Promise<SuitePage> {
    if (query.sort !== undefined && query.sort !== '-createdAt') throw problem('invalid_sort', { detail: 'Suites sort by -createdAt.' });
    const after = decodeCursor('sui', query.cursor);
    return this.database.read(async (em) => {
      const dataset = query.dataset === undefined ? undefined : await this.datasets.find(em, query.dataset);
      const rows = await em.find(
        SuiteEntity,
        {
          ...(after ? { id: { $lt: after } } : {}),
          ...(dataset ? { datasetId: dataset.id } : {}),
          ...(query.q ? { name: { $ilike: `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%` } } : {}),
        },
        { orderBy: { id: 'desc' }, limit: query.limit + 1 },
      );
      const names = await this.datasets.namesOf(
        em,
        rows.map(({ datasetId }) => datasetId),
      );
      return pageOfRows(rows, query.limit, (row) => toSuite(row, { id: row.datasetId, name: names.get(row.datasetId) ?? '' }));
    });
  }

  get(idOrName: string): Promise<Suite> {
    return this.database.read(async (em) => this.describe(em, await this.find(em, idOrName)));
  }

  update(actor: Actor, idOrName: string, body: UpdateSuite, expected: number | null | undefined): Promise<Suite> {
    return this.database.transaction(async (em) => {
      const { id } = await this.find(em, idOrName);
      const row = await em.findOneOrFail(SuiteEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
      checkRevision(expected, row.revision);
      if (body.checks) {
        this.validators.refuseInvalid(row.validator, body.checks);
        row.checks = body.checks;
      }
      if (body.tags) row.tags = body.tags;
      row.updatedAt = new Date();
      row.revision += 1;
      await em.flush();
      await this.record(em, actor, row, 'updated', body.checks ? { checks: body.checks.length } : {});
      return this.describe(em, row);
    });
  }

  /** Results that the suite gave stay. */
  delete(actor: Actor, idOrName: string): Promise<void> {
    return this.database.transaction(async (em) => {
      const row = await this.find(em, idOrName);
      await em.execute('delete from suite where id = ?', [row.id]);
      await this.record(em, actor, row, 'deleted', {});
    });
  }

  /** Checks that the version would pass now; a person decides which of them should hold. */
  suggest(body: SuggestChecks): Promise<SuggestedChecks> {
    return this.database.read(async (em) => {
      const version = await this.datasets.resolve(em, body.dataset, body.version);
      const profile = await this.datasets.profileOf(em, version);
      return { validator: 'expectations', version: version.version, checks: profile ? suggestChecks(profile) : [] };
    });
  }

  private async describe(em: EntityManager, row: SuiteRow): Promise<Suite> {
    return toSuite(row, await this.datasets.find(em, row.datasetId));
  }

  private async record(
    em: EntityManager,
    actor: Actor,
    row: SuiteRow,
    what: 'created' | 'updated' | 'deleted',
    change: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.record(em, actor, { action: `suite.${what}`, target: { kind: 'suite', id: row.id, name: row.name }, change });
    await this.events.record(em, { topic: 'suites', type: `suite.${what}`, data: { id: row.id, name: row.name } });
  }
}
