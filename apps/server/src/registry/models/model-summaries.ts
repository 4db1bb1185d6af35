import type { Model, ModelListQuery, ModelPage, Task } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { keysetPage } from '../../platform/database/keyset-page.js';
import type { ModelRow } from './model.entity.js';
import { ModelEntity } from './model.entity.js';
import { ofLifecycle } from './of-lifecycle.js';
import { ModelUsers } from './model-users.js';

interface VersionFact {
  readonly model_id: string;
  readonly number: number;
  readonly task: Task | null;
  readonly metrics: Record<string, number | string | null>;
}

/** The metric that stands for a model in a list, by task; the first that the version has. */
const keyMetrics: Readonly<Record<Task, readonly string[]>> = {
  regression: ['rmse', 'r2', 'mae'],
  binary: ['roc_auc', 'auc', 'accuracy'],
  multiclass: ['accuracy', 'f1_macro', 'log_loss'],
  anomaly: ['auc', 'anomalousShare'],
  clustering: ['silhouette', 'inertia'],
};

/** What lists and pages show of a model: aliases, newest version, key metric, who serves it. */
@Injectable()
export class ModelSummaries {
  constructor(private readonly users: ModelUsers) {}

  async one(em: EntityManager, row: ModelRow): Promise<Model> {
    const [model] = await this.many(em, [row]);
    if (!model) throw new TypeError('a summary for each row');
    return model;
  }

  async page(em: EntityManager, query: ModelListQuery): Promise<ModelPage> {
    const named = query.q ? { name: { $ilike: `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%` } } : {};
    const where = { ...named, ...ofLifecycle(query.lifecycle) };
    const page = await keysetPage(em, ModelEntity, { where, query, sorts: { name: 'name', createdAt: 'createdAt' }, defaultSort: 'name' });
    return { ...page.rest, data: await this.many(em, page.rows) };
  }

  private async many(em: EntityManager, rows: readonly ModelRow[]): Promise<Model[]> {
    if (rows.length === 0) return [];
    const ids = rows.map((row) => row.id);
    const places = ids.map(() => '?').join(',');
    const aliases: { model_id: string; alias: string; number: number }[] = await em.execute(
      `select model_id, alias, number from alias where model_id in (${places}) order by alias`,
      ids,
    );
    const versions: VersionFact[] = await em.execute(
      `select v.model_id, v.number, v.task, v.metrics from model_version v
       where v.model_id in (${places}) and v.deleted_at is null and (
         v.number = (select max(number) from model_version l where l.model_id = v.model_id and l.deleted_at is null)
         or v.number = (select number from alias a where a.model_id = v.model_id and a.alias = 'champion'))`,
      ids,
    );
    const endpoints = await this.users.find(em, ids);
    return rows.map((row) => {
      const own = versions.filter((version) => version.model_id === row.id).sort((a, b) => b.number - a.number);
      const named = Object.fromEntries(aliases.filter((alias) => alias.model_id === row.id).map((alias) => [alias.alias, alias.number]));
      const shown = own.find((version) => version.number === named['champion']) ?? own[0];
      return {
        id: row.id,
        name: row.name,
        description: row.description,
        task: shown?.task ?? null,
        latestVersion: own[0]?.number ?? null,
        aliases: named,
        keyMetric: shown ? keyMetricOf(shown) : null,
        endpoints: [...new Set(endpoints.filter((endpoint) => endpoint.modelId === row.id).map((endpoint) => endpoint.name))],
        lifecycle: row.deletedAt ? ('deleted' as const) : ('active' as const),
        tags: row.tags,
        createdAt: row.createdAt.toISOString(),
        createdBy: row.createdBy ?? null,
        updatedAt: row.updatedAt.toISOString(),
        revision: row.revision,
      };
    });
  }
}

function keyMetricOf(version: VersionFact): Model['keyMetric'] {
  const name = [...(version.task === null ? [] : keyMetrics[version.task]), ...Object.keys(version.metrics)].find(
    (metric) => metric in version.metrics,
  );
  return name === undefined ? null : { name, value: storedMetric(version.metrics[name]) };
}

/** A metric as stored: JSON has no NaN, so the non-finite ones are words. */
export function storedMetric(value: number | string | null | undefined): number | 'NaN' | 'Infinity' | '-Infinity' | null {
  if (typeof value === 'number') return value;
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? value : null;
}
