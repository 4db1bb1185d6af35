export { createRef, Clock, HttpClient, KeyValue, Logger, Metrics, Random } from './refs.js';
export type {
  HttpAnswer,
  HttpOptions,
  PluginClock,
  PluginHttpClient,
  PluginKeyValue,
  PluginLogger,
  PluginMetrics,
  PluginRandom,
  Ref,
} from './refs.js';
export { isPluginError, PluginError, type PluginErrorCode } from './plugin-error.js';
export type { ColumnInfo, NumericColumn, QueryAnswer, Table, TableColumn, TableReader, TextColumn } from './table.js';
export type { ModelType, Task, TrainedModel, TrainingInput, TrainingReport } from './model-type.js';
export type { CheckFinding, CheckRequest, CheckTypeDefinition, ModelFacts, Validator } from './validator.js';
export type { DeliveryReceipt, NotificationMessage, Notifier } from './notifier.js';
export type { EntityKeys, FeatureStore, FeatureValue, FeatureViewInfo } from './feature-store.js';
export { secret, secretFields, type FieldHints } from './settings.js';
export { definePlugin, pluginApiVersion, type Plugin, type PluginDefinition, type Provided, type Resolved, type Uses } from './plugin.js';
export { PluginManifest } from './manifest.js';
