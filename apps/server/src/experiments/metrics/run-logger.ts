import { Injectable } from '@nestjs/common';
import { sqlArray, Statements, type RunStatement } from '../../platform/database/statements.js';
import { RunNews } from '../runs/run-news.js';
import { RunWriter, type Refusal } from '../runs/run-writer.js';
import { addPoints } from './metric-points.js';
import type { Point } from './point.js';

/** A point that may belong to a logged model too, as measured on a data set. */
export interface LoggedPoint extends Point {
  readonly model?: string;
  readonly dataset?: string | null;
  readonly digest?: string | null;
}

class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly refusal: Refusal) {
    super(refusal.kind);
  }
}

/** Logs points, parameters and tags of a run together: all of it, or none. */
@Injectable()
export class RunLogger {
  constructor(
    private readonly statements: Statements,
    private readonly writer: RunWriter,
    private readonly news: RunNews,
  ) {}

  /** Null when it is written; `no_model` when a point names a logged model that is not there. */
  async log(
    runId: string,
    points: readonly LoggedPoint[],
    params: Readonly<Record<string, string>>,
    tags: Readonly<Record<string, string>>,
  ): Promise<Refusal | 'no_model' | null> {
    try {
      await this.statements.transaction(async (run) => {
        // It holds the run's row, so that two calls with the same parameter cannot both find it free.
        const refusal = await this.writer.addParams(run, runId, params, tags);
        if (refusal) throw new Refused(refusal);
        await addPoints(run, runId, points);
        const ofModels = points.filter((point) => point.model !== undefined);
        if (ofModels.length > 0) await addModelMetrics(run, runId, ofModels);
      });
      this.news.changed(runId);
      return null;
    } catch (error) {
      if (error instanceof Refused) return error.refusal;
      if (error instanceof NoModel) return 'no_model';
      throw error;
    }
  }
}

class NoModel extends Error {
  override readonly name = 'NoModel';
}

/** @throws NoModel when one of the models is not there */
async function addModelMetrics(run: RunStatement, runId: string, points: readonly LoggedPoint[]): Promise<void> {
  const models = [...new Set(points.map((point) => point.model ?? ''))];
  const known = await run({ name: 'models-known', text: 'select id from logged_model where id = any($1::text[])' }, [sqlArray(models)]);
  if (known.length < models.length) throw new NoModel();
  await run(
    {
      name: 'model-metrics-add',
      text: `insert into logged_model_metric (model_id, name, at, step, value, run_id, dataset_name, dataset_digest)
        select model, name, at, step, value, $1, dataset, digest
        from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::float8[], $7::text[], $8::text[])
          as point (model, name, at, step, value, dataset, digest)
        on conflict do nothing`,
    },
    [
      runId,
      sqlArray(points.map((point) => point.model ?? '')),
      sqlArray(points.map((point) => point.name)),
      `{${points.map((point) => String(point.at)).join(',')}}`,
      `{${points.map((point) => String(point.step)).join(',')}}`,
      sqlArray(points.map((point) => point.value)),
      sqlArray(points.map((point) => point.dataset ?? null)),
      sqlArray(points.map((point) => point.digest ?? null)),
    ],
  );
}
