import type { EndpointStats } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { latencyBin, latencyBins, latencyQuantile } from './latency-histogram.js';

const minuteMs = 60_000;
const flushEveryMs = 5_000;
const shownMinutes = 60;

interface Bucket {
  readonly endpointId: string;
  readonly variant: string;
  readonly minute: number;
  requests: number;
  rows: number;
  errors: number;
  readonly latencies: Int32Array;
}
interface MinuteRow {
  endpoint_id: string;
  variant: string;
  minute: Date | string;
  requests: number;
  rows: number;
  errors: number;
  latencies: number[];
}

/**
 * Requests, errors and latencies of endpoints by minute. Counted in memory on the hot path and added to the table every
 * five seconds, so the figures of all processes come together and a restart loses at most those seconds.
 */
@Injectable()
export class EndpointStatistics implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Serving');
  private buckets = new Map<string, Bucket>();
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;

  constructor(private readonly database: Database) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), flushEveryMs);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  count(endpointId: string, variant: string, rows: number, failed: boolean, ms: number): void {
    const minute = Math.floor(Date.now() / minuteMs) * minuteMs;
    const key = `${endpointId}\n${variant}\n${minute}`;
    let bucket = this.buckets.get(key);
    if (!bucket) {
      bucket = { endpointId, variant, minute, requests: 0, rows: 0, errors: 0, latencies: new Int32Array(latencyBins) };
      this.buckets.set(key, bucket);
    }
    bucket.requests++;
    bucket.rows += rows;
    if (failed) bucket.errors++;
    const bin = latencyBin(ms);
    bucket.latencies[bin] = (bucket.latencies[bin] ?? 0) + 1;
  }

  /** Adds what was counted since the last time to the table. */
  flush(): Promise<void> {
    this.flushing ??= this.write().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  /** Figures of the last hour, by endpoint. */
  async read(em: EntityManager, endpointIds: readonly string[]): Promise<Map<string, EndpointStats>> {
    await this.flush();
    if (endpointIds.length === 0) return new Map();
    const since = Math.floor(Date.now() / minuteMs) * minuteMs - (shownMinutes - 1) * minuteMs;
    const rows = await em.execute<MinuteRow[]>(
      `select endpoint_id, variant, minute, requests, rows, errors, latencies from endpoint_minute where endpoint_id = any(array[?]::text[]) and minute >= ? order by minute`,
      [[...endpointIds], new Date(since)],
    );
    return new Map(
      endpointIds.map((id) => [
        id,
        summarise(
          rows.filter((row) => row.endpoint_id === id),
          since,
        ),
      ]),
    );
  }

  private async write(): Promise<void> {
    if (this.buckets.size === 0) return;
    const taken = this.buckets;
    this.buckets = new Map();
    try {
      await this.database.transaction(async (em) => {
        for (const bucket of [...taken.values()].sort((a, b) => (a.endpointId < b.endpointId ? -1 : 1))) {
          await em.execute(
            `insert into endpoint_minute as old (endpoint_id, variant, minute, requests, rows, errors, latencies)
             select ?, ?, ?, ?, ?, ?, ?::integer[] where exists (select from endpoint where id = ?)
             on conflict (endpoint_id, minute, variant) do update set
               requests = old.requests + excluded.requests, rows = old.rows + excluded.rows, errors = old.errors + excluded.errors,
               latencies = (select array_agg(coalesce(a, 0) + coalesce(b, 0) order by i) from unnest(old.latencies, excluded.latencies) with ordinality as pair (a, b, i))`,
            [
              bucket.endpointId,
              bucket.variant,
              new Date(bucket.minute),
              bucket.requests,
              bucket.rows,
              bucket.errors,
              `{${bucket.latencies.join(',')}}`,
              bucket.endpointId,
            ],
            'run',
          );
        }
        await em.execute(`delete from endpoint_minute where minute < now() - interval '8 days'`, [], 'run');
      });
    } catch (error) {
      // Figures are not worth a failed request; what could not be written is lost and said.
      this.log.warn({ msg: 'Request figures of some seconds were lost', err: error });
    }
  }
}

function summarise(rows: readonly MinuteRow[], since: number): EndpointStats {
  const total = rows.reduce((sum, row) => sum + row.requests, 0);
  const bins = sumBins(rows);
  const byMinute = Map.groupBy(rows, (row) => new Date(row.minute).getTime());
  const now = Date.now();
  const recent = rows.filter((row) => new Date(row.minute).getTime() >= now - 5 * minuteMs);
  return {
    windowMs: shownMinutes * minuteMs,
    requests: total,
    rows: rows.reduce((sum, row) => sum + row.rows, 0),
    errors: rows.reduce((sum, row) => sum + row.errors, 0),
    requestsPerMinute: Math.round((recent.reduce((sum, row) => sum + row.requests, 0) / 5) * 10) / 10,
    p50Ms: latencyQuantile(bins, 0.5),
    p95Ms: latencyQuantile(bins, 0.95),
    p99Ms: latencyQuantile(bins, 0.99),
    perVariant: Object.fromEntries(
      [...Map.groupBy(rows, (row) => row.variant)].map(([variant, own]) => [
        variant,
        { requests: own.reduce((sum, row) => sum + row.requests, 0), errors: own.reduce((sum, row) => sum + row.errors, 0) },
      ]),
    ),
    buckets: Array.from({ length: shownMinutes }, (_, i) => {
      const at = since + i * minuteMs;
      const own = byMinute.get(at) ?? [];
      return {
        at: new Date(at).toISOString(),
        requests: own.reduce((sum, row) => sum + row.requests, 0),
        errors: own.reduce((sum, row) => sum + row.errors, 0),
        p95Ms: latencyQuantile(sumBins(own), 0.95),
      };
    }),
  };
}

function sumBins(rows: readonly MinuteRow[]): Float64Array {
  const bins = new Float64Array(latencyBins);
  for (const row of rows) for (let i = 0; i < latencyBins; i++) bins[i] = (bins[i] ?? 0) + (row.latencies[i] ?? 0);
  return bins;
}
