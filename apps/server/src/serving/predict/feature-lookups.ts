import type { FeatureLookup, PredictResponse } from '@crisol/contracts';
import type { EntityKeys, FeatureValue } from '@crisol/plugin-api';
import { Injectable } from '@nestjs/common';
import { FeatureVectorReader } from '../../features/feature-vector-reader.js';
import { problem, ProblemError } from '../../platform/http/problem.js';
import type { Instance, InstanceEncoder, RowFault } from './instance-encoder.js';
import { LookupMetrics } from './lookup-metrics.js';

/** Seconds after which a store that is switched off or in quarantine is worth another try. */
const RETRY_SECONDS = 5;

/** The look-up of an endpoint, laid out once for all of its requests. */
export interface PlannedLookup {
  readonly store: string;
  readonly pairs: readonly { readonly entity: string; readonly field: string }[];
  readonly features: readonly string[];
  /** Column of each feature. */
  readonly columns: readonly string[];
  readonly timeoutMs: number;
  readonly onFailure: FeatureLookup['onFailure'];
}

/** What a request's look-up found; versions with different columns take from it what they need. */
export interface LookedUp {
  readonly plan: PlannedLookup;
  readonly instances: readonly Instance[];
  /** Vector of each instance; undefined where it was not asked for or the store did not answer. */
  readonly vectors: readonly (readonly FeatureValue[] | undefined)[];
  readonly faults: readonly (RowFault | undefined)[];
  /** Whether the store failed and the endpoint goes on without. */
  readonly failed: boolean;
}

export function planLookup({ store, keys, features, timeoutMs, onFailure }: FeatureLookup): PlannedLookup {
  return {
    store,
    pairs: Object.entries(keys).map(([entity, field]) => ({ entity, field })),
    features: features.map(({ feature }) => feature),
    columns: features.map(({ feature, as }) => as ?? feature.slice(feature.indexOf(':') + 1)),
    timeoutMs,
    onFailure,
  };
}

/** Reads the features of a request's instances: one call to the store for all rows, within the look-up's deadline. */
@Injectable()
export class FeatureLookups {
  constructor(
    private readonly reader: FeatureVectorReader,
    private readonly metrics: LookupMetrics,
  ) {}

  async find(plan: PlannedLookup, instances: readonly Instance[]): Promise<LookedUp> {
    const faults = new Array<RowFault | undefined>(instances.length).fill(undefined);
    const vectors = new Array<readonly FeatureValue[] | undefined>(instances.length).fill(undefined);
    const asked: number[] = [];
    const rows: EntityKeys[] = [];
    for (const [i, instance] of instances.entries()) {
      if (plan.columns.every((column) => instance[column] !== undefined)) continue;
      const keys = keysOf(plan, instance);
      if ('code' in keys) faults[i] = keys;
      else {
        asked.push(i);
        rows.push(keys.keys);
      }
    }
    if (rows.length === 0) return { plan, instances, vectors, faults, failed: false };
    const found = await this.read(plan, rows);
    found?.forEach((vector, row) => {
      const i = asked[row];
      if (i !== undefined) vectors[i] = vector;
    });
    return { plan, instances, vectors, faults, failed: found === undefined };
  }

  /** Undefined when the store failed and the plan goes on without it. */
  private async read(plan: PlannedLookup, rows: readonly EntityKeys[]): Promise<readonly (readonly FeatureValue[])[] | undefined> {
    const started = performance.now();
    try {
      const store = this.reader.find(plan.store);
      if (!store) throw problem('plugin_not_active', { detail: `No active plugin brings the feature store ${plan.store}.` });
      const vectors = await this.reader.readOnlineWithin(store, plan.features, rows, plan.timeoutMs);
      this.metrics.note(plan.features, vectors, (performance.now() - started) / 1000);
      return vectors;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.metrics.failed(plan.features, (performance.now() - started) / 1000);
      if (plan.onFailure === 'null') return undefined;
      throw problem('feature_store_unavailable', {
        detail: `The features of this endpoint could not be read: ${error.message}`,
        retryAfterSeconds: error.options.retryAfterSeconds ?? (error.code === 'plugin_not_active' ? RETRY_SECONDS : 1),
        cause: error,
      });
    }
  }
}

/**
 * The instances as one version takes them: keys that are no columns of it are left out, its columns are filled, and what
 * the instance itself gave stays.
 */
export function completeInstances({ plan, instances, vectors }: LookedUp, encoder: InstanceEncoder): Instance[] {
  const extra = plan.pairs.map(({ field }) => field).filter((field) => !encoder.takes(field));
  const unused = plan.columns.filter((column) => !encoder.takes(column));
  return instances.map((instance, i) => {
    const complete: Record<string, unknown> = { ...instance };
    for (const field of extra) delete complete[field];
    // A column of another variant may be given too; for this one it is as if it were not.
    for (const column of unused) delete complete[column];
    for (const [f, column] of plan.columns.entries()) {
      if (encoder.takes(column) && complete[column] === undefined) complete[column] = vectors[i]?.[f]?.value ?? null;
    }
    return complete;
  });
}

/** The section of the answer that says what was found. */
export function describeLookup({ plan, instances, vectors, failed }: LookedUp): NonNullable<PredictResponse['features']> {
  return {
    store: plan.store,
    columns: [...plan.columns],
    rows: instances.map((instance, i) => {
      const cells = plan.columns.map((column, f) => {
        if (instance[column] !== undefined) return { status: 'given', eventTime: null } as const;
        const found = vectors[i]?.[f];
        return found ?? ({ status: failed ? 'unavailable' : 'not_found', eventTime: null } as const);
      });
      return {
        statuses: cells.map(({ status }) => status),
        eventTimes: cells.map(({ eventTime }) => (eventTime === null ? null : new Date(eventTime).toISOString())),
      };
    }),
  };
}

function keysOf(plan: PlannedLookup, instance: Instance): { readonly keys: EntityKeys } | RowFault {
  const keys: Record<string, string | number> = {};
  for (const { entity, field } of plan.pairs) {
    const key = instance[field];
    if (typeof key !== 'string' && typeof key !== 'number') {
      const words = key === undefined ? 'is missing' : 'must be a text or a number';
      return { code: 'feature_key_missing', column: field, message: `${words}; it is the key ${entity} of the feature look-up` };
    }
    keys[entity] = key;
  }
  return { keys };
}
