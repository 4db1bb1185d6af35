import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderStorage } from './folder-storage.js';
import { describeObjectStorage } from './object-storage.contract.js';

describeObjectStorage(FolderStorage.name, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'crisol-storage-'));
  const storage = new FolderStorage({ folder, minimumFreeRatio: 0 });
  await storage.start();
  return {
    storage,
    count: async () => {
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      return files.filter((file) => file.isFile() && file.name !== '.owner').length;
    },
    close: async () => {
      await storage.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
