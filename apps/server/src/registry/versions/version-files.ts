import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { mlmodelLimitBytes, readMlmodel, type Mlmodel } from './mlmodel.js';

/** A file of a model, with its path inside the model's folder. */
export interface ModelFile {
  readonly path: string;
  readonly objectKey: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Where a version's own rows of files are. They hold the objects, whatever becomes of the run that made them. */
export const versionFolder = (modelId: string, number: number): string => `registry/${modelId}/${number}`;

/** Files of versions, among the rows of all artifacts. */
@Injectable()
export class VersionFiles {
  constructor(private readonly storage: ObjectStorage) {}

  /** The files in a folder. They are held until the transaction ends: nobody writes over them before they are copied. */
  async list(em: EntityManager, folder: string): Promise<ModelFile[]> {
    const rows = await em.execute<{ path: string; object_key: string; size_bytes: string; sha256: string }[]>(
      // In the collation "C", everything that begins with `folder/` lies before `folder0`.
      `select path, object_key, size_bytes, sha256 from artifact_file where path > ? and path < ? order by path limit 10001 for share`,
      [`${folder}/`, `${folder}0`],
    );
    return rows.map((row) => ({
      path: row.path.slice(folder.length + 1),
      objectKey: row.object_key,
      sizeBytes: Number(row.size_bytes),
      sha256: row.sha256,
    }));
  }

  /** Gives the version rows of its own for the files. */
  async keep(em: EntityManager, folder: string, files: readonly ModelFile[]): Promise<void> {
    if (files.length === 0) return;
    await em.execute(
      `insert into artifact_file (path, object_key, size_bytes, sha256, updated_at)
       select * from unnest(array[?]::text[], array[?]::text[], array[?]::bigint[], array[?]::text[], array_fill(now(), array[?]::int[]))`,
      [
        files.map(({ path }) => `${folder}/${path}`),
        files.map(({ objectKey }) => objectKey),
        files.map(({ sizeBytes }) => sizeBytes),
        files.map(({ sha256 }) => sha256),
        [files.length],
      ],
    );
  }

  /** What the model says of itself; undefined when it has no `MLmodel`, or one that cannot be read. */
  async mlmodel(files: readonly ModelFile[]): Promise<Mlmodel | undefined> {
    const file = files.find(({ path }) => path === 'MLmodel');
    if (!file || file.sizeBytes > mlmodelLimitBytes) return undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of await this.storage.read(file.objectKey)) chunks.push(Buffer.from(chunk));
    return readMlmodel(Buffer.concat(chunks).toString('utf8'));
  }

  /** Whether a folder still holds just what the version was made of. */
  async same(em: EntityManager, folder: string, kept: string): Promise<boolean> {
    const within = `path > ? and path < ?`;
    const [row] = await em.execute<{ differing: string }[]>(
      `select count(*) as differing from (select substr(path, ?) as path, object_key from artifact_file where ${within}) o
       full join (select substr(path, ?) as path, object_key from artifact_file where ${within}) k on k.path = o.path
       where o.object_key is distinct from k.object_key`,
      [folder.length + 2, `${folder}/`, `${folder}0`, kept.length + 2, `${kept}/`, `${kept}0`],
    );
    return row?.differing === '0';
  }
}
