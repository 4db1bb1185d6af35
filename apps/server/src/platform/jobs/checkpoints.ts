import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Database } from '../database/database.js';
import { ObjectStorage } from '../storage/object-storage.port.js';
import type { JobRow } from './job-row.js';
import { Ledger, type AttemptOf } from './ledger.js';

const kept = 2;

/** Keeps the states from which a later attempt, on whatever machine, goes on. */
@Injectable()
export class Checkpoints {
  readonly #log = new Logger('Jobs');

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly storage: ObjectStorage,
  ) {}

  /** Moves the finished file into the storage, then names it in the row, then drops the oldest. */
  async keep(job: AttemptOf, path: string): Promise<void> {
    const { key, sha256 } = await this.storage.adopt('checkpoints', path);
    let dropped: JobRow['checkpoints'];
    try {
      dropped = await this.database.transaction(async (em) => {
        const row = await this.ledger.lockAttempt(em, job);
        const all = [...row.checkpoints, { key, sha256 }];
        await this.ledger.keepCheckpoints(em, row, all.slice(-kept));
        return all.slice(0, -kept);
      });
    } catch (error) {
      await this.storage.delete(key);
      throw error;
    }
    for (const old of dropped)
      await this.storage.delete(old.key).catch((error: unknown) => this.#log.warn('A checkpoint could not be deleted', error));
  }

  /** The newest one that is whole. */
  async latest(row: JobRow): Promise<Uint8Array | null> {
    for (const { key, sha256 } of row.checkpoints.toReversed()) {
      try {
        const bytes = await buffer(await this.storage.read(key));
        if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
        this.#log.warn(`A checkpoint of ${row.id} is damaged; the one before it is used.`);
      } catch (error) {
        this.#log.warn(`A checkpoint of ${row.id} cannot be read; the one before it is used.`, error);
      }
    }
    return null;
  }
}
