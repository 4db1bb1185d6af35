import { Split } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { RunsService } from '../../experiments/runs.service.js';
import { problem, ProblemError } from '../../platform/http/problem.js';
import type { ServableRow } from '../versions/model-version.entity.js';
import type { PreparedJudgement } from './judge.program.js';

/** What training keeps of a run's evaluation, as far as the test rows need it. */
const KeptEvaluation = z.object({ split: Split, rows: z.object({ test: z.int() }) });

/** Finds where the rows are that a version has not seen. */
@Injectable()
export class TestSource {
  constructor(
    private readonly runs: RunsService,
    private readonly datasets: DatasetsService,
  ) {}

  /** Where the rows are that the version's training kept out; null with a note when there are none to be had. */
  async find(em: EntityManager, version: ServableRow, notes: string[]): Promise<PreparedJudgement['test']> {
    if (!version.runId || !version.datasetVersion) {
      notes.push('The version was not trained here, so there are no test rows that are known to be new to it.');
      return null;
    }
    if (version.signature.task === 'anomaly' || version.signature.task === 'clustering') {
      notes.push(`A model for ${version.signature.task} is trained without a target, so its test rows have no truth to judge it by.`);
      return null;
    }
    const run = await this.runs.find(em, version.runId);
    const kept = KeptEvaluation.safeParse(run.evaluation);
    if (!kept.success) {
      notes.push('The training of the version kept no rows out, so there are none to judge it by.');
      return null;
    }
    if (kept.data.split.kind !== 'holdout') {
      notes.push(
        'The version was fitted on all rows after its folds, so there are none that it has not seen; train with a holdout to be judged by test rows.',
      );
      return null;
    }
    const { dataset, version: number, id } = version.datasetVersion;
    try {
      const data = await this.datasets.resolve(em, dataset, number);
      if (data.id !== id) throw problem('not_found');
      return {
        parquet: data.objectKey,
        columns: data.columns,
        target: version.signature.target,
        split: kept.data.split,
        rows: kept.data.rows.test,
      };
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'not_found') throw error;
      notes.push(`The data that it was trained on, ${dataset} v${number}, are gone.`);
      return null;
    }
  }
}
