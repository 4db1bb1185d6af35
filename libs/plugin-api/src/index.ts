export {
  Artifacts,
  Background,
  Clock,
  Commands,
  createRef,
  Datasets,
  HttpClient,
  KeyValue,
  Logger,
  Metrics,
  OwnDatabase,
  Random,
  Secrets,
} from './refs.js';
export type {
  ArtifactInfo,
  CommandRequest,
  CommandResult,
  DatasetInfo,
  DatasetRead,
  HttpAnswer,
  HttpOptions,
  PluginArtifacts,
  PluginBackground,
  PluginClock,
  PluginCommands,
  PluginDatabase,
  PluginDatasets,
  PluginHttpClient,
  PluginKeyValue,
  PluginLogger,
  PluginMetrics,
  PluginRandom,
  PluginSecrets,
  Ref,
} from './refs.js';
export { isPluginError, PluginError, type PluginErrorCode } from './plugin-error.js';
export type { ColumnInfo, NumericColumn, QueryAnswer, Table, TableColumn, TableReader, TextColumn } from './table.js';
export type {
  BroughtArtifact,
  BroughtModel,
  Explanation,
  ModelType,
  SearchRange,
  Task,
  TrainedModel,
  TrainingInput,
  TrainingReport,
} from './model-type.js';
export type {
  CallerFacts,
  CheckFinding,
  CheckRequest,
  CheckTypeDefinition,
  ModelFacts,
  SignatureColumn,
  Validator,
  VersionFacts,
} from './validator.js';
export type { DeliveryReceipt, NotificationMessage, Notifier } from './notifier.js';
export type { EntityKeys, FeatureRow, FeatureStore, FeatureValue, FeatureViewInfo } from './feature-store.js';
export { agedValue, checkFeatureRow, checkView, entityKey, findView, resolveFeatures, type ResolvedFeature } from './feature-views.js';
export { defaultTemplate, renderTemplate } from './template.js';
export { hinted, secret, secretFields, type FieldHints } from './settings.js';
export { definePlugin, pluginApiVersion, type Plugin, type PluginDefinition, type Provided, type Resolved, type Uses } from './plugin.js';
export { PluginManifest } from './manifest.js';
export { satisfiesRange } from './api-range.js';
