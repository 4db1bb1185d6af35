/** A view that a feature store knows. @public @since 1.0 */
export interface FeatureViewInfo {
  readonly name: string;
  readonly entities: readonly string[];
  readonly features: readonly { readonly name: string; readonly type: 'number' | 'integer' | 'boolean' | 'text' | 'timestamp' }[];
}
/** One value of an online vector. A missing or too old value is null with a status, never an error. @public @since 1.0 */
export interface FeatureValue {
  readonly value: string | number | boolean | null;
  readonly status: 'present' | 'null_value' | 'not_found' | 'outside_max_age';
  /** Milliseconds since 1970-01-01 UTC, or null. */
  readonly eventTime: number | null;
}
/** Keys of one entity row, such as `{ driver_id: 1001 }`. @public @since 1.0 */
export type EntityKeys = Readonly<Record<string, string | number>>;
/**
 * Serves features: the newest value for online requests, and the value as of a time for training.
 * @beta Filled by the features room; the shape may still grow.
 * @since 1.0
 */
export interface FeatureStore {
  readonly name: string;
  readonly title: string;
  listViews(signal: AbortSignal): Promise<readonly FeatureViewInfo[]>;
  /** `answer[i][j]` is feature j of `features` (`view:feature`) for row i of `rows`. */
  readOnline(features: readonly string[], rows: readonly EntityKeys[], signal: AbortSignal): Promise<readonly (readonly FeatureValue[])[]>;
  /** As `readOnline`, with the newest value at or before `rows[i].at` (milliseconds); never one from after it. */
  readAsOf(
    features: readonly string[],
    rows: readonly { readonly keys: EntityKeys; readonly at: number }[],
    signal: AbortSignal,
  ): Promise<readonly (readonly FeatureValue[])[]>;
}
