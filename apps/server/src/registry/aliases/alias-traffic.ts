import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';

export interface AliasFigures {
  readonly endpoints: readonly {
    readonly name: string;
    readonly requests: number;
    readonly errors: number;
    readonly p95Ms: number | null;
  }[];
  readonly requests: number;
  /** Requests that failed by a fault of ours, not of the caller's. */
  readonly errors: number;
  readonly p95Ms: number | null;
}
export interface AliasTrafficSource {
  /** What the variants that follow the alias did in the whole minutes after an instant. */
  figures(em: EntityManager, modelId: string, alias: string, since: Date): Promise<AliasFigures>;
}

/** Lets the serving room, which stands above, say how it goes at the endpoints that answer with an alias. */
@Injectable()
export class AliasTraffic implements AliasTrafficSource {
  private source: AliasTrafficSource = {
    figures: () => Promise.resolve({ endpoints: [], requests: 0, errors: 0, p95Ms: null }),
  };

  register(source: AliasTrafficSource): void {
    this.source = source;
  }

  figures(em: EntityManager, modelId: string, alias: string, since: Date): ReturnType<AliasTrafficSource['figures']> {
    return this.source.figures(em, modelId, alias, since);
  }
}
