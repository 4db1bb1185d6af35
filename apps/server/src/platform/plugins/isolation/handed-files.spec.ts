import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { HandedFiles } from './handed-files.js';

describe(HandedFiles, () => {
  const made: HandedFiles[] = [];
  afterEach(() => made.splice(0).forEach((files) => files.close()));
  const make = (mostUnread?: number): HandedFiles => {
    const files = new HandedFiles(mostUnread);
    made.push(files);
    return files;
  };
  const isOpen = async (files: HandedFiles): Promise<boolean> => {
    const no = Symbol();
    return (await Promise.race([files.room(), new Promise((resolve) => setImmediate(() => resolve(no)))])) !== no;
  };

  it('has room again once what lies there has been read', async () => {
    const files = make(100);
    const path = await files.write([new Uint8Array(101)]);
    expect(await isOpen(files)).toBe(false);
    await files.free('/etc/passwd');
    expect(await isOpen(files)).toBe(false);
    const waited = files.room();
    await files.free(path);
    await waited;
    expect(existsSync(path)).toBe(false);
  });

  it('keeps nobody waiting once it is closed', async () => {
    const files = make(100);
    await files.write([new Uint8Array(101)]);
    const waited = files.room();
    files.close();
    await waited;
    expect(existsSync(files.folder)).toBe(false);
  });
});
