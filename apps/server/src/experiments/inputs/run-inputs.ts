import { Injectable } from '@nestjs/common';
import { sqlArray, Statements, type RunStatement } from '../../platform/database/statements.js';

export interface GivenDataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: Readonly<Record<string, string>>;
}
export interface ModelLink {
  readonly id: string;
  readonly role: 'input' | 'output';
  readonly step: string;
}
export interface DatasetSummary {
  readonly experiment: string;
  readonly name: string;
  readonly digest: string;
  readonly context: string | null;
}

const holdRun = { name: 'run-hold', text: 'select num, lifecycle, experiment_number from run where id = $1 for key share' };

/** What runs read and made: data sets, and models that they used or logged. */
@Injectable()
export class RunInputs {
  constructor(private readonly statements: Statements) {}

  /** Notes data sets and models of a run. An input that is known already stays as it is. */
  async add(runId: string, datasets: readonly GivenDataset[], models: readonly ModelLink[]): Promise<'missing' | 'deleted' | null> {
    return this.statements.transaction(async (run) => {
      const [held] = await run<{ num: string; lifecycle: string; experiment_number: string }>(holdRun, [runId]);
      if (!held) return 'missing';
      if (held.lifecycle !== 'active') return 'deleted';
      // In one order for everybody: two that wait for each other's data sets would wait for good.
      for (const dataset of datasets.toSorted(byKey)) await addDataset(run, held, dataset);
      if (models.length > 0) {
        await run(
          {
            name: 'run-add-models',
            text: `insert into run_model (run_num, model_id, role, step)
              select $1::bigint, model, role, step from unnest($2::text[], $3::text[], $4::bigint[]) as link (model, role, step)
              on conflict do nothing`,
          },
          [
            held.num,
            sqlArray(models.map((model) => model.id)),
            sqlArray(models.map((model) => model.role)),
            `{${models.map((model) => model.step).join(',')}}`,
          ],
        );
      }
      return null;
    });
  }

  /** Data sets of experiments with the contexts in which they were used, at most 1,000. */
  async datasets(experiments: readonly string[]): Promise<DatasetSummary[]> {
    return this.statements.run<DatasetSummary>(
      {
        name: 'datasets-of-experiments',
        text: `select distinct d.experiment_number as experiment, d.name, d.digest, i.tags ->> 'mlflow.data.context' as context
          from input_dataset d join run_input i on i.dataset_id = d.id join run r on r.num = i.run_num
          where d.experiment_number = any($1::bigint[]) and r.lifecycle = 'active'
          order by 1, 2, 3, 4 limit 1000`,
      },
      [sqlArray(experiments)],
    );
  }
}

function byKey(a: GivenDataset, b: GivenDataset): number {
  return compare(a.name, b.name) || compare(a.digest, b.digest);
}
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function addDataset(
  run: RunStatement,
  held: { readonly num: string; readonly experiment_number: string },
  dataset: GivenDataset,
): Promise<void> {
  // The second statement sees a row that somebody else has just committed.
  await run(
    {
      name: 'dataset-add',
      text: `insert into input_dataset (experiment_number, name, digest, source_type, source, schema, profile)
        values ($1::bigint, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    },
    [held.experiment_number, dataset.name, dataset.digest, dataset.sourceType, dataset.source, dataset.schema, dataset.profile],
  );
  await run(
    {
      name: 'run-input-add',
      text: `insert into run_input (run_num, dataset_id, tags)
        select $1::bigint, id, $5::jsonb from input_dataset where experiment_number = $2::bigint and name = $3 and digest = $4
        on conflict do nothing`,
    },
    [held.num, held.experiment_number, dataset.name, dataset.digest, JSON.stringify(dataset.tags)],
  );
}
