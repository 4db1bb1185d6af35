import type { Dataset, Job, ReadOptions, Upload } from '@crisol/contracts';
import { List, type ListOptions } from './list.js';
import type { CallOptions, Transport } from './transport.js';

/** What a form takes; a larger file goes in parts. */
const largestFormBytes = 100 * 1024 * 1024;

export interface PushOptions extends CallOptions {
  /** Name of the file, whose ending tells the format. Default: that of a `File`, else `table.csv`. */
  readonly fileName?: string;
  /** How to read the file; what is left out is detected. */
  readonly read?: ReadOptions;
  /** Hears the bytes sent after each part of a large file. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
}

/** Tables and their versions. */
export class Datasets {
  readonly #transport: Transport;
  readonly #largestForm: number;
  constructor(transport: Transport, largestForm = largestFormBytes) {
    this.#transport = transport;
    this.#largestForm = largestForm;
  }

  /** Newest first. */
  list(options: ListOptions = {}): List<Dataset> {
    return new List(this.#transport, 'datasets', options);
  }

  /** By id or name. */
  get(dataset: string, options: CallOptions = {}): Promise<Dataset> {
    return this.#transport.json('GET', `datasets/${encodeURIComponent(dataset)}`, options);
  }

  /**
   * Uploads a table and starts its import; a known name gets a new version. Up to 100 MiB go as one form, more in parts, each
   * with its digest, so that a broken connection costs one part. A stream is collected first and may hold 100 MiB.
   * @example const job = await crisol.datasets.push('orders', await openAsBlob('orders.csv'), { fileName: 'orders.csv' });
   * @returns the import job; wait for it with `jobs.wait`
   */
  async push(name: string, file: Blob | AsyncIterable<Uint8Array>, options: PushOptions = {}): Promise<Job> {
    const blob = file instanceof Blob ? file : await collect(file, options.signal);
    const fileName = options.fileName ?? ('name' in blob && typeof blob.name === 'string' ? blob.name : 'table.csv');
    if (blob.size > this.#largestForm) return this.#pushParts(name, blob, fileName, options);
    const form = new FormData();
    form.set('name', name);
    if (options.read) form.set('read', JSON.stringify(options.read));
    form.set('file', blob, fileName);
    // The server keeps no record of forms: a second try after a lost connection could make a second version.
    return this.#transport.json('POST', 'datasets', { signal: options.signal, body: form, repeatable: false });
  }

  async #pushParts(name: string, blob: Blob, fileName: string, { signal, read, onProgress }: PushOptions): Promise<Job> {
    const upload: Upload = await this.#transport.json('POST', 'uploads', {
      signal,
      json: { name, fileName, sizeBytes: blob.size, ...(read ? { read } : {}) },
    });
    const path = `uploads/${upload.id}`;
    for (let start = 0, number = 1; start < blob.size; start += upload.partSizeBytes, number++) {
      const part = blob.slice(start, start + upload.partSizeBytes);
      const digest = new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', await part.arrayBuffer()));
      await this.#transport.json('PUT', `${path}/parts/${number}`, {
        signal,
        body: part,
        headers: {
          'content-type': 'application/octet-stream',
          'content-digest': `sha-256=:${btoa(String.fromCharCode(...digest))}:`,
        },
      });
      onProgress?.(Math.min(blob.size, start + upload.partSizeBytes), blob.size);
    }
    return this.#transport.json('POST', `${path}/complete`, { signal });
  }
}

async function collect(stream: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    signal?.throwIfAborted();
    bytes += chunk.byteLength;
    if (bytes > largestFormBytes) throw new RangeError('A stream may hold 100 MiB. Give a Blob (in Node: openAsBlob) for more.');
    chunks.push(new Uint8Array(chunk));
  }
  return new Blob(chunks);
}
