import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Client, type ClientConfig } from 'pg';
import { Database } from '../database/database.js';

type Handler = (payload: string) => void;

const firstRetryMs = 100;
const lastRetryMs = 2_000;
/** A connection that a router dropped in silence looks alive until something is sent on it. */
const keepAliveMs = 10_000;

/**
 * The one connection of this process that LISTENs, outside the pool. It reconnects by itself; notifications sent
 * meanwhile are lost, so `onReconnect` says when to look at the tables instead.
 */
@Injectable()
export class PostgresListener implements OnApplicationShutdown {
  readonly #log = new Logger('PostgresListener');
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #reconnected = new Set<() => void>();
  #client: Client | null = null;
  #connecting: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #retryMs = firstRetryMs;
  #closed = false;
  #everConnected = false;

  constructor(private readonly database: Database) {}

  get connected(): boolean {
    return this.#client !== null;
  }

  /** Calls `handler` for each notification on the channel. Resolves once the server listens. Returns the way to stop. */
  async listen(channel: string, handler: Handler): Promise<() => void> {
    const handlers = this.#handlers.get(channel) ?? new Set();
    const isNew = handlers.size === 0;
    handlers.add(handler);
    this.#handlers.set(channel, handlers);
    if (this.#client && isNew) await this.#client.query(`listen ${this.#quote(channel)}`);
    else await this.#connect();
    return () => {
      handlers.delete(handler);
      if (handlers.size > 0) return;
      this.#handlers.delete(channel);
      // A failure means that the connection is gone, and the subscription with it.
      void this.#client?.query(`unlisten ${this.#quote(channel)}`).catch(() => undefined);
    };
  }

  onReconnect(callback: () => void): () => void {
    this.#reconnected.add(callback);
    return () => this.#reconnected.delete(callback);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retry) clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  #connect(): Promise<void> {
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #open(): Promise<void> {
    if (this.#client || this.#closed) return;
    let client: Client | null = null;
    try {
      client = new Client({ ...(await this.#options()), keepAlive: true, application_name: 'crisol-listener' });
      const opened = client;
      let ended = false;
      const lost = (): void => {
        if (ended) return;
        ended = true;
        if (this.#client === opened) this.#client = null;
        void opened.end().catch(() => undefined);
        this.#reconnectLater();
      };
      client.on('error', lost);
      client.on('end', lost);
      client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''));
      await client.connect();
      for (const channel of this.#handlers.keys()) await client.query(`listen ${this.#quote(channel)}`);
      if (ended) return;
      this.#client = client;
      this.#retryMs = firstRetryMs;
      this.#watch(client);
    } catch (error) {
      await client?.end().catch(() => undefined);
      if (!this.#everConnected) throw error;
      this.#reconnectLater();
      return;
    }
    if (this.#everConnected) {
      this.#log.warn('The listening connection is back.');
      for (const callback of this.#reconnected) callback();
    }
    this.#everConnected = true;
  }

  #watch(client: Client): void {
    const timer = setInterval(() => {
      if (this.#client !== client) return clearInterval(timer);
      client.query('select 1').catch(() => client.emit('error', new Error('no answer')));
    }, keepAliveMs);
    timer.unref();
  }

  #reconnectLater(): void {
    if (this.#closed || this.#retry) return;
    if (this.#retryMs === firstRetryMs) this.#log.warn('The listening connection to PostgreSQL is lost.');
    this.#retry = setTimeout(() => {
      this.#retry = null;
      void this.#connect();
    }, this.#retryMs);
    this.#retry.unref();
    this.#retryMs = Math.min(lastRetryMs, this.#retryMs * 2);
  }

  /** The pool knows where the database is, wherever that came from. */
  async #options(): Promise<ClientConfig> {
    return this.database.read(async (em) => {
      const { options } = await em.getConnection().getNativeClient();
      const { host, port, user, password, database, ssl, connectionString } = options;
      return { host, port, user, password, database, ssl, connectionString };
    });
  }

  #deliver(channel: string, payload: string): void {
    for (const handler of this.#handlers.get(channel) ?? []) handler(payload);
  }

  #quote(channel: string): string {
    return `"${channel.replaceAll('"', '""')}"`;
  }
}
