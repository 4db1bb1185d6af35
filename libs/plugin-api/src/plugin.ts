import { z } from 'zod';
import type { FeatureStore } from './feature-store.js';
import type { ModelType } from './model-type.js';
import type { Notifier } from './notifier.js';
import type { Ref } from './refs.js';
import type { Validator } from './validator.js';

/** Version of this contract. A manifest names the range it was written for. @public @since 1.0 */
export const pluginApiVersion = '1.1.0';

/** What a plugin brings. At least one list is not empty. @public @since 1.0 */
export interface Provided {
  // `any` of params and targets: the host holds instances of many types, and hands each one only what its own schema parsed.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly modelTypes?: readonly ModelType<any>[];
  readonly featureStores?: readonly FeatureStore[];
  readonly validators?: readonly Validator[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly notifiers?: readonly Notifier<any>[];
  /** The console's Test button: does the other side answer with these settings? Throws a `PluginError` when not. */
  check?(signal: AbortSignal): Promise<{ readonly message: string }>;
  /** Ends what `setup` started. Called once no call is running; calling it twice does nothing. */
  dispose?(): Promise<void> | void;
}

/** Refs by the name under which `setup` receives them. @public @since 1.0 */
export type Uses = Readonly<Record<string, Ref<unknown>>>;
/** What the refs resolve to. @public @since 1.0 */
export type Resolved<U extends Uses> = { readonly [Name in keyof U]: U[Name] extends Ref<infer T> ? T : never };

/** @public @since 1.0 */
export interface PluginDefinition<Settings extends z.ZodType, U extends Uses> {
  /** The id of the manifest. */
  readonly id: string;
  /** Strict object schema; every field has a default, or the plugin starts as `misconfigured` until it is set. */
  readonly settings?: Settings;
  readonly uses?: U;
  /** Wires the plugin. No input or output here: that belongs to `check`. Nothing starts that `dispose` does not end. */
  setup(context: Resolved<U> & { readonly settings: z.output<Settings> }): Provided;
}

/** A plugin as the host sees it. @public @since 1.0 */
export interface Plugin {
  readonly id: string;
  readonly settings: z.ZodType;
  readonly uses: Uses;
  setup(context: Readonly<Record<string, unknown>>): Provided;
}

/**
 * Defines a plugin. The module's default export is what this returns.
 * @example
 * export default definePlugin({
 *   id: 'notifier-webhook',
 *   uses: { http: HttpClient, clock: Clock },
 *   setup: ({ http, clock }) => ({ notifiers: [webhookNotifier(http, clock)] }),
 * });
 * @public
 * @since 1.0
 */
export function definePlugin<Settings extends z.ZodType = z.ZodObject<Record<never, never>>, U extends Uses = Record<never, never>>(
  definition: PluginDefinition<Settings, U>,
): Plugin {
  return {
    id: definition.id,
    settings: definition.settings ?? z.strictObject({}),
    uses: definition.uses ?? {},
    // The host resolves exactly the refs of `uses` and parses `settings` by the schema, which the types cannot say here.
    setup: (context) => definition.setup(context as Resolved<U> & { readonly settings: z.output<Settings> }),
  };
}
