import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { Statements, type RunStatement } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { checkArtifactPath, checkFilePath } from './artifact-path.js';

export interface ArtifactFile {
  /** As clients say it, such as `12/5f…/artifacts/model/MLmodel`. */
  readonly path: string;
  readonly objectKey: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly updatedAt: Date;
}
/** A file or a folder in a listing; folders have no size. */
export interface ArtifactEntry {
  /** Last part of the path. */
  readonly name: string;
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
  readonly updatedAt: Date | null;
}
interface FileRow {
  path: string;
  object_key: string;
  size_bytes: string;
  sha256: string;
  updated_at: Date;
}
interface EntryRow {
  name: string;
  folder: boolean;
  size_bytes: string | null;
  sha256: string | null;
  updated_at: Date | null;
}

/** Files of registered versions: written by the registry alone. */
const registryFolder = 'registry';

/** Sorts behind everything that a name begins with. */
const lastCharacter = '\u{10ffff}';

/** Artifacts: paths that clients name, over objects of the storage. */
@Injectable()
export class ArtifactFiles {
  constructor(
    private readonly statements: Statements,
    private readonly storage: ObjectStorage,
  ) {}

  /**
   * Streams a file in; it is there, whole, once this resolves, and a former one of that path is until then.
   * @throws ProblemError `validation_failed` for a path that is a folder or below a file, or that is the registry's
   */
  async put(path: string, bytes: Readable | Uint8Array, signal?: AbortSignal): Promise<void> {
    const checked = checkFilePath(path);
    if (checked.split('/', 1)[0] === registryFolder)
      throw problem('validation_failed', { detail: 'Files of registered versions do not change; log the model again and register that.' });
    // Asked before the bytes travel, and once more when they are here.
    await refuseTwoKinds(this.statements.run, checked);
    const stored = await this.storage.put('artifacts', bytes, signal ? { signal } : {});
    try {
      await this.statements.transaction(async (run) => {
        // All files of a run wait for each other: one may be the folder of another.
        await run({ text: 'select pg_advisory_xact_lock(hashtextextended($1, 17))' }, [checked.split('/', 2).join('/')]);
        await refuseTwoKinds(run, checked);
        await run(
          {
            text: `insert into orphaned_object (object_key, since) select object_key, now() from artifact_file where path = $1
                   on conflict do nothing`,
          },
          [checked],
        );
        await run(
          {
            text: `insert into artifact_file (path, object_key, size_bytes, sha256, updated_at) values ($1, $2, $3, $4, now())
                   on conflict (path) do update set object_key = excluded.object_key, size_bytes = excluded.size_bytes,
                     sha256 = excluded.sha256, updated_at = excluded.updated_at`,
          },
          [checked, stored.key, stored.sizeBytes, stored.sha256],
        );
      });
    } catch (error) {
      // The connection may have broken after the commit: the sweeper looks whether the row is there before it deletes.
      await this.statements.run({ text: 'insert into orphaned_object (object_key, since) values ($1, now()) on conflict do nothing' }, [
        stored.key,
      ]);
      throw error;
    }
  }

  async find(path: string): Promise<ArtifactFile | undefined> {
    const [row] = await this.statements.run<FileRow>({ name: 'artifact-find', text: 'select * from artifact_file where path = $1' }, [
      checkArtifactPath(path),
    ]);
    return row && toFile(row);
  }

  /** @throws ProblemError `not_found` */
  async open(file: ArtifactFile, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    return this.storage.read(file.objectKey, range);
  }

  /** Whether anything lies below the path. */
  async isFolder(path: string): Promise<boolean> {
    const folder = checkArtifactPath(path).replace(/\/+$/, '');
    return isFolder(this.statements.run, folder);
  }

  /**
   * What lies directly in a folder. A folder that is not there is empty.
   * @param after - `next` of the page before
   */
  async list(folder: string, limit = 10_000, after = ''): Promise<{ entries: ArtifactEntry[]; next: string | null }> {
    const checked = checkArtifactPath(folder).replace(/\/+$/, '');
    const prefix = checked === '' ? '' : `${checked}/`;
    // Walks from name to name: of a folder with thousands of files only the first row is read.
    const rows = await this.statements.run<EntryRow>(
      {
        name: 'artifact-list',
        text: `with recursive entry as (
            (select split_part(substr(path, $1::int), '/', 1) as name, strpos(substr(path, $1::int), '/') > 0 as folder, size_bytes, sha256, updated_at
             from artifact_file where path > $2 and path < $3 order by path limit 1)
            union all
            select next.* from entry, lateral (
              select split_part(substr(f.path, $1::int), '/', 1), strpos(substr(f.path, $1::int), '/') > 0, f.size_bytes, f.sha256, f.updated_at
              from artifact_file f
              where f.path > $5 || entry.name || case when entry.folder then '/' || chr(1114111) else '' end and f.path < $3
              order by f.path limit 1
            ) as next
          ) select * from entry limit $4`,
      },
      // In characters as PostgreSQL counts them: some are two of JavaScript's.
      [[...prefix].length + 1, `${prefix}${after}`, prefix === '' ? lastCharacter : `${checked}0`, limit + 1, prefix],
    );
    const entries = rows.slice(0, limit).map((row) => ({
      name: row.name,
      sizeBytes: row.folder ? null : Number(row.size_bytes),
      sha256: row.folder ? null : row.sha256,
      updatedAt: row.folder ? null : row.updated_at,
    }));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return { entries, next: last ? (last.folder ? `${last.name}/${lastCharacter}` : last.name) : null };
  }

  /** Every file below a folder, by path. */
  async below(folder: string): Promise<ArtifactFile[]> {
    const checked = checkArtifactPath(folder).replace(/\/+$/, '');
    const rows = await this.statements.run<FileRow>({ text: 'select * from artifact_file where path > $1 and path < $2 order by path' }, [
      `${checked}/`,
      `${checked}0`,
    ]);
    return rows.map(toFile);
  }

  /** Takes a file, or a folder with everything in it, away. What is not there is no fault. */
  async remove(path: string): Promise<void> {
    const checked = checkFilePath(path.replace(/\/+$/, ''));
    if (checked.split('/', 1)[0] === registryFolder)
      throw problem('validation_failed', { detail: 'Files of registered versions go with their version.' });
    await this.statements.transaction((run) => this.removeIn(run, checked));
  }

  /** The same in the caller's transaction, for any path; the objects are noted for the sweeper. */
  async removeIn(run: RunStatement, path: string): Promise<void> {
    await run(
      {
        text: `with gone as (
            delete from artifact_file where path = $1 or (path > $2 and path < $3) returning object_key
          ) insert into orphaned_object (object_key, since) select distinct object_key, now() from gone on conflict do nothing`,
      },
      [path, `${path}/`, `${path}0`],
    );
  }
}

async function isFolder(run: RunStatement, folder: string): Promise<boolean> {
  const rows = await run<{ one: number }>(
    { name: 'artifact-folder', text: 'select 1 as one from artifact_file where path > $1 and path < $2 limit 1' },
    [`${folder}/`, `${folder}0`],
  );
  return rows.length > 0;
}

/** A name is a file or a folder, never both: clients copy these trees to disks. */
async function refuseTwoKinds(run: RunStatement, path: string): Promise<void> {
  if (await isFolder(run, path)) throw problem('validation_failed', { detail: `Invalid path: ${path} is a folder.` });
  const parts = path.split('/');
  for (let depth = parts.length - 1; depth > 0; depth--) {
    const parent = parts.slice(0, depth).join('/');
    const rows = await run<{ one: number }>({ name: 'artifact-parent', text: 'select 1 as one from artifact_file where path = $1' }, [
      parent,
    ]);
    if (rows.length > 0) throw problem('validation_failed', { detail: `Invalid path: ${parent} is a file.` });
  }
}

function toFile(row: FileRow): ArtifactFile {
  return {
    path: row.path,
    objectKey: row.object_key,
    sizeBytes: Number(row.size_bytes),
    sha256: row.sha256,
    updatedAt: new Date(row.updated_at),
  };
}
