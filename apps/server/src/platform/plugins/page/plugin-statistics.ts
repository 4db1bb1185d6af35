import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Plugin, PluginStats } from '@crisol/contracts';
import { Database } from '../../database/database.js';
import { ActivePlugins } from '../active-plugins.js';
import { quantileMs } from '../call-guard/call-minutes.js';
import { PluginStore } from '../lifecycle/plugin-store.js';

const flushMs = 10_000;
const pruneMs = 3_600_000;
const MINUTE_MS = 60_000;
/** Entries of one answer; longer ranges get coarser steps. */
const mostSteps = 360;

interface MinuteRow {
  readonly at: string;
  readonly calls: number;
  readonly errors: number;
  readonly buckets: Readonly<Record<string, number>>;
}
class Sum {
  calls = 0;
  errors = 0;
  readonly buckets = new Map<number, number>();

  add(row: MinuteRow): void {
    this.calls += row.calls;
    this.errors += row.errors;
    for (const [bucket, count] of Object.entries(row.buckets))
      this.buckets.set(Number(bucket), (this.buckets.get(Number(bucket)) ?? 0) + count);
  }
}

/** Writes what each process counted, minute by minute, and adds it up. Kept for seven days. */
@Injectable()
export class PluginStatistics implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Plugins');
  private readonly timers: NodeJS.Timeout[] = [];
  private flushing = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly active: ActivePlugins,
    private readonly store: PluginStore,
  ) {}

  onApplicationBootstrap(): void {
    const warn = (error: unknown) => this.log.warn('The calls of plugins could not be written', error);
    this.timers.push(
      setInterval(() => void this.flush().catch(warn), flushMs).unref(),
      setInterval(() => void this.prune().catch(warn), pruneMs).unref(),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    await this.flush().catch(() => undefined);
  }

  /** Writes what was counted here and not written yet. */
  flush(): Promise<void> {
    const next = this.flushing.then(() => this.write());
    this.flushing = next.catch(() => undefined);
    return next;
  }

  /** Calls and errors of the last 24 hours, and the median of the last hour, for the list. */
  async summary(): Promise<ReadonlyMap<string, Plugin['calls']>> {
    await this.flush();
    const [sums, medians] = await this.database.read((em) =>
      Promise.all([
        em.execute<{ plugin_id: string; calls: number; errors: number }[]>(
          `select plugin_id, sum(calls)::float8 as calls, sum(errors)::float8 as errors from plugin_minute
           where minute > now() - interval '24 hours' group by plugin_id`,
        ),
        em.execute<{ plugin_id: string; bucket: string; count: number }[]>(
          `select plugin_id, entry.key as bucket, sum(entry.value::int)::float8 as count
           from plugin_minute, jsonb_each_text(buckets) entry
           where minute > now() - interval '1 hour' group by plugin_id, entry.key`,
        ),
      ]),
    );
    const buckets = new Map<string, Map<number, number>>();
    for (const { plugin_id, bucket, count } of medians) {
      const own = buckets.get(plugin_id) ?? new Map<number, number>();
      buckets.set(plugin_id, own.set(Number(bucket), count));
    }
    return new Map(
      sums.map(({ plugin_id, calls, errors }) => [
        plugin_id,
        { total: calls, errors, p50Ms: quantileMs(buckets.get(plugin_id) ?? new Map<number, number>(), 0.5) },
      ]),
    );
  }

  /** The last minutes of one plugin, over all processes; every step is there, empty ones too. */
  async over(pluginId: string, minutes: number, now = Date.now()): Promise<PluginStats> {
    await this.store.known(pluginId);
    await this.flush();
    const stepMinutes = Math.ceil(minutes / mostSteps);
    const stepMs = stepMinutes * MINUTE_MS;
    const end = now - (now % MINUTE_MS) + MINUTE_MS;
    const steps = Math.ceil(minutes / stepMinutes);
    const start = end - steps * stepMs;
    const rows = await this.database.read((em) =>
      em.execute<MinuteRow[]>(
        `select extract(epoch from minute) * 1000 as at, calls, errors, buckets from plugin_minute
         where plugin_id = ? and minute >= to_timestamp(?::float8 / 1000)`,
        [pluginId, start],
      ),
    );
    const total = new Sum();
    const sums = Array.from({ length: steps }, () => new Sum());
    for (const row of rows) {
      total.add(row);
      sums[Math.floor((Number(row.at) - start) / stepMs)]?.add(row);
    }
    return {
      stepMinutes,
      minutes: sums.map((_sum, i) => new Date(start + i * stepMs).toISOString()),
      calls: sums.map((sum) => sum.calls),
      errors: sums.map((sum) => sum.errors),
      p50Ms: sums.map((sum) => quantileMs(sum.buckets, 0.5)),
      p99Ms: sums.map((sum) => quantileMs(sum.buckets, 0.99)),
      total: { calls: total.calls, errors: total.errors, p50Ms: quantileMs(total.buckets, 0.5), p99Ms: quantileMs(total.buckets, 0.99) },
    };
  }

  private async write(): Promise<void> {
    const taken = this.active.minutes.take(Date.now());
    if (taken.length === 0) return;
    await this.database.transaction(async (em) => {
      for (const { pluginId, minute } of taken) {
        const buckets = Object.fromEntries([...minute.buckets].flatMap((count, i) => (count > 0 ? [[i, count]] : [])));
        await em.execute(
          `insert into plugin_minute (plugin_id, minute, process_id, calls, errors, buckets)
           select id, to_timestamp(?::float8 / 1000), ?, ?, ?, ?::jsonb from plugin where id = ?
           on conflict (plugin_id, minute, process_id) do update
             set calls = excluded.calls, errors = excluded.errors, buckets = excluded.buckets`,
          [minute.minute, this.store.processId, minute.calls, minute.errors, JSON.stringify(buckets), pluginId],
          'run',
        );
      }
    });
  }

  private async prune(): Promise<void> {
    await this.database.transaction((em) => em.execute(`delete from plugin_minute where minute < now() - interval '7 days'`, [], 'run'));
  }
}
