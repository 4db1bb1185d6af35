import type {
  Column,
  Dataset,
  DatasetPage,
  DatasetProfile,
  DatasetVersion,
  DatasetVersionPage,
  ListQuery,
  UpdateDataset,
} from '@crisol/contracts';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Audit } from '../platform/audit/audit.js';
import type { Actor } from '../platform/auth/actor.js';
import { decodeCursor, pageOfRows } from '../platform/auth/id-cursor.js';
import { Database } from '../platform/database/database.js';
import { newId } from '../platform/database/new-id.js';
import { EventBus } from '../platform/events/event-bus.js';
import { problem } from '../platform/http/problem.js';
import { checkRevision } from '../platform/http/revision.js';
import { ObjectStorage, type StoredObject } from '../platform/storage/object-storage.port.js';
import { DatasetEntity, toDataset, type DatasetRow } from './dataset.entity.js';
import { DatasetVersionEntity, toDatasetVersion, type DatasetVersionRow } from './versions/dataset-version.entity.js';

/** A version as other rooms see it. */
export interface ResolvedVersion {
  readonly id: string;
  readonly dataset: { readonly id: string; readonly name: string };
  readonly version: number;
  readonly rows: number;
  readonly columns: readonly Column[];
  /** Key of the Parquet file in the object storage. */
  readonly objectKey: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}
/** Something of a later room that a data set may not be deleted under. */
export interface DatasetUse {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}
export type FindUses = (em: EntityManager, dataset: { readonly id: string; readonly name: string }) => Promise<readonly DatasetUse[]>;

export interface NewVersion {
  readonly name: string;
  readonly parquet: StoredObject;
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly profile: DatasetProfile;
  readonly source: DatasetVersion['source'];
  readonly jobId: string;
}

/** Data sets by name, and their immutable versions. */
@Injectable()
export class DatasetsService {
  readonly #findUses: FindUses[] = [];

  constructor(
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly events: EventBus,
    private readonly audit: Audit,
  ) {}

  /** Lets a later room say what it holds of a data set; asked before one is deleted. */
  registerUses(find: FindUses): void {
    this.#findUses.push(find);
  }

  /** A version by data set (id or name) and number, the latest without one. @throws `not_found` saying what there is */
  async resolve(em: EntityManager, idOrName: string, version?: number): Promise<ResolvedVersion> {
    const dataset = await this.find(em, idOrName);
    const row = await this.findVersion(em, dataset, version);
    return {
      id: row.id,
      dataset: { id: dataset.id, name: dataset.name },
      version: row.number,
      rows: row.rows,
      columns: row.columns,
      objectKey: row.objectKey,
      sizeBytes: row.sizeBytes,
      sha256: row.sha256,
    };
  }

  async profileOf(em: EntityManager, version: { readonly id: string }): Promise<DatasetProfile | null> {
    const [row] = await em.execute<{ profile: DatasetProfile | null }[]>('select profile from dataset_version where id = ?', [version.id]);
    return row?.profile ?? null;
  }

  /** The data set with this id or name. */
  async find(em: EntityManager, idOrName: string): Promise<DatasetRow> {
    const row = await em.findOne(DatasetEntity, { $or: [{ id: idOrName }, { name: idOrName }] });
    if (!row) throw problem('not_found', { detail: `There is no data set "${idOrName}".` });
    return row;
  }

  list(query: ListQuery): Promise<DatasetPage> {
    if (query.sort !== undefined && query.sort !== '-createdAt') throw problem('invalid_sort', { detail: 'Data sets sort by -createdAt.' });
    const after = decodeCursor('ds', query.cursor);
    return this.database.read(async (em) => {
      const rows = await em.find(
        DatasetEntity,
        {
          ...(after ? { id: { $lt: after } } : {}),
          ...(query.q ? { name: { $ilike: `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%` } } : {}),
        },
        { orderBy: { id: 'desc' }, limit: query.limit + 1 },
      );
      const latest = await this.latestOf(
        em,
        rows.map(({ id }) => id),
      );
      return {
        ...pageOfRows(rows, query.limit, (row) => toDataset(row, latest.get(row.id))),
        totalEstimate: await em.count(DatasetEntity),
      };
    });
  }

  get(idOrName: string): Promise<Dataset> {
    return this.database.read(async (em) => this.describe(em, await this.find(em, idOrName)));
  }

  listVersions(idOrName: string, query: { readonly limit: number; readonly cursor?: string }): Promise<DatasetVersionPage> {
    const after = decodeCursor('dsv', query.cursor);
    return this.database.read(async (em) => {
      const dataset = await this.find(em, idOrName);
      const rows = await em.find(
        DatasetVersionEntity,
        { datasetId: dataset.id, ...(after ? { id: { $lt: after } } : {}) },
        { orderBy: { id: 'desc' }, limit: query.limit + 1 },
      );
      return pageOfRows(rows, query.limit, (row) => toDatasetVersion(row, dataset));
    });
  }

  getVersion(idOrName: string, version: number | undefined): Promise<DatasetVersion> {
    return this.database.read(async (em) => {
      const dataset = await this.find(em, idOrName);
      return toDatasetVersion(await this.findVersion(em, dataset, version), dataset);
    });
  }

  getProfile(idOrName: string, version: number | undefined): Promise<DatasetProfile> {
    return this.database.read(async (em) => {
      const profile = await this.profileOf(em, await this.resolve(em, idOrName, version));
      if (!profile) throw problem('not_found', { detail: 'The version has no profile.' });
      return profile;
    });
  }

  update(actor: Actor, idOrName: string, body: UpdateDataset, expected: number | null | undefined): Promise<Dataset> {
    return this.database.transaction(async (em) => {
      const { id } = await this.find(em, idOrName);
      const row = await em.findOneOrFail(DatasetEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
      checkRevision(expected, row.revision);
      if (body.description !== undefined) row.description = body.description;
      if (body.tags !== undefined) row.tags = body.tags;
      row.updatedAt = new Date();
      row.revision += 1;
      await em.flush();
      await this.audit.record(em, actor, { action: 'dataset.updated', target: target(row), change: body });
      await this.events.record(em, {
        topic: 'datasets',
        type: 'dataset.updated',
        data: { id: row.id, name: row.name, revision: row.revision },
      });
      return this.describe(em, row);
    });
  }

  /** Deletes a data set with all versions, unless a later room holds one of them. */
  delete(actor: Actor, idOrName: string): Promise<void> {
    return this.database.transaction(async (em) => {
      const dataset = await this.find(em, idOrName);
      const usedBy = (await Promise.all(this.#findUses.map((find) => find(em, dataset)))).flat();
      if (usedBy.length > 0)
        throw problem('still_in_use', { detail: `"${dataset.name}" is used by ${usedBy.length} other objects.`, usedBy });
      const versions = await em.find(DatasetVersionEntity, { datasetId: dataset.id });
      await em.execute('delete from dataset where id = ?', [dataset.id]);
      await this.audit.record(em, actor, { action: 'dataset.deleted', target: target(dataset), change: { versions: versions.length } });
      await this.events.record(em, { topic: 'datasets', type: 'dataset.deleted', data: { id: dataset.id, name: dataset.name } });
      this.database.afterCommit(em, () => void Promise.allSettled(versions.map(({ objectKey }) => this.storage.delete(objectKey))));
    });
  }

  /** Adds the next version under a name; the first one makes the data set. Two imports of one name wait for each other. */
  async addVersion(em: EntityManager, actor: Actor, fresh: NewVersion): Promise<{ dataset: DatasetRow; version: DatasetVersionRow }> {
    const now = new Date();
    await em.execute(
      `insert into dataset (id, name, created_at, created_by, updated_at) values (?, ?, ?, ?, ?) on conflict (name) do nothing`,
      [newId('ds'), fresh.name, now, actor.id, now],
    );
    const dataset = await em.findOneOrFail(DatasetEntity, { name: fresh.name }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
    const [last] = await em.execute<{ number: number }[]>(
      'select coalesce(max(number), 0)::int as number from dataset_version where dataset_id = ?',
      [dataset.id],
    );
    const version = em.create(DatasetVersionEntity, {
      id: newId('dsv'),
      datasetId: dataset.id,
      number: (last?.number ?? 0) + 1,
      rows: fresh.rows,
      columns: fresh.columns,
      objectKey: fresh.parquet.key,
      sizeBytes: fresh.parquet.sizeBytes,
      sha256: fresh.parquet.sha256,
      source: fresh.source,
      profile: fresh.profile,
      jobId: fresh.jobId,
      createdAt: now,
      createdBy: actor.id,
    });
    dataset.updatedAt = now;
    await em.flush();
    await this.audit.record(em, actor, {
      action: 'dataset_version.created',
      target: { kind: 'dataset_version', id: version.id, name: `${dataset.name} v${version.number}` },
      change: { rows: version.rows, sha256: version.sha256, fileName: fresh.source.fileName },
    });
    await this.events.record(em, {
      topic: 'datasets',
      type: 'dataset_version.created',
      data: { dataset: dataset.name, datasetId: dataset.id, version: version.number, id: version.id },
    });
    return { dataset, version };
  }

  /** Names by id, for lists of other rooms. */
  async namesOf(em: EntityManager, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await em.find(DatasetEntity, { id: { $in: [...new Set(ids)] } }, { fields: ['id', 'name'] });
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** Keeps the outcome of the newest validation beside the data set, for its list. */
  async noteValidation(em: EntityManager, datasetId: string, validation: NonNullable<Dataset['lastValidation']>): Promise<void> {
    await em.execute('update dataset set last_validation = ? where id = ?', [JSON.stringify(validation), datasetId]);
  }

  private async describe(em: EntityManager, row: DatasetRow): Promise<Dataset> {
    return toDataset(row, (await this.latestOf(em, [row.id])).get(row.id));
  }

  private async latestOf(em: EntityManager, ids: readonly string[]): Promise<Map<string, DatasetVersionRow>> {
    if (ids.length === 0) return new Map();
    const rows = await em.find(DatasetVersionEntity, {
      $and: [{ datasetId: { $in: [...ids] } }],
      id: {
        $in: (
          await em.execute<{ id: string }[]>(
            'select distinct on (dataset_id) id from dataset_version where dataset_id = any(array[?]::text[]) order by dataset_id, number desc',
            [[...ids]],
          )
        ).map(({ id }) => id),
      },
    });
    return new Map(rows.map((row) => [row.datasetId, row]));
  }

  private async findVersion(em: EntityManager, dataset: DatasetRow, number: number | undefined): Promise<DatasetVersionRow> {
    const row = await em.findOne(
      DatasetVersionEntity,
      { datasetId: dataset.id, ...(number === undefined ? {} : { number }) },
      { orderBy: { number: 'desc' } },
    );
    if (row) return row;
    if (number === undefined) throw problem('not_found', { detail: `"${dataset.name}" has no version yet.` });
    const [last] = await em.execute<{ number: number | null }[]>(
      'select max(number)::int as number from dataset_version where dataset_id = ?',
      [dataset.id],
    );
    throw problem('not_found', { detail: `"${dataset.name}" has no version ${number}; the latest is ${last?.number ?? 'none'}.` });
  }
}

function target(row: DatasetRow): { kind: string; id: string; name: string } {
  return { kind: 'dataset', id: row.id, name: row.name };
}
