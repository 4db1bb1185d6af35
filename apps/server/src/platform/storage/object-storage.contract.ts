import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ObjectStorage } from './object-storage.port.js';

export interface StorageUnderTest {
  readonly storage: ObjectStorage;
  /** How many objects and half objects there are, found without the storage's own help. */
  count(): Promise<number>;
  close(): Promise<void>;
}

/** What every adapter of `ObjectStorage` has to do. */
export function describeObjectStorage(name: string, make: () => Promise<StorageUnderTest>): void {
  describe(`${name} as ObjectStorage`, () => {
    let tested: StorageUnderTest;
    let folder: string;
    beforeEach(async () => {
      tested = await make();
      folder = await mkdtemp(join(tmpdir(), 'crisol-storage-contract-'));
    });
    afterEach(async () => {
      await tested.close();
      await rm(folder, { recursive: true, force: true });
    });

    const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

    it('gives back the bytes of a stream with their size and digest', async () => {
      const bytes = randomBytes(300_000);
      const stored = await tested.storage.put('datasets', Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]));
      expect(stored).toMatchObject({ sizeBytes: 300_000, sha256: sha256(bytes) });
      expect(await buffer(await tested.storage.read(stored.key))).toEqual(bytes);
    });

    it('keeps an empty object', async () => {
      const stored = await tested.storage.put('datasets', new Uint8Array());
      expect(stored.sizeBytes).toBe(0);
      expect(await buffer(await tested.storage.read(stored.key))).toHaveLength(0);
    });

    it('reads the bytes of a range, both ends included', async () => {
      const { key } = await tested.storage.put('models', Buffer.from('0123456789'));
      expect((await buffer(await tested.storage.read(key, { start: 2, end: 5 }))).toString()).toBe('2345');
    });

    it('makes another key for the same bytes', async () => {
      const [one, two] = [await tested.storage.put('models', Buffer.from('a')), await tested.storage.put('models', Buffer.from('a'))];
      expect(one.key).not.toBe(two.key);
    });

    it('refuses a stream over its limit and keeps nothing of it', async () => {
      const large = Readable.from([Buffer.alloc(600), Buffer.alloc(600)]);
      await expect(tested.storage.put('uploads', large, { limitBytes: 1000 })).rejects.toMatchObject({ code: 'file_too_large' });
      expect(await tested.count()).toBe(0);
    });

    it('takes a stream of exactly its limit', async () => {
      expect(await tested.storage.put('uploads', Buffer.alloc(1000), { limitBytes: 1000 })).toMatchObject({ sizeBytes: 1000 });
    });

    it('keeps nothing when the stream breaks', async () => {
      const broken = Readable.from(
        (async function* () {
          yield Buffer.alloc(100);
          await Promise.reject(new Error('the peer went away'));
        })(),
      );
      await expect(tested.storage.put('uploads', broken)).rejects.toThrow('the peer went away');
      expect(await tested.count()).toBe(0);
    });

    it('keeps nothing when it is aborted', async () => {
      const abort = new AbortController();
      const endless = new Readable({
        read() {
          this.push(Buffer.alloc(1000));
          setImmediate(() => abort.abort());
        },
      });
      await expect(tested.storage.put('uploads', endless, { signal: abort.signal })).rejects.toThrow();
      expect(await tested.count()).toBe(0);
    });

    it('adopts a local file', async () => {
      const path = join(folder, 'model.onnx');
      await writeFile(path, 'graph');
      const stored = await tested.storage.adopt('models', path);
      expect(stored).toMatchObject({ sizeBytes: 5, sha256: sha256(Buffer.from('graph')) });
      expect((await buffer(await tested.storage.read(stored.key))).toString()).toBe('graph');
      await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('gives a local file to programs', async () => {
      const { key } = await tested.storage.put('datasets', Buffer.from('PAR1'));
      expect(await readFile(await tested.storage.localPath(key), 'utf8')).toBe('PAR1');
    });

    it('says not_found for a key it never made, whatever its spelling', async () => {
      const spellings = ['datasets/ab/abababababababababababababababab', '../../etc/passwd', 'datasets/../../x', '/etc/passwd', 'a\0b', ''];
      for (const key of spellings) {
        await expect(tested.storage.read(key)).rejects.toMatchObject({ code: 'not_found' });
        await expect(tested.storage.localPath(key)).rejects.toMatchObject({ code: 'not_found' });
      }
    });

    it('deletes an object, and a second time without complaint', async () => {
      const { key } = await tested.storage.put('datasets', Buffer.from('x'));
      await tested.storage.delete(key);
      await tested.storage.delete(key);
      await expect(tested.storage.read(key)).rejects.toMatchObject({ code: 'not_found' });
      expect(await tested.count()).toBe(0);
    });

    it('makes private scratch folders that differ', async () => {
      const [one, two] = [await tested.storage.scratch('job ../x'), await tested.storage.scratch('job ../x')];
      expect(one).not.toBe(two);
      expect((await stat(one)).mode & 0o777).toBe(0o700);
      await rm(one, { recursive: true });
      await rm(two, { recursive: true });
    });
  });
}
