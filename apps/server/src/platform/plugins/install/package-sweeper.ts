import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { ObjectStorage } from '../../storage/object-storage.port.js';
import { PackageFolders } from './package-folders.js';

const sweepMs = 60_000;

/** Discards installs that nobody confirmed, ends probations, and removes packages that no plugin needs any more. */
@Injectable()
export class PackageSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Plugins');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly folders: PackageFolders,
  ) {}

  onApplicationBootstrap(): void {
    const sweep = () => this.sweep().catch((error: unknown) => this.log.warn('Old plugin packages could not be swept', error));
    this.timer = setInterval(() => void sweep(), sweepMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    await this.database.transaction(async (em) => {
      await em.execute(`update plugin_install set state = 'discarded' where state in ('fetching', 'staged') and expires_at < now()`);
      await em.execute(`delete from plugin_install where state not in ('fetching', 'staged') and created_at < now() - interval '7 days'`);
      await em.execute(
        `update plugin set former_sha512 = null, former_source = null, probation_until = null where probation_until < now()`,
      );
    });
    const gone = await this.database.transaction((em) =>
      em.execute<{ tarball_key: string; lock_key: string }[]>(
        `delete from plugin_package package
         where not exists (select 1 from plugin where package.sha512 in (plugin.package_sha512, plugin.former_sha512))
           and not exists (select 1 from plugin_install install where install.sha512 = package.sha512 and install.state in ('fetching', 'staged'))
         returning tarball_key, lock_key`,
      ),
    );
    for (const { tarball_key, lock_key } of gone) {
      await this.storage.delete(tarball_key);
      await this.storage.delete(lock_key);
    }
    await this.folders.sweep();
  }
}
