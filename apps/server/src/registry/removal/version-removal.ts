import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ArtifactFiles } from '../../experiments/artifacts/artifact-files.js';
import { graceMs } from '../../platform/storage/grace-time.js';
import { Statements } from '../../platform/database/statements.js';
import { OrphanedObjects } from '../../platform/storage/orphaned-objects.js';
import { versionFolder } from '../versions/version-files.js';

const sweepMs = 10 * 60_000;
const batch = 50;

interface Doomed {
  readonly id: string;
  readonly model_id: string;
  readonly number: number;
}

/** Removes the files of versions that were deleted long enough ago. Their rows stay: history that nobody edits. */
@Injectable()
export class VersionRemoval implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Removal');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly statements: Statements,
    private readonly files: ArtifactFiles,
    objects: OrphanedObjects,
  ) {
    objects.heldBy('model_version', 'object_key', 'h.files_removed_at is not null');
    objects.heldBy('trained_model', 'object_key');
    objects.heldBy(
      'admission',
      'serving_key',
      'exists (select from model_version v where v.id = h.version_id and v.files_removed_at is not null)',
    );
  }

  onApplicationBootstrap(): void {
    const sweep = () => this.sweep().catch((error: unknown) => this.log.warn('Files of deleted versions could not be removed', error));
    this.timer = setInterval(() => void sweep(), sweepMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async sweep(now = Date.now()): Promise<void> {
    const before = new Date(now - graceMs).toISOString();
    while (await this.removeSome(before));
  }

  private removeSome(before: string): Promise<boolean> {
    return this.statements.transaction(async (run) => {
      const doomed = await run<Doomed>(
        {
          text: `update model_version set files_removed_at = now() where id in (
              select v.id from model_version v join model m on m.id = v.model_id
              where v.files_removed_at is null and least(v.deleted_at, m.deleted_at) <= $1::timestamptz
              order by v.id limit ${batch} for update of v skip locked
            ) returning id, model_id, number`,
        },
        [before],
      );
      for (const version of doomed) {
        await this.files.removeIn(run, versionFolder(version.model_id, version.number));
        await run(
          {
            text: `insert into orphaned_object (object_key, since)
                   select key, now() from (
                     select object_key as key from model_version where id = $1
                     union select serving_key from admission where version_id = $1
                   ) as held where key is not null on conflict do nothing`,
          },
          [version.id],
        );
      }
      return doomed.length === batch;
    });
  }
}
