import { PluginError, type PluginLogger } from '@crisol/plugin-api';
import { Redis, type ChainableCommander } from 'ioredis';
import { createHash } from 'node:crypto';
import type { RedisSettings } from './redis.settings.js';
import { writeRow } from './write-row.lua.js';

const LOG_EVERY_MS = 30_000;
/** Answers of the server that pass by themselves. */
const passing = /^(LOADING|BUSY|OOM|READONLY|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|NOREPLICAS|UNKILLABLE)\b/;

/** Commands to Redis or Valkey on one connection, which is made at the first of them. */
export class RedisConnection {
  private readonly redis: Redis;
  readonly writeRowSha = createHash('sha1').update(writeRow).digest('hex');
  private loggedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly settings: RedisSettings,
    log: PluginLogger,
  ) {
    this.redis = new Redis(settings.url, {
      lazyConnect: true,
      // Every server since Redis 2 speaks it; nothing here needs the newer one.
      protocol: 2,
      connectTimeout: settings.connectTimeoutMs,
      // A connection on which answers stay away is made anew; the client's own limit for commands leaves its timers behind.
      socketTimeout: settings.commandTimeoutMs,
      maxRetriesPerRequest: 1,
      disconnectTimeout: 200,
      retryStrategy: (times) => Math.min(100 * times, 2_000),
      connectionName: 'crisol-features',
      ...(settings.certificateAuthority !== undefined && { tls: { ca: settings.certificateAuthority } }),
    });
    this.redis.on('error', (error: Error) => {
      if (performance.now() - this.loggedAt < LOG_EVERY_MS) return;
      this.loggedAt = performance.now();
      log.warn('The connection to Redis fails', { error: error.message });
    });
  }

  /** Sends commands in one go; gives their answers in order. */
  async send(fill: (pipeline: ChainableCommander) => void, signal: AbortSignal): Promise<unknown[]> {
    signal.throwIfAborted();
    const answers = await this.run(fill, signal);
    if (!answers.some(([error]) => error?.message.startsWith('NOSCRIPT'))) return answers.map(unwrap);
    // The server was restarted or its scripts flushed. All that is sent here may be sent twice.
    const [[failure] = [null]] = await this.run((pipeline) => pipeline.script('LOAD', writeRow), signal);
    if (failure) throw asPluginError(failure);
    return (await this.run(fill, signal)).map(unwrap);
  }

  close(): void {
    // Twice would leave a timer of the client behind.
    if (this.redis.status !== 'end') this.redis.disconnect();
  }

  private async run(fill: (pipeline: ChainableCommander) => void, signal: AbortSignal): Promise<[Error | null, unknown][]> {
    const pipeline = this.redis.pipeline();
    fill(pipeline);
    const { commandTimeoutMs } = this.settings;
    const late = Promise.withResolvers<never>();
    const abort = (): void => late.reject(signal.reason);
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${commandTimeoutMs} ms`)), commandTimeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return (await Promise.race([pipeline.exec(), late.promise])) ?? [];
    } catch (error) {
      signal.throwIfAborted();
      throw asPluginError(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }
}

function unwrap([error, value]: [Error | null, unknown]): unknown {
  if (error) throw asPluginError(error);
  return value;
}

function asPluginError(error: unknown): PluginError {
  const message = error instanceof Error ? error.message : String(error);
  const isAnswer = error instanceof Error && error.name === 'ReplyError';
  if (isAnswer && !passing.test(message)) return new PluginError('rejected', `Redis refuses: ${message.slice(0, 300)}`, { cause: error });
  return new PluginError('retry', `Redis does not answer: ${message.slice(0, 300)}`, { cause: error });
}
