import type { EntityKeys, FeatureStore, FeatureValue, FeatureViewInfo } from '@crisol/plugin-api';
import { Injectable } from '@nestjs/common';
import { problem } from '../platform/http/problem.js';
import { PluginHost, type ProvidedFeatureStore } from '../platform/plugins/plugin-host.js';

const LIST_MS = 5_000;
/** Time to end after the signal: a store that takes longer hangs. */
const GRACE_MS = 5_000;

/** The feature stores that are active now, asked through the guard of plugins. */
@Injectable()
export class FeatureVectorReader {
  constructor(private readonly plugins: PluginHost) {}

  active(): readonly ProvidedFeatureStore[] {
    return this.plugins.featureStores();
  }

  find(name: string): ProvidedFeatureStore | undefined {
    return this.plugins.featureStores().find(({ featureStore }) => featureStore.name === name);
  }

  /** Runs one call into a store, with its deadline and the breaker of its plugin. */
  call<T>(
    { pluginId, featureStore }: ProvidedFeatureStore,
    operation: string,
    deadlineMs: number,
    work: (store: FeatureStore, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.plugins.call(pluginId, operation, deadlineMs, (signal) => work(featureStore, signal));
  }

  listViews(store: ProvidedFeatureStore): Promise<readonly FeatureViewInfo[]> {
    return this.call(store, 'listViews', LIST_MS, (own, signal) => own.listViews(signal));
  }

  /** The newest vectors, one for each row. */
  async readOnline(
    store: ProvidedFeatureStore,
    features: readonly string[],
    rows: readonly EntityKeys[],
    deadlineMs: number,
  ): Promise<readonly (readonly FeatureValue[])[]> {
    const vectors = await this.call(store, 'readOnline', deadlineMs, (own, signal) => own.readOnline(features, rows, signal));
    return ofRightShape(vectors, store.pluginId, rows.length, features.length);
  }

  /**
   * The newest vectors, or `plugin_timed_out` once the budget of a caller in a hurry is spent. That says nothing against the
   * plugin, which may be well for callers with more time: only one that goes on past the deadline of its call is at fault.
   */
  async readOnlineWithin(
    store: ProvidedFeatureStore,
    features: readonly string[],
    rows: readonly EntityKeys[],
    budgetMs: number,
  ): Promise<readonly (readonly FeatureValue[])[]> {
    const spent = problem('plugin_timed_out', {
      detail: `The feature store ${store.featureStore.name} did not answer within ${budgetMs} ms.`,
    });
    const budget = new AbortController();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(spent);
      budget.abort(spent);
    }, budgetMs);
    const reading = this.call(store, 'readOnline', budgetMs + GRACE_MS, async (own, signal) => {
      try {
        return await own.readOnline(features, rows, AbortSignal.any([signal, budget.signal]));
      } catch (error) {
        throw budget.signal.aborted ? spent : error;
      }
    });
    // Its answer or error after the budget is nobody's any more.
    reading.catch(() => undefined);
    try {
      return ofRightShape(await Promise.race([reading, late.promise]), store.pluginId, rows.length, features.length);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The vectors as of the time of each row. */
  async readAsOf(
    store: ProvidedFeatureStore,
    features: readonly string[],
    rows: readonly { readonly keys: EntityKeys; readonly at: number }[],
    deadlineMs: number,
  ): Promise<readonly (readonly FeatureValue[])[]> {
    const vectors = await this.call(store, 'readAsOf', deadlineMs, (own, signal) => own.readAsOf(features, rows, signal));
    return ofRightShape(vectors, store.pluginId, rows.length, features.length);
  }
}

/** A plugin that answers with fewer rows or values would shift them to other entities; that is refused, not served. */
function ofRightShape(vectors: readonly (readonly FeatureValue[])[], pluginId: string, rows: number, features: number) {
  if (vectors.length === rows && vectors.every((vector) => vector.length === features)) return vectors;
  throw problem('plugin_call_failed', {
    detail: `Plugin ${pluginId} answered with another number of rows or features than it was asked for.`,
  });
}
