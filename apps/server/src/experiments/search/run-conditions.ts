import { sqlArray } from '../../platform/database/statements.js';
import { contextTag } from '../runs/run-mapper.js';
import { runIdOf } from '../runs/run-ids.js';
import { comparisonSql, keyedSql, plainComparator } from './comparison-sql.js';
import type { Comparison, FilterTree } from './filter-tree.js';
import type { SqlValues } from './sql-values.js';

/** MLflow's word for a run's state, as SQL. */
const statusSql = `case r.state when 'scheduled' then 'SCHEDULED' when 'running' then 'RUNNING' when 'succeeded' then 'FINISHED'
  when 'failed' then 'FAILED' else 'KILLED' end`;
const artifactUriSql = `coalesce(e.artifact_location, 'mlflow-artifacts:/' || r.experiment_number) || '/' || mlflow_run_id(r.id) || '/artifacts'`;

/** SQL of the attributes of runs, over `run r` and its `experiment e`. */
export const attributeSql: Readonly<Record<string, string>> = {
  run_id: 'r.id',
  run_name: 'r.name',
  status: statusSql,
  user_id: 'r.user_name',
  artifact_uri: artifactUriSql,
  start_time: 'r.start_time',
  end_time: 'r.end_time',
};

/** A condition over `run r` and `experiment e`, for a filter that was understood. */
export function runCondition(tree: FilterTree, values: SqlValues): string {
  if (tree.kind === 'comparison') return comparison(tree, values);
  if (tree.parts.length === 0) return 'true';
  return `(${tree.parts.map((part) => runCondition(part, values)).join(` ${tree.kind} `)})`;
}

function comparison(clause: Comparison, values: SqlValues): string {
  switch (clause.entity) {
    case 'metric': {
      // Not a join: for each run that gets so far, one look into the index. NaN is unequal to everything and matches nothing else.
      const number = clause.comparator === '!=' ? '' : `and s.last <> 'NaN'`;
      return `coalesce((select s.last ${plainComparator(clause.comparator)} ${values.add(Number(clause.value))}::float8 ${number}
        from metric_series s where s.run_num = r.num and s.name = ${values.add(clause.key)}), false)`;
    }
    case 'param':
      return keyedSql('r.params', clause, values);
    case 'tag':
      return keyedSql('r.tags', clause, values);
    case 'dataset': {
      const column = clause.key === 'context' ? `i.tags ->> '${contextTag}'` : clause.key === 'name' ? 'd.name' : 'd.digest';
      return `exists (select from run_input i join input_dataset d on d.id = i.dataset_id
        where i.run_num = r.num and ${comparisonSql(column, clause.comparator, clause.value, values)})`;
    }
    case 'attribute': {
      if (clause.key === 'run_id') return runIdCondition(clause, values);
      return comparisonSql(attributeSql[clause.key] ?? 'null', clause.comparator, clause.value, values);
    }
  }
}

/** Ids are compared in our form; patterns are for MLflow's. */
function runIdCondition(clause: Comparison, values: SqlValues): string {
  const { comparator, value } = clause;
  if (comparator === 'LIKE' || comparator === 'ILIKE') return comparisonSql('mlflow_run_id(r.id)', comparator, value, values);
  const ids = (Array.isArray(value) ? value : [value]).map((id) => runIdOf(String(id)) ?? '');
  const within = `r.id = any(${values.add(sqlArray(ids))}::text[])`;
  return comparator === '!=' || comparator === 'NOT IN' ? `not ${within}` : within;
}
