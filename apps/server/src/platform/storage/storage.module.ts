import { Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { join } from 'node:path';
import { Config } from '../config/config.js';
import { FolderStorage } from './folder-storage.js';
import { ObjectStorage } from './object-storage.port.js';
import { OrphanedObjects } from './orphaned-objects.js';

/** Ends the scratch folders once nothing uses them any more. */
@Injectable()
class StorageLife implements OnApplicationShutdown {
  constructor(private readonly storage: FolderStorage) {}

  async onApplicationShutdown(): Promise<void> {
    await this.storage.stop();
  }
}

@Global()
@Module({
  providers: [
    {
      provide: FolderStorage,
      inject: [Config],
      useFactory: async (config: Config) => {
        const storage = new FolderStorage({ folder: join(config.dataFolder, 'storage') });
        await storage.start();
        return storage;
      },
    },
    { provide: ObjectStorage, useExisting: FolderStorage },
    StorageLife,
    OrphanedObjects,
  ],
  exports: [ObjectStorage, FolderStorage, OrphanedObjects],
})
export class StorageModule {}
