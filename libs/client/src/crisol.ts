import type {
  ApiKey,
  BroughtSignature,
  CompareModels,
  Comparison,
  CreatedApiKey,
  Endpoint,
  Job,
  Me,
  Model,
  ModelVersion,
  PredictRequest,
  PredictResponse,
  Run,
  Scope,
  Variant,
} from '@crisol/contracts';
import { Datasets } from './datasets.js';
import { Jobs } from './jobs.js';
import { List, type ListOptions } from './list.js';
import { Plugins } from './plugins.js';
import { Promotions } from './promotions.js';
import { Transport, type CallOptions, type ClientOptions } from './transport.js';

const segment = encodeURIComponent;

/** A new endpoint. Shares sum to 100; `role` is `primary` when left out. */
export interface NewEndpoint {
  readonly name: string;
  readonly description?: string;
  readonly variants: readonly (Omit<Variant, 'role'> & { readonly role?: Variant['role'] })[];
  readonly tags?: Readonly<Record<string, string>>;
}
/** A new key: what it may do, and optionally where from, where to and how much. It expires after 90 days when nothing is said. */
export interface NewKey {
  readonly name: string;
  readonly kind?: ApiKey['kind'];
  readonly scopes: readonly Scope[];
  readonly endpoints?: readonly string[] | null;
  readonly networks?: readonly string[] | null;
  readonly expiresInDays?: number;
  readonly requestsPerMinute?: number | null;
  readonly predictionsPerMinute?: number | null;
}
/** What is known of a model that was made elsewhere, besides its file. */
export interface UploadModelOptions extends CallOptions {
  /** Default `model.onnx`. */
  readonly fileName?: string;
  /** Default `onnx`. */
  readonly modelType?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** Names and types of the columns; what is left out is read off the graph and the samples. */
  readonly signature?: BroughtSignature;
  /** Rows with the answers that are expected, as JSON or CSV; the version gets a parity report. */
  readonly samples?: Blob;
  readonly description?: string;
  /** Moves to the version once it is admitted; needs the scope models:promote. */
  readonly alias?: string;
}
export interface PredictOptions extends CallOptions {
  /** Default true. */
  readonly probabilities?: boolean;
  /** Calls with the same text get the same variant. */
  readonly stickyKey?: string;
}

/**
 * A Crisol server. Every call takes an `AbortSignal`, is tried 3 times where that is safe, and throws `ProblemError` for what
 * the server refuses.
 * @example
 * const crisol = new Crisol({ url: 'http://127.0.0.1:7070', apiKey });
 * const answer = await crisol.endpoints.predict('penguins', [{ island: 'Biscoe', bill_length_mm: 46.1 }]);
 */
export class Crisol {
  readonly datasets: Datasets;
  readonly jobs: Jobs;
  readonly plugins: Plugins;
  readonly promotions: Promotions;
  readonly #transport: Transport;

  constructor(options: ClientOptions = {}) {
    this.#transport = new Transport(options);
    this.datasets = new Datasets(this.#transport);
    this.jobs = new Jobs(this.#transport);
    this.plugins = new Plugins(this.#transport);
    this.promotions = new Promotions(this.#transport);
  }

  /** Where the server is, without a slash at the end. */
  get url(): string {
    return this.#transport.url;
  }

  /** Who this key is, and what it may do. */
  me(options: CallOptions = {}): Promise<Me> {
    return this.#transport.json('GET', 'me', options);
  }

  readonly models = {
    list: (options: ListOptions = {}): List<Model> => new List(this.#transport, 'models', options),
    /** By id or name. */
    get: (model: string, options: CallOptions = {}): Promise<Model> => this.#transport.json('GET', `models/${segment(model)}`, options),
    /** Newest first. */
    versions: (model: string, options: ListOptions = {}): List<ModelVersion> =>
      new List(this.#transport, `models/${segment(model)}/versions`, options),
    /** By number, id or `@alias`. */
    version: (model: string, version: number | string, options: CallOptions = {}): Promise<ModelVersion> =>
      this.#transport.json('GET', `models/${segment(model)}/versions/${segment(version)}`, options),
    /**
     * Uploads a model that was made elsewhere; a new name makes a new model.
     * @example const job = await crisol.models.upload('churn', await openAsBlob('churn.onnx'));
     * @returns the job; its outputs name the version, whose `admission` says whether it may serve
     */
    upload: (model: string, file: Blob, options: UploadModelOptions = {}): Promise<Job> => {
      const { fileName = 'model.onnx', modelType, params, signature, samples, description, alias, signal } = options;
      const form = new FormData();
      const texts = {
        modelType,
        description,
        alias,
        params: params && JSON.stringify(params),
        signature: signature && JSON.stringify(signature),
      };
      for (const [name, text] of Object.entries(texts)) if (text !== undefined) form.set(name, text);
      if (samples) form.set('samples', samples, 'samples');
      form.set('file', file, fileName);
      // A second try after a lost connection could make a second version.
      return this.#transport.json('POST', `models/${segment(model)}/versions`, { signal, body: form, repeatable: false });
    },
  };

  readonly runs = {
    get: (run: string, options: CallOptions = {}): Promise<Run> => this.#transport.json('GET', `runs/${segment(run)}`, options),
  };

  readonly comparisons = {
    /**
     * Compares versions or runs on the same rows; the first is the one that the others are measured against.
     * @returns the job; its output `comparison` is the id of what it found
     */
    start: (
      comparison: Pick<CompareModels, 'candidates'> & Partial<Omit<CompareModels, 'candidates'>>,
      options: CallOptions = {},
    ): Promise<Job> => this.#transport.json('POST', 'comparisons', { ...options, json: comparison }),
    get: (comparison: string, options: CallOptions = {}): Promise<Comparison> =>
      this.#transport.json('GET', `comparisons/${segment(comparison)}`, options),
    /** Newest first. */
    list: (options: ListOptions & { readonly model?: string } = {}): List<Comparison> =>
      new List(this.#transport, 'comparisons', options, { model: options.model }),
  };

  readonly endpoints = {
    list: (options: ListOptions = {}): List<Endpoint> => new List(this.#transport, 'endpoints', options),
    create: (endpoint: NewEndpoint, options: CallOptions = {}): Promise<Endpoint> =>
      this.#transport.json('POST', 'endpoints', { ...options, json: endpoint }),
    /** Answers keep the order of the rows; a bad row carries its error. All rows bad throws `all_rows_invalid`. */
    predict: (endpoint: string, instances: PredictRequest['instances'], options: PredictOptions = {}): Promise<PredictResponse> => {
      const { probabilities, stickyKey, ...call } = options;
      const wanted = { ...(probabilities === undefined ? {} : { probabilities }), ...(stickyKey === undefined ? {} : { stickyKey }) };
      const json = { instances, ...(Object.keys(wanted).length > 0 ? { options: wanted } : {}) };
      return this.#transport.json('POST', `endpoints/${segment(endpoint)}/predict`, { ...call, json });
    },
  };

  readonly keys = {
    list: (options: ListOptions = {}): List<ApiKey> => new List(this.#transport, 'keys', options),
    /** `secret` of the answer is the whole key; it is shown this once. */
    create: (key: NewKey, options: CallOptions = {}): Promise<CreatedApiKey> =>
      this.#transport.json('POST', 'keys', { ...options, json: key }),
    /** A new secret under the same id; the old one goes on for `overlapMs` (0 when left out). */
    rotate: (key: string, options: CallOptions & { readonly overlapMs?: number } = {}): Promise<CreatedApiKey> => {
      const { overlapMs = 0, ...call } = options;
      return this.#transport.json('POST', `keys/${segment(key)}/rotate`, { ...call, json: { overlapMs } });
    },
    /** Ends a key for good. */
    revoke: (key: string, options: CallOptions = {}): Promise<ApiKey> =>
      this.#transport.json('POST', `keys/${segment(key)}/revoke`, options),
  };
}
