import { PluginError, type ArtifactInfo, type PluginArtifacts } from '@crisol/plugin-api';
import { buffer } from 'node:stream/consumers';
import type { Database } from '../../database/database.js';
import { ProblemError } from '../../http/problem.js';
import type { ObjectStorage } from '../../storage/object-storage.port.js';

export const largestArtifactBytes = 64 * 1024 ** 2;
const mostBytes = 1024 ** 3;
const longestName = 256;
const readTries = 3;

/** Refuses names that are not relative paths of plain parts. */
export function checkArtifactName(name: string): void {
  const parts = name.split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..') && !/[\u0000-\u001f\\]/.test(name);
  if (!isPlain || name.length > longestName)
    throw new PluginError(
      'invalid_input',
      `"${name.slice(0, 80)}" is not a file name: parts with / between them, at most ${longestName} characters.`,
    );
}

/** The files of one plugin: bytes in the object storage under keys that it generates, names in the table `plugin_artifact`. */
export class StoredArtifacts implements PluginArtifacts {
  constructor(
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly pluginId: string,
    private readonly limits = { fileBytes: largestArtifactBytes, allBytes: mostBytes },
  ) {}

  async put(name: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    checkArtifactName(name);
    if (bytes.byteLength > this.limits.fileBytes)
      throw new PluginError('invalid_input', `A file has at most ${this.limits.fileBytes} bytes, this one ${bytes.byteLength}.`);
    const stored = await this.storage.put('plugins', bytes, signal ? { signal } : {});
    let replaced: string | undefined;
    try {
      replaced = await this.name(name, stored);
    } catch (error) {
      await this.storage.delete(stored.key);
      throw error;
    }
    if (replaced !== undefined) await this.storage.delete(replaced);
  }

  async get(name: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    checkArtifactName(name);
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      const key = await this.keyOf(name);
      if (key === undefined) return undefined;
      try {
        return new Uint8Array(await buffer(await this.storage.read(key)));
      } catch (error) {
        // Replaced between the two reads: the name leads to a new key now.
        if (tries === readTries || !(error instanceof ProblemError) || error.code !== 'not_found') throw error;
      }
    }
  }

  /** Where to read it on this machine; for programs in other processes. */
  async localPath(name: string): Promise<string | undefined> {
    checkArtifactName(name);
    const key = await this.keyOf(name);
    return key === undefined ? undefined : this.storage.localPath(key);
  }

  async list(prefix = '', signal?: AbortSignal): Promise<readonly ArtifactInfo[]> {
    signal?.throwIfAborted();
    const rows = await this.database.read((em) =>
      em.execute<{ name: string; size_bytes: string }[]>(
        'select name, size_bytes from plugin_artifact where plugin_id = ? and starts_with(name, ?) order by name collate "C"',
        [this.pluginId, prefix],
      ),
    );
    return rows.map(({ name, size_bytes }) => ({ name, sizeBytes: Number(size_bytes) }));
  }

  async delete(name: string): Promise<void> {
    const rows = await this.database.transaction((em) =>
      em.execute<{ object_key: string }[]>('delete from plugin_artifact where plugin_id = ? and name = ? returning object_key', [
        this.pluginId,
        name,
      ]),
    );
    for (const { object_key } of rows) await this.storage.delete(object_key);
  }

  /** Removes every file, when the plugin goes. */
  async clear(): Promise<void> {
    const rows = await this.database.transaction((em) =>
      em.execute<{ object_key: string }[]>('delete from plugin_artifact where plugin_id = ? returning object_key', [this.pluginId]),
    );
    for (const { object_key } of rows) await this.storage.delete(object_key);
  }

  /** Gives the key that the name led to before. One change of a plugin's files after another, so that the sum holds. */
  private name(name: string, stored: { key: string; sizeBytes: number }): Promise<string | undefined> {
    return this.database.transaction(async (em) => {
      await em.execute(`select pg_advisory_xact_lock(hashtext('crisol.plugin_artifact'), hashtext(?))`, [this.pluginId]);
      const [others] = await em.execute<{ bytes: string }[]>(
        'select coalesce(sum(size_bytes), 0) as bytes from plugin_artifact where plugin_id = ? and name <> ?',
        [this.pluginId, name],
      );
      if (Number(others?.bytes ?? 0) + stored.sizeBytes > this.limits.allBytes)
        throw new PluginError('invalid_input', `All files of a plugin have at most ${this.limits.allBytes} bytes together.`);
      const [before] = await em.execute<{ object_key: string }[]>(
        'select object_key from plugin_artifact where plugin_id = ? and name = ?',
        [this.pluginId, name],
      );
      await em.execute(
        `insert into plugin_artifact (plugin_id, name, object_key, size_bytes) values (?, ?, ?, ?)
         on conflict (plugin_id, name) do update set object_key = excluded.object_key, size_bytes = excluded.size_bytes`,
        [this.pluginId, name, stored.key, stored.sizeBytes],
      );
      return before?.object_key;
    });
  }

  private async keyOf(name: string): Promise<string | undefined> {
    const [row] = await this.database.read((em) =>
      em.execute<{ object_key: string }[]>('select object_key from plugin_artifact where plugin_id = ? and name = ?', [
        this.pluginId,
        name,
      ]),
    );
    return row?.object_key;
  }
}
