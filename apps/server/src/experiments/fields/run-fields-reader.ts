import { looseNumber, type RunFields } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { Statements } from '../../platform/database/statements.js';
import { ExperimentsService } from '../experiments.service.js';
import { contextTag } from '../runs/run-mapper.js';

const maxNames = 2000;
const maxValues = 20;

const metricsSql = `select s.name, count(*) as runs, min(nullif(s.min, 'NaN')) as min, max(nullif(s.max, 'NaN')) as max
  from metric_series s join run r on r.num = s.run_num
  where s.experiment_number = $1 and r.lifecycle = 'active' group by 1 order by 1 limit ${maxNames + 1}`;

/** Names with their commonest values; a parameter that is a number in every run is numeric. */
const keyedSql = (column: 'params' | 'tags') => `with pairs as (
    select pair.key, pair.value, count(*) as runs from run r, jsonb_each_text(r.${column}) as pair
    where r.experiment_number = $1 and r.lifecycle = 'active' group by 1, 2
  ), ranked as (
    select key, value, runs, row_number() over (partition by key order by runs desc, value) as place from pairs
  )
  select key as name, sum(runs) as runs, count(*) as distinct,
    bool_and(value ~ '^[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?$') as numeric,
    array_to_json(array_agg(left(value, 200) order by place) filter (where place <= ${maxValues})) as values
  from ranked group by key order by key limit ${maxNames + 1}`;

interface KeyedRow {
  readonly name: string;
  readonly runs: string;
  readonly distinct: string;
  readonly numeric: boolean;
  readonly values: string[];
}

/** Finds what the runs of an experiment have logged. */
@Injectable()
export class RunFieldsReader {
  constructor(
    private readonly database: Database,
    private readonly statements: Statements,
    private readonly experiments: ExperimentsService,
  ) {}

  async read(experiment: string): Promise<RunFields> {
    const { number } = await this.database.read((em) => this.experiments.find(em, experiment));
    const { run } = this.statements;
    const [counted] = await run<{ runs: string }>(
      { text: `select count(*) as runs from run where experiment_number = $1 and lifecycle = 'active'` },
      [number],
    );
    const metrics = await run<{ name: string; runs: string; min: number | null; max: number | null }>({ text: metricsSql }, [number]);
    const params = await run<KeyedRow>({ text: keyedSql('params') }, [number]);
    const tags = await run<KeyedRow>({ text: keyedSql('tags') }, [number]);
    const datasets = await run<{ name: string; digest: string; context: string | null }>(
      {
        text: `select distinct d.name, d.digest, i.tags ->> '${contextTag}' as context
          from input_dataset d join run_input i on i.dataset_id = d.id where d.experiment_number = $1 order by 1, 2, 3 limit ${maxNames + 1}`,
      },
      [number],
    );
    return {
      runs: Number(counted?.runs ?? 0),
      metrics: metrics.slice(0, maxNames).map((row) => ({
        name: row.name,
        runs: Number(row.runs),
        min: row.min === null ? null : looseNumber(Number(row.min)),
        max: row.max === null ? null : looseNumber(Number(row.max)),
      })),
      params: params.slice(0, maxNames).map((row) => ({
        name: row.name,
        runs: Number(row.runs),
        numeric: row.numeric,
        distinct: Number(row.distinct),
        values: row.values,
      })),
      tags: tags.slice(0, maxNames).map((row) => ({ name: row.name, runs: Number(row.runs), values: row.values })),
      datasets: datasets.slice(0, maxNames),
      truncated: [metrics, params, tags, datasets].some((rows) => rows.length > maxNames),
    };
  }
}
