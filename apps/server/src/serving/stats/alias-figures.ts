import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AliasTraffic, type AliasFigures } from '../../registry/aliases/alias-traffic.js';
import { EndpointStatistics } from './endpoint-stats.js';
import { latencyBins, latencyQuantile } from './latency-histogram.js';

interface EndpointSum {
  readonly name: string;
  readonly requests: string | number;
  readonly errors: string | number;
  readonly latencies: readonly (string | number)[];
}

/** Tells the registry how it goes at the endpoints that answer with an alias. */
@Injectable()
export class AliasFiguresSource implements OnModuleInit {
  constructor(
    private readonly traffic: AliasTraffic,
    private readonly statistics: EndpointStatistics,
  ) {}

  onModuleInit(): void {
    this.traffic.register({ figures: (em, modelId, alias, since) => this.figures(em, modelId, alias, since) });
  }

  /** Sums of the whole minutes after the move, and after the endpoint's own last change: what came before was another version's. */
  private async figures(em: EntityManager, modelId: string, alias: string, since: Date): Promise<AliasFigures> {
    await this.statistics.flush();
    const rows = await em.execute<EndpointSum[]>(
      `with own as (
         select e.name, m.requests, m.errors, m.latencies
         from endpoint e cross join lateral jsonb_to_recordset(e.variants) as variant (name text, model text, alias text)
         join endpoint_minute m on m.endpoint_id = e.id and m.variant = variant.name
         where variant.model = ? and variant.alias = ? and m.minute >= greatest(?::timestamptz, e.updated_at)),
       bins as (
         select name, bin, sum(count) as count from own cross join lateral unnest(own.latencies) with ordinality as one (count, bin) group by name, bin)
       select name, sum(requests) as requests, sum(errors) as errors,
         (select array_agg(bins.count order by bins.bin) from bins where bins.name = own.name) as latencies
       from own group by name order by name`,
      [modelId, alias, since],
    );
    const total = new Float64Array(latencyBins);
    const endpoints = rows.map((row) => {
      const bins = row.latencies.map(Number);
      bins.forEach((count, i) => (total[i] = (total[i] ?? 0) + count));
      return { name: row.name, requests: Number(row.requests), errors: Number(row.errors), p95Ms: latencyQuantile(bins, 0.95) };
    });
    return {
      endpoints,
      requests: endpoints.reduce((sum, one) => sum + one.requests, 0),
      errors: endpoints.reduce((sum, one) => sum + one.errors, 0),
      p95Ms: latencyQuantile(total, 0.95),
    };
  }
}
