import type { CheckTypeDefinition, FeatureStore, ModelType, Notifier, Validator } from '@crisol/plugin-api';
import type { PluginIsolation, PluginKind, PluginPermissions } from '@crisol/contracts';

/** How a child process finds a plugin: plain data. `instantiatePlugin` in `plugins/child/` makes an instance from it. */
export interface PluginReference {
  readonly pluginId: string;
  /** Absolute path of the plugin's entry module. */
  readonly entry: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether it runs in the child itself or in a process below it. */
  readonly isolation: PluginIsolation;
  readonly permissions: PluginPermissions;
  readonly kind: PluginKind;
  /** Name of the model type, validator … inside the plugin. */
  readonly name: string;
}
export interface ProvidedModelType {
  readonly pluginId: string;
  readonly modelType: ModelType;
}
export interface ProvidedValidator {
  readonly pluginId: string;
  readonly validator: Validator;
  readonly checkTypes: readonly CheckTypeDefinition[];
}
export interface ProvidedNotifier {
  readonly pluginId: string;
  readonly notifier: Notifier;
}
export interface ProvidedFeatureStore {
  readonly pluginId: string;
  readonly featureStore: FeatureStore;
}

/** The active plugins, as rooms see them. Lists hold only what is active or degraded now. */
export abstract class PluginHost {
  abstract modelTypes(): readonly ProvidedModelType[];
  abstract validators(): readonly ProvidedValidator[];
  abstract notifiers(): readonly ProvidedNotifier[];
  abstract featureStores(): readonly ProvidedFeatureStore[];
  /** Where to load it from in a child. Throws `plugin_not_active` or `model_type_unknown` with the names that exist. */
  abstract reference(kind: PluginKind, name: string): PluginReference;
  /** Every call into a plugin in this process goes through here: deadline, error map, metrics, breaker. */
  abstract call<T>(pluginId: string, operation: string, deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}
