import type { Variant, VariantStatus } from '@crisol/contracts';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Config } from '../../platform/config/config.js';
import { Database } from '../../platform/database/database.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem, ProblemError } from '../../platform/http/problem.js';
import { ServableVersions, type ServableVersion } from '../../registry/servable-versions.js';
import { VersionPool, type LoadedVersion } from '../lanes/version-pool.js';
import { planLookup, type PlannedLookup } from '../predict/feature-lookups.js';
import { EndpointEntity, type EndpointRow } from './endpoint.entity.js';

export interface RoutedVariant {
  readonly name: string;
  readonly role: Variant['role'];
  readonly share: number;
  readonly version: LoadedVersion;
}
/** An endpoint as the hot path sees it: everything loaded, nothing left to look up. */
export interface Route {
  readonly id: string;
  readonly name: string;
  readonly variants: readonly RoutedVariant[];
  /** Sum of the shares of the variants that are there. */
  readonly totalShare: number;
  readonly shadows: readonly RoutedVariant[];
  /** Columns to fill from a feature store first; null for most endpoints. */
  readonly lookup: PlannedLookup | null;
}

/** Events after which the table of routes may be out of date. */
const relevant = /^(alias\.|traffic\.|endpoint\.|model_version\.|events\.missed$)/;
const trimEveryMs = 60_000;

/**
 * The table of endpoints in memory. A change anywhere makes a new table: new versions are loaded and warmed first, then
 * the table is swapped in one step, so no request ever finds a cold or half-changed endpoint.
 */
@Injectable()
export class TrafficRouter implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Serving');
  private routes: ReadonlyMap<string, Route> = new Map();
  private refreshing: Promise<void> | undefined;
  private again = false;
  private stop: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly versions: ServableVersions,
    private readonly pool: VersionPool,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.role === 'worker') return;
    this.stop = this.events.onPublished('*', (event) => {
      if (event.type === 'model_version.quarantined' && typeof event.data['id'] === 'string') void this.pool.drop(event.data['id']);
      if (relevant.test(event.type))
        this.refresh().catch((error: unknown) => this.log.error({ msg: 'The routes could not be refreshed', err: error }));
    });
    this.timer = setInterval(() => void this.trim(), trimEveryMs);
    this.timer.unref();
    // Loading models may take a while; the port opens meanwhile, and an early caller waits for the table.
    this.refresh().catch((error: unknown) => this.log.error({ msg: 'The routes could not be read', err: error }));
  }

  onApplicationShutdown(): void {
    this.stop?.();
    clearInterval(this.timer);
  }

  /** The route of an endpoint by name or id. An endpoint made a moment ago in another process is looked up once. */
  async route(nameOrId: string): Promise<Route> {
    const known = this.routes.get(nameOrId);
    if (known) return known;
    await this.refresh();
    const found = this.routes.get(nameOrId);
    if (!found) throw problem('not_found', { detail: `There is no endpoint ${nameOrId}.` });
    return found;
  }

  /** The route when it is in memory; for the hot path. */
  known(nameOrId: string): Route | undefined {
    return this.routes.get(nameOrId);
  }

  /** Reads the endpoints again. Calls that come while one runs share the next one. */
  refresh(): Promise<void> {
    if (this.refreshing) {
      this.again = true;
      return this.refreshing;
    }
    this.refreshing = this.rebuild().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /** What each variant stands for now, for people. */
  async status(variants: readonly Variant[]): Promise<VariantStatus[]> {
    return this.database.read(async (em) => {
      const found: VariantStatus[] = [];
      for (const variant of variants) {
        const facts = await this.versions.find(em, variant.model, variant);
        const model = facts ? facts.model : ((await this.versions.model(em, variant.model))?.name ?? variant.model);
        found.push({
          ...variant,
          model,
          resolvedVersion: facts?.version ?? null,
          versionId: facts?.id ?? null,
          lane: facts?.state === 'admitted' ? facts.lane : null,
          state: facts
            ? facts.state === 'admitted'
              ? 'ready'
              : facts.state === 'quarantined'
                ? 'quarantined'
                : facts.state === 'pending'
                  ? 'loading'
                  : 'unavailable'
            : 'unavailable',
          reason: reasonOf(facts, variant),
        });
      }
      return found;
    });
  }

  private async rebuild(): Promise<void> {
    do {
      this.again = false;
      const { endpoints, named } = await this.database.read(async (em) => {
        const rows = await em.find(EndpointEntity, {}, { orderBy: { id: 'asc' } });
        const versions = new Map<string, ServableVersion | null>();
        for (const row of rows)
          for (const variant of row.variants) versions.set(keyOf(variant), await this.versions.find(em, variant.model, variant));
        return { endpoints: rows, named: versions };
      });
      const routes = new Map<string, Route>();
      for (const endpoint of endpoints) {
        const route = await this.load(endpoint, named);
        routes.set(endpoint.id, route);
        routes.set(endpoint.name, route);
      }
      this.routes = routes;
    } while (this.again);
  }

  private async load(endpoint: EndpointRow, named: ReadonlyMap<string, ServableVersion | null>): Promise<Route> {
    const ready: RoutedVariant[] = [];
    for (const variant of endpoint.variants) {
      const facts = named.get(keyOf(variant));
      if (!facts || facts.state !== 'admitted') continue;
      try {
        ready.push({ name: variant.name, role: variant.role, share: variant.share, version: await this.pool.get(facts) });
      } catch (error) {
        // The others go on without it; its state says why.
        this.log.error({
          msg: `${facts.model} v${facts.version} could not be loaded for ${endpoint.name}`,
          err: error instanceof ProblemError ? error.message : error,
        });
      }
    }
    const variants = ready.filter((variant) => variant.role !== 'shadow');
    return {
      id: endpoint.id,
      name: endpoint.name,
      variants,
      shadows: ready.filter((variant) => variant.role === 'shadow'),
      lookup: endpoint.lookup ? planLookup(endpoint.lookup) : null,
      totalShare: variants.reduce((sum, variant) => sum + variant.share, 0),
    };
  }

  private async trim(): Promise<void> {
    const used = new Set(
      [...this.routes.values()].flatMap((route) => [...route.variants, ...route.shadows].map((variant) => variant.version.facts.id)),
    );
    await this.pool.trim(used);
  }
}

function keyOf(variant: Variant): string {
  return `${variant.model}\n${variant.alias ?? variant.version ?? ''}`;
}

function reasonOf(facts: ServableVersion | null, variant: Variant): string | null {
  if (!facts)
    return variant.alias !== undefined ? `The alias ${variant.alias} does not name a version.` : `There is no version ${variant.version}.`;
  return facts.state === 'admitted' ? null : `Version ${facts.version} is ${facts.state}.`;
}

/**
 * Picks the variant of a request: by chance, or the same one for the same sticky key as long as the shares stay.
 * @param random - uniform in [0, 1)
 */
export function pickVariant(route: Route, stickyKey: string | undefined, random: number): RoutedVariant | undefined {
  const { variants, totalShare } = route;
  if (variants.length <= 1) return variants[0];
  const u = stickyKey === undefined ? random : createHash('sha256').update(`${route.id}\n${stickyKey}`).digest().readUInt32BE(0) / 2 ** 32;
  let at = u * totalShare;
  for (const variant of variants) {
    if (at < variant.share) return variant;
    at -= variant.share;
  }
  return variants.at(-1);
}
