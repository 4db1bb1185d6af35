import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { FolderStorage } from './folder-storage.js';

describe(FolderStorage.name, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crisol-storage-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const started = async (options: { freeRatio?: () => Promise<number> } = {}): Promise<FolderStorage> => {
    const storage = new FolderStorage({ folder, minimumFreeRatio: options.freeRatio ? 0.1 : 0, ...options });
    await storage.start();
    return storage;
  };
  const goneProcess = (): number => spawnSync(process.execPath, ['-e', '']).pid;

  it('writes files that only the owner reads', async () => {
    const storage = await started();
    const { key } = await storage.put('models', Buffer.from('x'));
    const path = await storage.localPath(key);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
  });

  it('refuses to write when under a tenth of the disk is free', async () => {
    const storage = await started({ freeRatio: () => Promise.resolve(0.09) });
    await expect(storage.put('models', Buffer.from('x'))).rejects.toMatchObject({ code: 'storage_full', status: 507 });
    expect(await storage.check()).toEqual({ status: 'down', message: 'The storage is full.' });
  });

  it('stops in the middle of a stream when the disk fills, and keeps nothing', async () => {
    let asked = 0;
    const storage = await started({ freeRatio: () => Promise.resolve(asked++ === 0 ? 0.5 : 0.01) });
    const large = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(1024 * 1024)));
    await expect(storage.put('uploads', large)).rejects.toMatchObject({ code: 'storage_full' });
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  it('sweeps at start what dead processes left, and leaves what living ones hold', async () => {
    const living = await started();
    const held = await living.scratch('held');
    const dead = goneProcess();
    await writeFile(join(folder, 'incoming', `${dead}-abc-def`), 'half');
    const left = join(folder, 'scratch', `${dead}-abc`);
    await mkdir(left);
    await writeFile(join(left, '.owner'), JSON.stringify({ pid: dead, host: hostname() }));
    await started();
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    await expect(stat(left)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await stat(held)).isDirectory()).toBe(true);
  });

  it('leaves a fresh scratch folder of another host alone', async () => {
    const other = join(folder, 'scratch', `${goneProcess()}-abc`);
    await mkdir(other, { recursive: true });
    await writeFile(join(other, '.owner'), JSON.stringify({ pid: 1, host: 'another-host' }));
    await started();
    expect((await stat(other)).isDirectory()).toBe(true);
  });
});
