import type {
  FeatureStoreInfo,
  FeatureStoreList,
  FeatureVectors,
  FeatureView,
  ProblemIssue,
  PutFeatureView,
  ReadHistoricalFeatures,
  ReadOnlineFeatures,
  WriteFeatureRows,
  WrittenFeatureRows,
} from '@crisol/contracts';
import type { FeatureValue, FeatureViewInfo } from '@crisol/plugin-api';
import { Injectable } from '@nestjs/common';
import { Audit } from '../platform/audit/audit.js';
import type { Actor } from '../platform/auth/actor.js';
import { Database } from '../platform/database/database.js';
import { problem, ProblemError } from '../platform/http/problem.js';
import type { ProvidedFeatureStore } from '../platform/plugins/plugin-host.js';
import { PluginSchema, type PluginRow } from '../platform/plugins/plugin.entity.js';
import { FeatureVectorReader } from './feature-vector-reader.js';
import { locateInRead, locateInRows } from './locate-fault.js';

const DEFINE_MS = 10_000;
const WRITE_MS = 25_000;
const ONLINE_MS = 5_000;
const HISTORY_MS = 25_000;

/** Feature stores by REST: their views, what is written, and vectors. */
@Injectable()
export class FeatureStoresService {
  constructor(
    private readonly database: Database,
    private readonly reader: FeatureVectorReader,
    private readonly audit: Audit,
  ) {}

  async list(): Promise<FeatureStoreList> {
    const known = await this.known();
    return { data: await Promise.all(known.map((store) => this.describe(store))) };
  }

  async get(name: string): Promise<FeatureStoreInfo> {
    const known = await this.known();
    const found = known.find((store) => store.name === name);
    if (!found) throw unknownStore(name, known);
    return this.describe(found);
  }

  async putView(actor: Actor, name: string, view: string, body: PutFeatureView): Promise<FeatureView> {
    const store = await this.activeStore(name);
    const { defineView } = store.featureStore;
    if (!defineView) throw readOnly(name);
    await this.reader.call(store, 'defineView', DEFINE_MS, (_own, signal) => defineView({ name: view, ...body }, signal));
    await this.database.transaction((em) =>
      this.audit.record(em, actor, {
        action: 'feature_view.put',
        target: { kind: 'feature_store', id: store.pluginId, name: `${name}/${view}` },
        change: body,
      }),
    );
    return { name: view, ...body };
  }

  async writeRows(name: string, view: string, body: WriteFeatureRows): Promise<WrittenFeatureRows> {
    const store = await this.activeStore(name);
    const { write } = store.featureStore;
    if (!write) throw readOnly(name);
    const rows = body.rows.map(({ keys, at, values }) => ({ keys, values, at: Date.parse(at) }));
    try {
      await this.reader.call(store, 'write', WRITE_MS, (_own, signal) => write(view, rows, signal));
    } catch (error) {
      throw await this.located(error, store, (views) => locateInRows(this.viewOf(store, views, view), rows));
    }
    return { rows: rows.length };
  }

  async readOnline(name: string, { features, rows }: ReadOnlineFeatures): Promise<FeatureVectors> {
    const store = await this.activeStore(name);
    try {
      return toVectors(features, await this.reader.readOnline(store, features, rows, ONLINE_MS));
    } catch (error) {
      throw await this.located(error, store, (views) => locateInRead(views, features, rows, []));
    }
  }

  async readHistorical(name: string, { features, rows }: ReadHistoricalFeatures): Promise<FeatureVectors> {
    const timed = rows.map(({ keys, at }) => ({ keys, at: Date.parse(at) }));
    const store = await this.activeStore(name);
    try {
      return toVectors(features, await this.reader.readAsOf(store, features, timed, HISTORY_MS));
    } catch (error) {
      const keys = rows.map((row) => row.keys);
      throw await this.located(error, store, (views) => locateInRead(views, features, keys, ['keys']));
    }
  }

  /** Stores that plugins bring or brought, so that one that is switched off is seen with its reason. */
  private async known(): Promise<KnownStore[]> {
    const rows = await this.database.read((em) => em.find(PluginSchema, {}, { orderBy: { id: 'asc' } }));
    return rows.flatMap((plugin) =>
      plugin.provides.filter(({ kind }) => kind === 'feature-store').map(({ name, title }) => ({ name, title, plugin })),
    );
  }

  private async describe({ name, title, plugin }: KnownStore): Promise<FeatureStoreInfo> {
    const store = this.reader.find(name);
    const facts = { name, title, pluginId: plugin.id, state: plugin.state, writable: isWritable(store) };
    if (!store) return { ...facts, views: [], problem: plugin.message ?? `The plugin is ${plugin.state}.` };
    try {
      return { ...facts, views: (await this.reader.listViews(store)).map(toView), problem: null };
    } catch (error) {
      // The list is of all stores; one that does not answer says so in its place.
      if (error instanceof ProblemError) return { ...facts, views: [], problem: error.message };
      throw error;
    }
  }

  private async activeStore(name: string): Promise<ProvidedFeatureStore> {
    const store = this.reader.find(name);
    if (store) return store;
    const known = await this.known();
    const found = known.find((one) => one.name === name);
    if (!found) throw unknownStore(name, known);
    throw problem('plugin_not_active', {
      detail: `The feature store ${name} comes from the plugin ${found.plugin.id}, which is ${found.plugin.state}; the Plugins page says why.`,
    });
  }

  /** A store says in words what it refuses; where that stands in the request is found by its views, only once it refused. */
  private async located(
    error: unknown,
    store: ProvidedFeatureStore,
    locate: (views: readonly FeatureViewInfo[]) => ProblemIssue[],
  ): Promise<unknown> {
    if (!(error instanceof ProblemError) || error.code !== 'validation_failed') return error;
    const errors = locate(await this.reader.listViews(store));
    return errors.length === 0 ? error : problem('validation_failed', { ...error.options, detail: error.message, errors });
  }

  private viewOf(store: ProvidedFeatureStore, views: readonly FeatureViewInfo[], name: string): FeatureViewInfo {
    const view = views.find((one) => one.name === name);
    if (view) return view;
    const names = views.map((one) => one.name).join(', ');
    throw problem('not_found', {
      detail: `The feature store ${store.featureStore.name} has no view ${name}. ${names ? `It has: ${names}.` : 'It has none yet.'}`,
    });
  }
}

interface KnownStore {
  readonly name: string;
  readonly title: string;
  readonly plugin: PluginRow;
}

function isWritable(store: ProvidedFeatureStore | undefined): boolean {
  return store?.featureStore.write !== undefined;
}

function unknownStore(name: string, known: readonly KnownStore[]): ProblemError {
  const names = known.map((store) => store.name).join(', ');
  return problem('not_found', { detail: `There is no feature store ${name}. ${names ? `There are: ${names}.` : 'No plugin brings one.'}` });
}

function readOnly(name: string): ProblemError {
  return problem('feature_store_read_only', { detail: `The feature store ${name} is written to by its own tools, not through Crisol.` });
}

function toView({ name, entities, features, maxAgeSeconds }: FeatureViewInfo): FeatureView {
  return { name, entities: [...entities], features: features.map((feature) => ({ ...feature })), maxAgeSeconds: maxAgeSeconds ?? null };
}

function toVectors(features: string[], vectors: readonly (readonly FeatureValue[])[]): FeatureVectors {
  return {
    features,
    rows: vectors.map((vector) => ({
      values: vector.map(({ value }) => value),
      statuses: vector.map(({ status }) => status),
      eventTimes: vector.map(({ eventTime }) => (eventTime === null ? null : new Date(eventTime).toISOString())),
    })),
  };
}
