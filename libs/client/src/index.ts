export { Crisol, type NewEndpoint, type NewKey, type PredictOptions, type UploadModelOptions } from './crisol.js';
export { Datasets, type PushOptions } from './datasets.js';
export { Jobs } from './jobs.js';
export { List, type ListOptions, type Page } from './list.js';
export { Plugins } from './plugins.js';
export { Promotions, type HistoryOptions } from './promotions.js';
export { ProblemError, ConnectionError } from './problem-error.js';
export { type CallOptions, type ClientOptions } from './transport.js';
