import { Name, ReadOptions, type CreateUpload, type Job, type Upload } from '@crisol/contracts';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Actor } from '../../platform/auth/actor.js';
import { Config } from '../../platform/config/config.js';
import { Database } from '../../platform/database/database.js';
import { newId } from '../../platform/database/new-id.js';
import { problem } from '../../platform/http/problem.js';
import { Jobs } from '../../platform/jobs/job-handler.js';
import { ObjectStorage, type StoredObject } from '../../platform/storage/object-storage.port.js';
import { UploadEntity, UploadPartEntity, type UploadRow } from './upload.entity.js';

const partSizeBytes = 16 * 1024 * 1024;
const lifeMs = 24 * 3_600_000;
const sweepMs = 3_600_000;

/** A finished upload. */
export interface CompleteUpload {
  readonly id: string;
  readonly objectKey: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}
/** A file as it comes out of a form. */
export interface IncomingFile {
  readonly fileName: string;
  readonly bytes: Readable;
  /** Asked after the stream has ended. */
  readonly truncated: () => boolean;
}

/** Takes files in, whole or in parts, and starts their import. Nothing of a name becomes part of a path. */
@Injectable()
export class UploadsService implements OnApplicationBootstrap, OnApplicationShutdown {
  #sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly jobs: Jobs,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.#sweeper = setInterval(() => void this.sweep().catch(() => undefined), sweepMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#sweeper);
  }

  get limitBytes(): number {
    return this.config.maxUploadBytes;
  }

  /** Streams one file to the storage. */
  async store(file: IncomingFile, signal?: AbortSignal): Promise<StoredObject> {
    const stored = await this.storage.put('uploads', file.bytes, { limitBytes: this.limitBytes, signal });
    if (!file.truncated()) return stored;
    await this.storage.delete(stored.key);
    throw problem('file_too_large', { detail: `The file is larger than ${this.limitBytes} bytes.` });
  }

  /** Lets go of a stored file that no upload names. */
  drop(stored: StoredObject): Promise<void> {
    return this.storage.delete(stored.key);
  }

  /** Starts the import of a stored file; when it cannot start, the file goes. */
  async importStored(
    actor: Actor,
    stored: StoredObject,
    file: { readonly name: string | undefined; readonly fileName: string; readonly read: string | undefined },
  ): Promise<Job> {
    try {
      const name = Name.safeParse(file.name ?? nameFrom(file.fileName));
      if (!name.success) throw invalid('/name', `is not a name: ${z.prettifyError(name.error)}`);
      const read = parseRead(file.read);
      return await this.database.transaction(async (em) => {
        const upload = this.row(em, actor, {
          name: name.data,
          fileName: file.fileName,
          sizeBytes: stored.sizeBytes,
          sha256: stored.sha256,
          read,
        });
        upload.state = 'complete';
        upload.objectKey = stored.key;
        await em.flush();
        return this.jobs.submit(em, actor, 'dataset.import', {
          name: name.data,
          upload: upload.id,
          fileName: file.fileName.slice(0, 255),
          read,
        });
      });
    } catch (error) {
      await this.storage.delete(stored.key);
      throw error;
    }
  }

  /** Writes a stored file down as a finished upload, in the caller's transaction, for a job to find. Gives its id. */
  async keep(em: EntityManager, actor: Actor, stored: StoredObject, fileName: string): Promise<string> {
    const row = this.row(em, actor, {
      name: nameFrom(fileName) || 'file',
      fileName,
      sizeBytes: stored.sizeBytes,
      sha256: stored.sha256,
      read: {},
    });
    row.state = 'complete';
    row.objectKey = stored.key;
    await em.flush();
    return row.id;
  }

  create(actor: Actor, body: CreateUpload): Promise<Upload> {
    if (body.sizeBytes > this.limitBytes)
      throw problem('file_too_large', { detail: `The file has ${body.sizeBytes} bytes; at most ${this.limitBytes} are taken.` });
    return this.database.transaction(async (em) => {
      const row = this.row(em, actor, { ...body, sha256: body.sha256 ?? null });
      await em.flush();
      return toUpload(row, []);
    });
  }

  get(id: string): Promise<Upload> {
    return this.database.read(async (em) => toUpload(await this.find(em, id), await this.partNumbers(em, id)));
  }

  /** Stores a part; sending a part again replaces it. */
  async putPart(id: string, number: number, digest: string | undefined, bytes: Readable, signal: AbortSignal): Promise<Upload> {
    const upload = await this.database.read((em) => this.open(em, id));
    const expected = partBytes(upload, number);
    if (expected === null)
      throw problem('not_found', { detail: `The upload has parts 1 to ${partCount(upload)}; there is no part ${number}.` });
    const wanted = readDigest(digest);
    const stored = await this.storage.put('uploads', bytes, { limitBytes: expected, signal });
    try {
      if (stored.sizeBytes !== expected)
        throw problem('validation_failed', { detail: `Part ${number} has ${stored.sizeBytes} bytes; it must have ${expected}.` });
      if (stored.sha256 !== wanted)
        throw problem('digest_mismatch', { detail: `Part ${number} does not match its Content-Digest. Send it again.` });
      await this.database.transaction(async (em) => {
        await this.open(em, id, LockMode.PESSIMISTIC_WRITE);
        const known = await em.findOne(UploadPartEntity, { uploadId: id, number });
        if (known) this.deleteAfter(em, [known.objectKey]);
        await em.upsert(UploadPartEntity, { uploadId: id, number, objectKey: stored.key, sizeBytes: stored.sizeBytes });
      });
    } catch (error) {
      await this.storage.delete(stored.key);
      throw error;
    }
    return this.get(id);
  }

  /** Joins the parts, compares the digest, and starts the import. */
  async finish(actor: Actor, id: string): Promise<Job> {
    const { upload, parts } = await this.database.read(async (em) => {
      const found = await this.open(em, id);
      return { upload: found, parts: await em.find(UploadPartEntity, { uploadId: id }, { orderBy: { number: 'asc' } }) };
    });
    const missing = Array.from({ length: partCount(upload) }, (_unused, index) => index + 1).filter(
      (number) => !parts.some((part) => part.number === number),
    );
    if (missing.length > 0)
      throw problem('upload_incomplete', {
        detail: `Parts ${missing.slice(0, 20).join(', ')}${missing.length > 20 ? ' …' : ''} are missing.`,
      });
    const stored = await this.storage.put('uploads', Readable.from(this.joined(parts.map(({ objectKey }) => objectKey))));
    try {
      if (upload.sha256 && stored.sha256 !== upload.sha256)
        throw problem('digest_mismatch', { detail: 'The whole file does not match its SHA-256. Send it again.' });
      return await this.database.transaction(async (em) => {
        const row = await this.open(em, id, LockMode.PESSIMISTIC_WRITE);
        row.state = 'complete';
        row.objectKey = stored.key;
        row.sha256 = stored.sha256;
        await em.flush();
        await em.execute('delete from upload_part where upload_id = ?', [id]);
        this.deleteAfter(
          em,
          parts.map(({ objectKey }) => objectKey),
        );
        return this.jobs.submit(em, actor, 'dataset.import', { name: row.name, upload: id, fileName: row.fileName, read: row.read });
      });
    } catch (error) {
      await this.storage.delete(stored.key);
      throw error;
    }
  }

  /** A finished upload that is still held. @throws `not_found`, `upload_incomplete` */
  async complete(em: EntityManager, id: string): Promise<CompleteUpload> {
    const row = await this.find(em, id);
    if (row.state === 'open') throw problem('upload_incomplete', { detail: `The upload ${id} is not finished.` });
    if (!row.objectKey) throw problem('not_found', { detail: `The bytes of the upload ${id} are not held any more. Send the file again.` });
    return { id: row.id, objectKey: row.objectKey, sizeBytes: row.sizeBytes, sha256: row.sha256 ?? '' };
  }

  /** Lets go of the bytes of a finished upload once the transaction commits. */
  async discard(em: EntityManager, id: string): Promise<void> {
    const row = await this.find(em, id);
    if (row.objectKey) this.deleteAfter(em, [row.objectKey]);
    row.objectKey = null;
    await em.flush();
  }

  /** Lets go of everything that has passed its day. */
  async sweep(now = new Date()): Promise<void> {
    await this.database.transaction(async (em) => {
      const rows = await em.find(
        UploadEntity,
        { expiresAt: { $lt: now }, state: { $ne: 'expired' } },
        { limit: 200, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
      );
      for (const row of rows) {
        const parts = await em.find(UploadPartEntity, { uploadId: row.id });
        this.deleteAfter(em, [...parts.map(({ objectKey }) => objectKey), ...(row.objectKey ? [row.objectKey] : [])]);
        await em.execute('delete from upload_part where upload_id = ?', [row.id]);
        row.state = 'expired';
        row.objectKey = null;
      }
      await em.flush();
    });
  }

  private row(
    em: EntityManager,
    actor: Actor,
    upload: {
      readonly name: string;
      readonly fileName: string;
      readonly sizeBytes: number;
      readonly sha256: string | null;
      readonly read: ReadOptions;
    },
  ): UploadRow {
    const now = Date.now();
    return em.create(UploadEntity, {
      id: newId('upl'),
      name: upload.name,
      fileName: upload.fileName.slice(0, 255),
      sizeBytes: upload.sizeBytes,
      partSizeBytes,
      sha256: upload.sha256,
      read: upload.read,
      state: 'open',
      objectKey: null,
      createdAt: new Date(now),
      createdBy: actor.id,
      expiresAt: new Date(now + lifeMs),
    });
  }

  private async find(em: EntityManager, id: string, lockMode?: LockMode): Promise<UploadRow> {
    const row = await em.findOne(UploadEntity, { id }, lockMode === undefined ? {} : { lockMode });
    if (!row) throw problem('not_found', { detail: `There is no upload ${id}.` });
    return row;
  }

  private async open(em: EntityManager, id: string, lockMode?: LockMode): Promise<UploadRow> {
    const row = await this.find(em, id, lockMode);
    if (row.state !== 'open') throw problem('not_found', { detail: `The upload ${id} is ${row.state}.` });
    return row;
  }

  private async partNumbers(em: EntityManager, id: string): Promise<number[]> {
    return (await em.find(UploadPartEntity, { uploadId: id }, { orderBy: { number: 'asc' } })).map(({ number }) => number);
  }

  private async *joined(keys: readonly string[]): AsyncGenerator<Buffer> {
    for (const key of keys) yield* await this.storage.read(key);
  }

  private deleteAfter(em: EntityManager, keys: readonly string[]): void {
    this.database.afterCommit(em, () => void Promise.allSettled(keys.map((key) => this.storage.delete(key))));
  }
}

function toUpload(row: UploadRow, parts: number[]): Upload {
  return {
    id: row.id,
    name: row.name,
    fileName: row.fileName,
    sizeBytes: row.sizeBytes,
    partSizeBytes: row.partSizeBytes,
    parts,
    state: row.state,
    expiresAt: row.expiresAt.toISOString(),
  };
}

function partCount(upload: UploadRow): number {
  return Math.ceil(upload.sizeBytes / upload.partSizeBytes);
}

function partBytes(upload: UploadRow, number: number): number | null {
  const count = partCount(upload);
  if (!Number.isInteger(number) || number < 1 || number > count) return null;
  return number < count ? upload.partSizeBytes : upload.sizeBytes - (count - 1) * upload.partSizeBytes;
}

/** `sha-256=:…:` (RFC 9530) as lower-case hex. */
function readDigest(header: string | undefined): string {
  const match = /(?:^|,\s*)sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? '');
  if (!match?.[1]) throw problem('invalid_header', { detail: 'Send Content-Digest: sha-256=:<base64 of the SHA-256>: with each part.' });
  return Buffer.from(match[1], 'base64').toString('hex');
}

/** A data set's name from a file's: without the ending, and without what a name may not hold. */
export function nameFrom(fileName: string): string {
  return fileName
    .replace(/^.*[\\/]/, '')
    .replace(/\.[A-Za-z0-9]{1,8}$/, '')
    .replaceAll(/[/:@%\\\u0000-\u001f\u007f]+/g, '-')
    .trim()
    .slice(0, 128);
}

function parseRead(text: string | undefined): ReadOptions {
  if (text === undefined || text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw problem('validation_failed', {
      errors: [{ pointer: '/read', code: 'invalid_json', message: 'must be JSON, such as {"delimiter":";"}' }],
      cause: error,
    });
  }
  const read = ReadOptions.safeParse(value);
  if (read.success) return read.data;
  throw problem('validation_failed', {
    errors: read.error.issues.map((issue) => ({
      pointer: `/read${issue.path.map((part) => `/${String(part)}`).join('')}`,
      code: issue.code,
      message: issue.message,
    })),
  });
}

function invalid(pointer: string, message: string): Error {
  return problem('validation_failed', { errors: [{ pointer, code: 'invalid', message }] });
}
