import { grants, type CompareModels, type Comparison, type ComparisonListQuery, type ComparisonPage, type Job } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/auth/actor.js';
import { decodeCursor, pageOfRows } from '../../platform/auth/id-cursor.js';
import { Database } from '../../platform/database/database.js';
import { problem } from '../../platform/http/problem.js';
import { Jobs } from '../../platform/jobs/job-handler.js';
import { ModelsService } from '../models/models.service.js';
import { ComparisonEntity, toComparison } from './comparison.entity.js';

/** Comparisons of versions and runs, kept with what was found. */
@Injectable()
export class ComparisonsService {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly models: ModelsService,
  ) {}

  start(actor: Actor, body: CompareModels): Promise<Job> {
    return this.database.transaction(async (em) => {
      const job = await this.jobs.submit(em, actor, 'models.compare', body);
      await em.execute('update comparison set job_id = ? where id = ?', [job.id, String(job.input['comparison'])]);
      return job;
    });
  }

  get(actor: Actor, id: string): Promise<Comparison> {
    return this.database.read(async (em) => {
      const row = await em.findOne(ComparisonEntity, { id });
      if (!row) throw problem('not_found', { detail: `There is no comparison ${id.slice(0, 64)}.` });
      return toComparison(row, grants(actor.scopes, 'datasets:read'));
    });
  }

  list(query: ComparisonListQuery): Promise<ComparisonPage> {
    const after = decodeCursor('cmp', query.cursor);
    return this.database.read(async (em) => {
      const model = query.model === undefined ? null : await this.models.find(em, query.model);
      // A result can be large; a list of them says what each found and leaves the rest where it is.
      const rows = await em.execute<ListedRow[]>(
        `select id, state, job_id, candidates, request, error, created_at, created_by,
                result || '{"curves": [], "slices": []}'
                  || jsonb_build_object('disagreements', result -> 'disagreements' || '{"examples": []}') as result
           from comparison
          where (?::text is null or model_ids @> array[?::text]) and (?::text is null or id < ?)
          order by id desc limit ?`,
        [model?.id ?? null, model?.id ?? null, after, after, query.limit + 1],
      );
      return pageOfRows(rows, query.limit, (row) => ({
        id: row.id,
        state: row.state,
        job: row.job_id ?? '',
        candidates: row.candidates,
        request: row.request,
        result: row.result,
        error: row.error,
        createdAt: new Date(row.created_at).toISOString(),
        createdBy: row.created_by,
      }));
    });
  }
}

interface ListedRow extends Pick<Comparison, 'id' | 'state' | 'candidates' | 'request' | 'result' | 'error'> {
  readonly job_id: string | null;
  readonly created_at: Date | string;
  readonly created_by: string | null;
}
