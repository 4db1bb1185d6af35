import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Statements } from '../database/statements.js';
import { ObjectStorage } from './object-storage.port.js';

const sweepMs = 5 * 60_000;
/** Objects that were let go of this recently stay: somebody may be reading them. Seconds. */
const restSeconds = 600;
const batch = 200;

/** A column that names objects; rows for which `unless` holds have given theirs up. */
interface Holder {
  readonly table: string;
  readonly column: string;
  readonly unless?: string;
}

/**
 * Deletes objects that nothing names any more. Whoever lets go of one writes its key into `orphaned_object` in the same
 * transaction; here it is looked up in every table that may still name it. The bytes go first and the note of them after, so
 * that a crash in between costs a second try and nothing else.
 */
@Injectable()
export class OrphanedObjects implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Storage');
  private readonly holders: Holder[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly statements: Statements,
    private readonly storage: ObjectStorage,
  ) {}

  /** Names a table whose rows keep their objects. To be called while the server starts. */
  heldBy(table: string, column: string, unless?: string): void {
    this.holders.push({ table, column, ...(unless !== undefined && { unless }) });
  }

  onApplicationBootstrap(): void {
    const sweep = () => this.sweep().catch((error: unknown) => this.log.warn('Objects without owners could not be deleted', error));
    this.timer = setInterval(() => void sweep(), sweepMs).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * @param seconds - that an object must have been without an owner
   * @returns how many objects were deleted
   */
  async sweep(seconds = restSeconds): Promise<number> {
    let deleted = 0;
    for (;;) {
      const keys = await this.statements.run<{ object_key: string; held: boolean }>(
        {
          text: `select o.object_key, ${this.heldSql()} as held from orphaned_object o
                 where o.since <= now() - make_interval(secs => $1::float8) order by o.since limit ${batch}`,
        },
        [seconds],
      );
      for (const { object_key, held } of keys) {
        if (!held) {
          await this.storage.delete(object_key);
          deleted++;
        }
        await this.statements.run({ text: 'delete from orphaned_object where object_key = $1' }, [object_key]);
      }
      if (keys.length < batch) return deleted;
    }
  }

  private heldSql(): string {
    const looks = this.holders.map(
      ({ table, column, unless }) =>
        `exists (select from ${table} h where h.${column} = o.object_key${unless === undefined ? '' : ` and not (${unless})`})`,
    );
    return looks.length === 0 ? 'true' : `(${looks.join(' or ')})`;
  }
}
