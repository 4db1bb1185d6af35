import { CompareModels, grants, id, type ComparisonResult, type JobError } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { Jobs, type ClaimedJob, type JobHandler } from '../../platform/jobs/job-handler.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import type { PreparedComparison } from './compare.program.js';
import { ComparisonCandidates } from './comparison-candidates.js';
import { ComparisonTestSets, foldKey, taskOf } from './comparison-test-sets.js';
import { ComparisonEntity } from './comparison.entity.js';
import { decidingMetric } from './figures.js';

const CompareInput = CompareModels.extend({ comparison: id('cmp').optional() });
type CompareInput = z.infer<typeof CompareInput>;

/** The job `models.compare`: every candidate answers the same rows, and the answers are held against each other. */
@Injectable()
export class CompareHandler implements JobHandler<CompareInput, PreparedComparison, ComparisonResult>, OnModuleInit {
  readonly kind = 'models.compare';
  readonly scope = 'models:write';
  readonly input = CompareInput;
  readonly program = 'registry/comparisons/compare.program.js';
  readonly deadlineMs = 60 * 60_000;

  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly events: EventBus,
    private readonly candidates: ComparisonCandidates,
    private readonly tests: ComparisonTestSets,
  ) {}

  onModuleInit(): void {
    this.jobs.register(this);
  }

  async plan(em: EntityManager, actor: Actor, input: CompareInput): Promise<{ name: string; input: CompareInput }> {
    if (actor.kind !== 'system' && !grants(actor.scopes, 'datasets:read'))
      throw problem('missing_scope', { detail: 'A comparison reads rows of data sets, so it needs the scope datasets:read too.' });
    const candidates = await this.candidates.find(em, input.candidates);
    const task = taskOf(candidates);
    const wanted = input.metric === undefined ? undefined : decidingMetric(task.task, input.metric);
    if (wanted === null)
      throw problem('validation_failed', {
        detail: `${input.metric ?? ''} is no metric of a model for ${task.task}.`,
        errors: [{ pointer: '/metric', code: 'metric_unknown', message: 'is not measured for this task' }],
      });
    const sets = await this.tests.find(em, input.datasets, candidates, task);
    for (const [index, column] of input.slices.entries())
      if (!sets.some(({ columns }) => columns.some(({ name }) => name === column)))
        throw problem('validation_failed', {
          detail: `No data set of the comparison has a column ${column} to slice by.`,
          errors: [{ pointer: `/slices/${index}`, code: 'column_missing', message: 'is in none of the data sets' }],
        });
    const pinned: CompareInput = {
      ...input,
      candidates: candidates.map(({ asked }) => asked),
      datasets: sets.map(({ dataset, version }) => ({ dataset: dataset.id, version })),
      ...(wanted === undefined ? {} : { metric: wanted.name }),
    };
    const { comparison: earlier, ...request } = pinned;
    const again = earlier === undefined ? null : await em.findOne(ComparisonEntity, { id: earlier, state: 'failed' });
    // A retry of a job goes on with its comparison; the id of another one is no way to write over it.
    const isSame = again !== null && JSON.stringify(again.request.candidates) === JSON.stringify(request.candidates);
    const comparison = isSame ? again.id : newId('cmp');
    if (isSame) Object.assign(again, { state: 'running', error: null });
    else
      em.create(ComparisonEntity, {
        id: comparison,
        state: 'running',
        jobId: null,
        modelIds: [...new Set(candidates.flatMap(({ modelId }) => modelId ?? []))],
        candidates: candidates.map(({ shown }) => shown),
        request,
        result: null,
        error: null,
        createdAt: new Date(),
        createdBy: actor.id,
      });
    await em.flush();
    return { name: candidates.map(({ label }) => label).join(' and '), input: { ...pinned, comparison } };
  }

  async prepare(job: ClaimedJob<CompareInput>): Promise<PreparedComparison> {
    const { input } = job;
    const { candidates, task, sets } = await this.database.transaction(async (em) => {
      await em.execute('update comparison set job_id = ? where id = ?', [job.id, input.comparison ?? '']);
      const candidates = await this.candidates.find(em, input.candidates);
      const task = taskOf(candidates);
      const sets = await this.tests.find(em, input.datasets, candidates, task);
      const row = await em.findOneOrFail(ComparisonEntity, { id: input.comparison ?? '' });
      // The names that people asked by, such as an alias, are those of the row.
      return { candidates: candidates.map((one, index) => ({ ...one, label: row.candidates[index]?.label ?? one.label })), task, sets };
    });
    return {
      ...task,
      metric: input.metric ?? null,
      slices: input.slices,
      smallestEffect: input.smallestEffect,
      threshold: input.threshold,
      candidates: await Promise.all(
        candidates.map(async (candidate) => ({
          label: candidate.label,
          signature: candidate.signature,
          path: await this.storage.localPath(candidate.file.key),
          binding: candidate.file.binding,
          training: candidate.training,
          foldKey: foldKey(candidate),
          importance: candidate.importance,
        })),
      ),
      testSets: await Promise.all(
        sets.map(async (set) => ({
          id: set.id,
          dataset: set.dataset.name,
          version: set.version,
          rows: set.rows,
          columns: set.columns,
          path: await this.storage.localPath(set.objectKey),
        })),
      ),
    };
  }

  async complete(em: EntityManager, job: ClaimedJob<CompareInput>, result: ComparisonResult): Promise<Record<string, string>> {
    const row = await em.findOneOrFail(ComparisonEntity, { id: job.input.comparison ?? '' });
    Object.assign(row, { state: 'finished', result, error: null });
    await em.flush();
    await this.events.record(em, {
      topic: 'models',
      type: 'comparison.finished',
      data: { id: row.id, verdict: result.verdict, sentence: result.sentence },
    });
    return { comparison: row.id };
  }

  async failed(em: EntityManager, job: ClaimedJob<CompareInput>, error: JobError, state: 'failed' | 'cancelled'): Promise<void> {
    const row = await em.findOne(ComparisonEntity, { id: job.input.comparison ?? '' });
    if (!row) return;
    Object.assign(row, { state: 'failed', error: state === 'cancelled' ? 'It was cancelled.' : error.detail || error.title });
    await em.flush();
  }
}
