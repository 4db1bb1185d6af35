import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { PluginLogLine, PluginLogQuery } from '@crisol/contracts';
import { Database } from '../../database/database.js';
import { PluginStore } from '../lifecycle/plugin-store.js';

const flushMs = 1_000;
/** Lines of one plugin between two flushes; what comes beyond is counted and left out, here and in the server's log. */
const mostLines = 200;
const keptLines = 1_000;
const longest = 4_096;
const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = PluginLogLine['level'];

interface Line {
  readonly at: Date;
  readonly level: Level;
  readonly message: string;
}
interface Pending {
  lines: Line[];
  leftOut: number;
}
/** As Nest's own logger: the message, and what belongs to it. */
export interface PluginLogSink {
  debug(message: unknown, ...more: unknown[]): void;
  log(message: unknown, ...more: unknown[]): void;
  warn(message: unknown, ...more: unknown[]): void;
  error(message: unknown, ...more: unknown[]): void;
}

/** What plugins log: into the server's own log, and the last thousand lines of each into the database for its page. */
@Injectable()
export class PluginLogs implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly pending = new Map<string, Pending>();
  private readonly log = new Logger('Plugins');
  private timer: NodeJS.Timeout | undefined;
  private flushing = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly store: PluginStore,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), flushMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /** Where the lines of one plugin go. */
  sink(pluginId: string): PluginLogSink {
    const server = new Logger(`plugin:${pluginId}`);
    const take = (level: Level, write: (message: unknown, ...more: unknown[]) => void) => {
      return (message: unknown, ...more: unknown[]): void => {
        if (this.take(pluginId, level, [message, ...more].map(words).join(' '))) write(message, ...more);
      };
    };
    return {
      debug: take('debug', (...parts) => server.debug(...parts)),
      log: take('info', (...parts) => server.log(...parts)),
      warn: take('warn', (...parts) => server.warn(...parts)),
      error: take('error', (...parts) => server.error(...parts)),
    };
  }

  /** The last lines, oldest first. */
  async read(pluginId: string, query: PluginLogQuery): Promise<PluginLogLine[]> {
    await this.store.known(pluginId);
    await this.flush();
    const wanted = query.level === undefined ? levels : levels.slice(levels.indexOf(query.level));
    const rows = await this.database.read((em) =>
      em.execute<{ id: string; at: Date | string; level: Level; message: string; process_id: string }[]>(
        `select id, at, level, message, process_id from plugin_log
         where plugin_id = ? and id > ? and level = any(string_to_array(?, ',')) order by id desc limit ?`,
        [pluginId, query.after ?? 0, wanted.join(','), query.limit],
      ),
    );
    return rows
      .map(({ id, at, level, message, process_id }) => ({
        id: Number(id),
        at: new Date(at).toISOString(),
        level,
        message,
        process: process_id,
      }))
      .reverse();
  }

  flush(): Promise<void> {
    this.flushing = this.flushing
      .then(() => this.write())
      // The lines are in the server's own log as well.
      .catch((error: unknown) => this.log.warn('Lines of plugins could not be written', error));
    return this.flushing;
  }

  private take(pluginId: string, level: Level, message: string): boolean {
    let pending = this.pending.get(pluginId);
    if (!pending) this.pending.set(pluginId, (pending = { lines: [], leftOut: 0 }));
    if (pending.lines.length >= mostLines) {
      pending.leftOut++;
      return false;
    }
    pending.lines.push({ at: new Date(), level, message: message.slice(0, longest).replaceAll('\0', '') });
    return true;
  }

  private async write(): Promise<void> {
    const taken = [...this.pending];
    this.pending.clear();
    for (const [pluginId, { lines, leftOut }] of taken) {
      if (leftOut > 0) {
        const message = `${leftOut} lines were left out: it wrote more than ${mostLines} within a second.`;
        lines.push({ at: new Date(), level: 'warn', message });
        this.log.warn(`Plugin ${pluginId}: ${message}`);
      }
      const batch = lines.map(({ at, level, message }) => ({ at: at.toISOString(), level, message }));
      await this.database.transaction(async (em) => {
        // A line of a plugin that was uninstalled meanwhile has no page any more.
        await em.execute(
          `insert into plugin_log (plugin_id, at, level, message, process_id)
           select plugin.id, line.at, line.level, line.message, ?
           from plugin, jsonb_to_recordset(?::jsonb) as line (at timestamptz, level text, message text) where plugin.id = ?`,
          [this.store.processId, JSON.stringify(batch), pluginId],
          'run',
        );
        await em.execute(
          `delete from plugin_log where plugin_id = ?
           and id <= (select id from plugin_log where plugin_id = ? order by id desc offset ? limit 1)`,
          [pluginId, pluginId, keptLines],
          'run',
        );
      });
    }
  }
}

function words(part: unknown): string {
  if (part instanceof Error) return part.stack ?? part.message;
  return typeof part === 'string' ? part : (JSON.stringify(part) ?? String(part));
}
