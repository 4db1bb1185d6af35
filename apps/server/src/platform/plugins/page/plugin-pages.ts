import { Injectable } from '@nestjs/common';
import type { ListQuery, Plugin, PluginDetail, PluginEvent, PluginEventPage } from '@crisol/contracts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from '../../database/database.js';
import { problem } from '../../http/problem.js';
import { describeContainment, probeMachine } from '../isolation/sandbox.js';
import { PluginLifecycle } from '../lifecycle/plugin-lifecycle.js';
import { PluginStore } from '../lifecycle/plugin-store.js';
import { PluginUsers } from '../plugin-users.js';
import type { PluginRow } from '../plugin.entity.js';

const longestReadme = 100_000;
/** More is no list to read, and each room looks no further either. */
const mostUsers = 200;

interface PackageRow {
  readonly name: string;
  readonly size_bytes: string;
  readonly readme: string | null;
  readonly former: string | null;
}
interface EventRow {
  readonly id: string;
  readonly at: Date | string;
  readonly type: PluginEvent['type'];
  readonly from_state: PluginEvent['from'];
  readonly state: PluginEvent['state'];
  readonly code: string | null;
  readonly message: string | null;
  readonly version: string | null;
  readonly actor: string | null;
}

/** What the page of one plugin shows beyond its line in the list. */
@Injectable()
export class PluginPages {
  constructor(
    private readonly database: Database,
    private readonly store: PluginStore,
    private readonly lifecycle: PluginLifecycle,
    private readonly users: PluginUsers,
  ) {}

  async of(row: PluginRow): Promise<Omit<PluginDetail, keyof Plugin>> {
    const [usedBy, processList, found, machine] = await Promise.all([
      this.users.of(row),
      this.store.processList(row.id),
      this.packageOf(row),
      probeMachine(),
    ]);
    return {
      usedBy: usedBy.slice(0, mostUsers),
      processList,
      containment: describeContainment(machine),
      readme: found ? found.readme : await this.readmeOf(row),
      package:
        found && row.packageSha512 && row.installedAt
          ? {
              name: found.name,
              sha512: row.packageSha512,
              sizeBytes: Number(found.size_bytes),
              installedAt: row.installedAt.toISOString(),
              formerVersion: found.former,
            }
          : null,
    };
  }

  /** History, newest first; also of a plugin that was uninstalled. */
  async events(id: string, query: ListQuery): Promise<PluginEventPage> {
    if (query.sort !== undefined && query.sort !== '-at') throw problem('invalid_sort', { detail: 'Events are sorted by -at.' });
    const before = query.cursor === undefined ? null : Number(Buffer.from(query.cursor, 'base64url').toString('utf8'));
    if (before !== null && !Number.isSafeInteger(before)) throw problem('invalid_cursor');
    const rows = await this.database.read((em) =>
      em.execute<EventRow[]>(
        `select id, at, type, from_state, state, code, message, version, actor from plugin_event
         where plugin_id = ? and (?::bigint is null or id < ?::bigint) order by id desc limit ?`,
        [id, before, before, query.limit + 1],
      ),
    );
    if (rows.length === 0 && before === null && !(await this.store.row(id)))
      throw problem('plugin_unknown', { detail: `There never was a plugin ${id}.` });
    const shown = rows.slice(0, query.limit);
    const last = rows.length > shown.length ? shown.at(-1) : undefined;
    return {
      data: shown.map(({ from_state, actor, at, ...event }) => ({
        ...event,
        id: Number(event.id),
        at: new Date(at).toISOString(),
        from: from_state,
        by: actor,
      })),
      nextCursor: last ? Buffer.from(last.id, 'utf8').toString('base64url') : null,
      totalEstimate: null,
    };
  }

  private async packageOf(row: PluginRow): Promise<PackageRow | undefined> {
    if (!row.packageSha512) return undefined;
    const [found] = await this.database.read((em) =>
      em.execute<PackageRow[]>(
        `select package.name, package.size_bytes, package.readme, former.version as former
         from plugin_package package left join plugin_package former on former.sha512 = ? where package.sha512 = ?`,
        [row.formerSha512 ?? null, row.packageSha512],
      ),
    );
    return found;
  }

  private async readmeOf(row: PluginRow): Promise<string | null> {
    const folder = this.lifecycle.listedFolder(row.id);
    if (folder === undefined) return null;
    const text = await readFile(join(folder, 'README.md'), 'utf8').catch(() => null);
    return text?.slice(0, longestReadme) ?? null;
  }
}
