import type { CallOptions, Transport } from './transport.js';

/** What every list takes. */
export interface ListOptions extends CallOptions {
  /** Items of a page, 1 to 200. Default 50. */
  readonly limit?: number;
  readonly cursor?: string;
  readonly sort?: string;
  /** Text to look for. */
  readonly q?: string;
}
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
  readonly totalEstimate: number | null;
}

/**
 * A list on the server: iterate over all of it, page after page, or take one page.
 * @example for await (const model of crisol.models.list()) console.log(model.name);
 */
export class List<Item> implements AsyncIterable<Item> {
  readonly #transport: Transport;
  readonly #path: string;
  readonly #options: ListOptions;
  readonly #filters: Readonly<Record<string, string | undefined>>;

  constructor(transport: Transport, path: string, options: ListOptions = {}, filters: Readonly<Record<string, string | undefined>> = {}) {
    this.#transport = transport;
    this.#path = path;
    this.#options = options;
    this.#filters = filters;
  }

  /** One page; the first, or that of a cursor. */
  page(cursor = this.#options.cursor): Promise<Page<Item>> {
    const { limit, sort, q, signal } = this.#options;
    return this.#transport.json('GET', this.#path, { query: { limit, sort, q, cursor, ...this.#filters }, signal });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    let cursor = this.#options.cursor;
    do {
      const page = await this.page(cursor);
      yield* page.data;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
}
