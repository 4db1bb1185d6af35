import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { problem } from '../http/problem.js';
import { ObjectStorage, type StoredObject } from './object-storage.port.js';

export interface FolderStorageOptions {
  readonly folder: string;
  /** Share of the disk that stays free; a write that would go below it is refused. */
  readonly minimumFreeRatio?: number;
  /** Replaceable so that a test can fill the disk without filling it. */
  readonly freeRatio?: (folder: string) => Promise<number>;
}

const keyPattern = /^[a-z][a-z0-9-]{0,31}\/[0-9a-f]{2}\/[0-9a-f]{32}$/;
const kindPattern = /^[a-z][a-z0-9-]{0,31}$/;
const dayMs = 86_400_000;
/** Free space is asked again after this many bytes of one stream. */
const spaceCheckBytes = 16 * 1024 * 1024;
/** Small pieces of a stream are written together. */
const writeBytes = 1024 * 1024;
/** Pieces in which files are read. */
const readBytes = 512 * 1024;
/** Adoptions that are remembered for a second try of the transaction that asked for them. */
const rememberedAdoptions = 500;

/** Objects as files below one private folder. A name that a user gave never becomes part of a path. */
export class FolderStorage extends ObjectStorage {
  readonly #objects: string;
  readonly #temporary: string;
  readonly #scratch: string;
  readonly #adopted = new Map<string, StoredObject>();
  readonly #process = `${process.pid}-${randomBytes(6).toString('hex')}`;
  readonly #minimumFreeRatio: number;
  readonly #freeRatio: (folder: string) => Promise<number>;
  #scratchReady: Promise<string> | null = null;

  constructor(options: FolderStorageOptions) {
    super();
    this.#objects = join(options.folder, 'objects');
    this.#temporary = join(options.folder, 'incoming');
    this.#scratch = join(options.folder, 'scratch');
    this.#minimumFreeRatio = options.minimumFreeRatio ?? 0.1;
    this.#freeRatio = options.freeRatio ?? freeRatioOf;
  }

  /** Makes the folders and sweeps what processes that are gone left behind. */
  async start(): Promise<void> {
    for (const folder of [this.#objects, this.#temporary, this.#scratch]) await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#sweepTemporary();
    await this.#sweepScratch();
  }

  /** Ends the scratch folders of this process. */
  async stop(): Promise<void> {
    if (this.#scratchReady) await rm(await this.#scratchReady, { recursive: true, force: true });
    this.#scratchReady = null;
  }

  /** Whether the folder takes a file and has the space that a write asks for. */
  async check(): Promise<{ readonly status: 'up' | 'down'; readonly message?: string }> {
    try {
      const probe = join(this.#temporary, `${this.#process}-probe`);
      await writeFile(probe, 'ok', { mode: 0o600 });
      await rm(probe, { force: true });
      await this.#refuseWhenFull();
      return { status: 'up' };
    } catch (error) {
      return { status: 'down', message: isFull(error) ? 'The storage is full.' : 'The storage folder cannot be written.' };
    }
  }

  async put(
    kind: string,
    bytes: Readable | Uint8Array,
    options: { readonly limitBytes?: number; readonly signal?: AbortSignal } = {},
  ): Promise<StoredObject> {
    const key = newKey(kind);
    const temporary = join(this.#temporary, `${this.#process}-${randomBytes(8).toString('hex')}`);
    const source = bytes instanceof Readable ? bytes : Readable.from([bytes]);
    const stop = (): void => void source.destroy(new Error('aborted'));
    options.signal?.addEventListener('abort', stop, { once: true });
    try {
      options.signal?.throwIfAborted();
      const written = await this.#write(temporary, source, options.limitBytes);
      options.signal?.throwIfAborted();
      await this.#publish(temporary, key);
      return { key, ...written };
    } catch (error) {
      source.destroy();
      await rm(temporary, { force: true });
      throw isFull(error) ? full(error) : error;
    } finally {
      options.signal?.removeEventListener('abort', stop);
    }
  }

  async adopt(kind: string, path: string): Promise<StoredObject> {
    const known = this.#adopted.get(path);
    if (known) return known;
    const key = newKey(kind);
    const temporary = join(this.#temporary, `${this.#process}-${randomBytes(8).toString('hex')}`);
    try {
      await this.#refuseWhenFull();
      await rename(path, temporary).catch(async (error: unknown) => {
        // A file on another disk cannot be moved.
        if (codeOf(error) !== 'EXDEV') throw error;
        await copyFile(path, temporary);
        await rm(path, { force: true });
      });
      await chmod(temporary, 0o600);
      const digest = createHash('sha256');
      let sizeBytes = 0;
      for await (const chunk of createReadStream(temporary)) {
        digest.update(chunk);
        sizeBytes += chunk.length;
      }
      await syncPath(temporary);
      await this.#publish(temporary, key);
      const stored = { key, sizeBytes, sha256: digest.digest('hex') };
      this.#adopted.set(path, stored);
      for (const oldest of this.#adopted.keys()) {
        if (this.#adopted.size <= rememberedAdoptions) break;
        this.#adopted.delete(oldest);
      }
      return stored;
    } catch (error) {
      await rm(temporary, { force: true });
      throw isFull(error) ? full(error) : error;
    }
  }

  async read(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    const file = await open(this.#path(key), 'r').catch((error: unknown) => {
      throw codeOf(error) === 'ENOENT' ? problem('not_found', { detail: 'There is no such stored object.' }) : error;
    });
    return file.createReadStream({ ...range, highWaterMark: readBytes });
  }

  async localPath(key: string): Promise<string> {
    const path = this.#path(key);
    await stat(path).catch((error: unknown) => {
      throw codeOf(error) === 'ENOENT' ? problem('not_found', { detail: 'There is no such stored object.' }) : error;
    });
    return path;
  }

  async delete(key: string): Promise<void> {
    const path = this.#path(key);
    await rm(path, { force: true });
    await syncPath(dirname(path)).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }

  async scratch(name: string): Promise<string> {
    this.#scratchReady ??= this.#makeScratch();
    const folder = join(
      await this.#scratchReady,
      `${name.replaceAll(/[^a-z0-9-]+/gi, '-').slice(0, 60)}-${randomBytes(6).toString('hex')}`,
    );
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  async #write(path: string, source: Readable, limitBytes: number | undefined): Promise<{ sizeBytes: number; sha256: string }> {
    await this.#refuseWhenFull();
    const digest = createHash('sha256');
    let sizeBytes = 0;
    let checkedAt = 0;
    let syncing: Promise<void> = Promise.resolve();
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    const file = await open(path, 'wx', 0o600);
    const write = async (): Promise<void> => {
      const piece = waiting.length === 1 && waiting[0] ? waiting[0] : Buffer.concat(waiting);
      waiting = [];
      waitingBytes = 0;
      // The disk works while the digest is made.
      const written = file.writeFile(piece);
      digest.update(piece);
      await written;
    };
    try {
      for await (const part of source) {
        const chunk: Buffer = Buffer.isBuffer(part) ? part : Buffer.from(part);
        sizeBytes += chunk.length;
        if (limitBytes !== undefined && sizeBytes > limitBytes)
          throw problem('file_too_large', { detail: `The file is larger than ${limitBytes} bytes.` });
        waiting.push(chunk);
        waitingBytes += chunk.length;
        if (waitingBytes < writeBytes) continue;
        await write();
        if (sizeBytes - checkedAt < spaceCheckBytes) continue;
        checkedAt = sizeBytes;
        await this.#refuseWhenFull();
        // What is written goes to the disk meanwhile, so that the last sync does not wait for all of it.
        await syncing;
        syncing = file.datasync();
      }
      if (waitingBytes > 0) await write();
      await syncing;
      await file.sync();
    } finally {
      await syncing.catch(() => undefined);
      await file.close();
    }
    return { sizeBytes, sha256: digest.digest('hex') };
  }

  /** The rename makes the object visible at once; syncing the folder makes that survive a power cut. */
  async #publish(temporary: string, key: string): Promise<void> {
    const path = this.#path(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rename(temporary, path);
    await syncPath(dirname(path));
    await syncPath(dirname(dirname(path)));
  }

  #path(key: string): string {
    if (!keyPattern.test(key)) throw problem('not_found', { detail: 'There is no such stored object.' });
    return join(this.#objects, key);
  }

  async #refuseWhenFull(): Promise<void> {
    if ((await this.#freeRatio(this.#temporary)) < this.#minimumFreeRatio) throw full();
  }

  async #makeScratch(): Promise<string> {
    const folder = join(this.#scratch, this.#process);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, '.owner'), JSON.stringify({ pid: process.pid, host: hostname() }), { mode: 0o600 });
    return folder;
  }

  async #sweepTemporary(): Promise<void> {
    for (const name of await readdir(this.#temporary)) {
      const path = join(this.#temporary, name);
      const ageMs = Date.now() - (await modifiedAt(path));
      // Another container may share the folder and have the same process ids, so a file is only old after a day.
      if (!isAlive(Number(name.split('-')[0])) || ageMs > dayMs) await rm(path, { force: true });
    }
  }

  async #sweepScratch(): Promise<void> {
    for (const name of await readdir(this.#scratch)) {
      const folder = join(this.#scratch, name);
      const owner = await readOwner(folder);
      const gone = owner.host === hostname() ? !isAlive(owner.pid) : Date.now() - (await modifiedAt(folder)) > 7 * dayMs;
      if (gone) await rm(folder, { recursive: true, force: true });
    }
  }
}

function newKey(kind: string): string {
  if (!kindPattern.test(kind)) throw new TypeError(`"${kind}" is no kind of stored object`);
  const id = randomBytes(16).toString('hex');
  return `${kind}/${id.slice(0, 2)}/${id}`;
}

const full = (cause?: unknown) =>
  problem('storage_full', { detail: 'The disk of the server is almost full. Free space, then send it again.', cause });

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT', 'storage_full'].includes(codeOf(error) ?? '');

async function freeRatioOf(folder: string): Promise<number> {
  const disk = await statfs(folder);
  return disk.blocks === 0 ? 1 : disk.bavail / disk.blocks;
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Windows has no sync of folders.
    if (codeOf(error) !== 'EPERM') throw error;
  } finally {
    await handle.close();
  }
}

async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return Date.now();
  }
}

async function readOwner(folder: string): Promise<{ pid: number; host: string }> {
  try {
    const owner: unknown = JSON.parse(await readFile(join(folder, '.owner'), 'utf8'));
    if (owner && typeof owner === 'object' && 'pid' in owner && 'host' in owner)
      return { pid: Number(owner.pid), host: String(owner.host) };
  } catch {
    // A folder whose owner died before it wrote its name belongs to nobody on this host.
  }
  return { pid: Number.NaN, host: hostname() };
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
