import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OrphanedObjects } from '../../platform/storage/orphaned-objects.js';
import { RemovalService } from './removal.service.js';

const sweepMs = 10 * 60_000;

/** Looks every ten minutes for what was deleted long enough ago. */
@Injectable()
export class RemovalSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Removal');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly removal: RemovalService,
    objects: OrphanedObjects,
  ) {
    objects.heldBy('artifact_file', 'object_key');
  }

  onApplicationBootstrap(): void {
    const sweep = () => this.removal.sweep().catch((error: unknown) => this.log.warn('What was deleted could not be removed', error));
    this.timer = setInterval(() => void sweep(), sweepMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
