/** A view that a feature store knows. @public @since 1.0 */
export interface FeatureViewInfo {
  readonly name: string;
  readonly entities: readonly string[];
  readonly features: readonly { readonly name: string; readonly type: 'number' | 'integer' | 'boolean' | 'text' | 'timestamp' }[];
  /** Age in seconds after which a value counts as `outside_max_age`; null or absent for never. @since 1.1 */
  readonly maxAgeSeconds?: number | null;
}
/** What one entity was at a time: all or some features of a view. @public @since 1.1 */
export interface FeatureRow {
  readonly keys: EntityKeys;
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
  /** Event time, milliseconds since 1970-01-01 UTC. */
  readonly at: number;
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
 * Serves features: the newest value for online requests, and the value as of a time for training. An unknown view or feature
 * is an `invalid_input` with the names that exist; an unknown entity is `not_found` values.
 * @public
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
  /**
   * Makes the view, or changes its features and its age; what was written stays.
   * @since 1.1
   */
  defineView?(view: FeatureViewInfo, signal: AbortSignal): Promise<void>;
  /**
   * Writes rows of a view. The same row twice changes nothing; of two rows with one key and time the later written holds; an
   * older row never replaces a newer one online.
   * @throws PluginError `invalid_input` for an unknown view, or values that do not fit it
   * @since 1.1
   */
  write?(view: string, rows: readonly FeatureRow[], signal: AbortSignal): Promise<void>;
}
