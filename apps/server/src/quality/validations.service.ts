import {
  looseNumber,
  type CheckResult,
  type RowPage,
  type Validation,
  type ValidationListQuery,
  type ValidationPage,
} from '@crisol/contracts';
import type { CheckFinding } from '@crisol/plugin-api';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DatasetsService, type ResolvedVersion } from '../datasets/datasets.service.js';
import { RowsService } from '../datasets/rows.service.js';
import { Audit } from '../platform/audit/audit.js';
import type { Actor } from '../platform/auth/actor.js';
import { decodeCursor, pageOfRows } from '../platform/auth/id-cursor.js';
import { Database } from '../platform/database/database.js';
import { newId } from '../platform/database/new-id.js';
import { EventBus } from '../platform/events/event-bus.js';
import { problem } from '../platform/http/problem.js';
import { outcomeOf } from './outcome.js';
import type { SuiteRow } from './suite.entity.js';
import type { ValidationFindings } from './validate.program.js';
import { toValidation, ValidationEntity, type ValidationRow } from './validation.entity.js';

/** Results of validations, and the rows that broke a check. */
@Injectable()
export class ValidationsService {
  constructor(
    private readonly database: Database,
    private readonly datasets: DatasetsService,
    private readonly rows: RowsService,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** Keeps what a run of a suite found, in the transaction that ends its job. */
  async keep(
    em: EntityManager,
    actor: Actor,
    run: {
      readonly suite: Pick<SuiteRow, 'id' | 'name' | 'checks'>;
      readonly version: ResolvedVersion;
      readonly jobId: string;
      readonly found: ValidationFindings;
    },
  ): Promise<Validation> {
    const { suite, version, found } = run;
    const results = suite.checks.map((check, index) => toResult(index, check, found.findings[index]));
    const row = em.create(ValidationEntity, {
      id: newId('val'),
      suiteId: suite.id,
      suiteName: suite.name,
      datasetId: version.dataset.id,
      versionId: version.id,
      version: version.version,
      outcome: outcomeOf(results),
      results,
      jobId: run.jobId,
      createdAt: new Date(),
      createdBy: actor.id,
    });
    await em.flush();
    for (const [index, numbers] of found.failing.entries())
      if (numbers.length > 0)
        await em.execute('insert into validation_failing_rows (validation_id, check_index, numbers) values (?, ?, ?::jsonb)', [
          row.id,
          index,
          JSON.stringify(numbers),
        ]);
    await this.datasets.noteValidation(em, version.dataset.id, { id: row.id, outcome: row.outcome, version: row.version });
    const validation = toValidation(row, version.dataset.name);
    await this.tell(em, actor, validation);
    return validation;
  }

  list(query: ValidationListQuery): Promise<ValidationPage> {
    if (query.sort !== undefined && query.sort !== '-createdAt')
      throw problem('invalid_sort', { detail: 'Validations sort by -createdAt.' });
    const after = decodeCursor('val', query.cursor);
    return this.database.read(async (em) => {
      const dataset = query.dataset === undefined ? undefined : await this.datasets.find(em, query.dataset);
      const rows = await em.find(
        ValidationEntity,
        {
          ...(after ? { id: { $lt: after } } : {}),
          ...(dataset ? { datasetId: dataset.id } : {}),
          ...(query.suite === undefined ? {} : { $or: [{ suiteId: query.suite }, { suiteName: query.suite }] }),
        },
        { orderBy: { id: 'desc' }, limit: query.limit + 1 },
      );
      const names = await this.datasets.namesOf(
        em,
        rows.map(({ datasetId }) => datasetId),
      );
      return pageOfRows(rows, query.limit, (row) => toValidation(row, names.get(row.datasetId) ?? ''));
    });
  }

  get(id: string): Promise<Validation> {
    return this.database.read(async (em) => {
      const row = await this.find(em, id);
      return toValidation(row, (await this.datasets.find(em, row.datasetId)).name);
    });
  }

  /** Rows that broke one check, with all their columns. */
  async failingRows(id: string, query: { readonly check: number; readonly offset: number; readonly limit: number }): Promise<RowPage> {
    const { version, numbers, total } = await this.database.read(async (em) => {
      const row = await this.find(em, id);
      const result = row.results[query.check];
      if (!result)
        throw problem('not_found', {
          detail: `The validation has checks 0 to ${row.results.length - 1}; there is no check ${query.check}.`,
        });
      const [kept] = await em.execute<{ numbers: unknown }[]>(
        'select numbers from validation_failing_rows where validation_id = ? and check_index = ?',
        [id, query.check],
      );
      const all = z.array(z.int()).parse(kept?.numbers ?? []);
      const resolved = await this.datasets.resolve(em, row.datasetId, row.version);
      return {
        version: resolved,
        numbers: all.slice(query.offset, query.offset + query.limit),
        total: Math.max(all.length, result.hasFailingRows ? (result.unexpectedCount ?? 0) : 0),
      };
    });
    return {
      columns: [...version.columns],
      rows: await this.rows.byNumbers(version, numbers),
      rowNumbers: numbers,
      offset: query.offset,
      total,
    };
  }

  private async tell(em: EntityManager, actor: Actor, validation: Validation): Promise<void> {
    const bad = validation.outcome === 'failed' || validation.outcome === 'errored';
    const type = bad ? 'validation.failed' : 'validation.passed';
    await this.audit.record(em, actor, {
      action: type,
      target: {
        kind: 'validation',
        id: validation.id,
        name: `${validation.suite.name} on ${validation.dataset.name} v${validation.version}`,
      },
      change: { outcome: validation.outcome, ...validation.statistics },
    });
    await this.events.record(em, {
      topic: 'validations',
      type,
      data: {
        id: validation.id,
        suite: validation.suite.name,
        dataset: validation.dataset.name,
        datasetId: validation.dataset.id,
        version: validation.version,
        outcome: validation.outcome,
        unsuccessful: validation.statistics.unsuccessful,
      },
    });
  }

  private async find(em: EntityManager, id: string): Promise<ValidationRow> {
    const row = await em.findOne(ValidationEntity, { id });
    if (!row) throw problem('not_found', { detail: `There is no validation ${id}.` });
    return row;
  }
}

function toResult(index: number, check: CheckResult['check'], finding: CheckFinding | undefined): CheckResult {
  if (!finding) return toResult(index, check, { outcome: 'errored', message: 'The check gave no answer.', hasFailingRows: false });
  const evaluated = (finding.elementCount ?? 0) - (finding.missingCount ?? 0);
  return {
    index,
    check,
    outcome: finding.outcome,
    message: finding.message,
    observed: plainJson(finding.observed),
    elementCount: finding.elementCount ?? null,
    unexpectedCount: finding.unexpectedCount ?? null,
    missingCount: finding.missingCount ?? null,
    unexpectedPercent: finding.unexpectedCount !== undefined && evaluated > 0 ? (finding.unexpectedCount / evaluated) * 100 : null,
    unexpectedValues: (finding.unexpectedValues ?? []).slice(0, 20).map(({ value, count }) => ({ value: toScalar(value), count })),
    hasFailingRows: finding.hasFailingRows,
  };
}

function toScalar(value: unknown): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return typeof value === 'number' ? looseNumber(value) : String(value);
}

/** What a plugin observed, as JSON; what JSON cannot hold becomes text. */
function plainJson(value: unknown): CheckResult['observed'] {
  if (value === undefined) return null;
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint' || (typeof inner === 'number' && !Number.isFinite(inner)) ? String(inner) : inner,
  );
  return z.json().parse(JSON.parse(text));
}
