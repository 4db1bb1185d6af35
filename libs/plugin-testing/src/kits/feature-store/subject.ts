import type { EntityKeys, FeatureStore, FeatureValue } from '@crisol/plugin-api';
import { ensure } from '../../contract.js';
import { start, type PluginSubject } from '../common.js';

/** One observation of the view `driver` (entity `driver_id`, features `trips` number and `city` text, maximal age one day). @public @since 1.0 */
export interface DriverRow {
  readonly driver_id: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  readonly trips: number | null;
  readonly city: string | null;
}
/** A feature store to try. @public @since 1.0 */
export interface FeatureStoreSubject extends PluginSubject {
  /** Puts rows into the view `driver`, in this order, before the store is asked. */
  seed(store: FeatureStore, rows: readonly DriverRow[]): Promise<void>;
  /** The time that the store takes for now. */
  readonly now: number;
}

export const HOUR = 3_600_000;
/** Fresh for each call: a plugin that writes into it must not spoil another case. */
export const features = (): string[] => ['driver:trips', 'driver:city'];
export const never = (): AbortSignal => new AbortController().signal;
export const driver = (id: number): EntityKeys => ({ driver_id: id });

export async function open(subject: FeatureStoreSubject): Promise<FeatureStore> {
  const store = start(subject).provided.featureStores?.[0];
  ensure(store !== undefined, 'setup brings no feature store.');
  const { now } = subject;
  await subject.seed(store, [
    { driver_id: 1, at: now - 5 * HOUR, trips: 10, city: 'Lima' },
    { driver_id: 1, at: now - HOUR, trips: 30, city: 'Cusco' },
    // Written last, happened before: it must not win.
    { driver_id: 1, at: now - 3 * HOUR, trips: 20, city: 'Puno' },
    { driver_id: 2, at: now - 2 * HOUR, trips: null, city: 'Ica' },
    { driver_id: 3, at: now - 48 * HOUR, trips: 99, city: 'Tacna' },
  ]);
  return store;
}
/** Cells in short, for a sentence: the value, or the status when there is none. */
export const told = (cells: readonly (readonly FeatureValue[])[] | undefined): string =>
  JSON.stringify(cells?.map((row) => row.map(({ value, status }) => (value === null ? status : value))));
