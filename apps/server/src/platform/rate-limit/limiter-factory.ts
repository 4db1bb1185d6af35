import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible';
import { Config } from '../config/config.js';
import { Limiter } from './limiter.js';

// The store only counts: each caller has a limit of its own, compared in Limiter.
const points = Number.MAX_SAFE_INTEGER;
const logEveryMs = 10_000;

/** Makes limiters: in memory, or in Redis or Valkey with memory as insurance while it does not answer. */
@Injectable()
export class LimiterFactory implements OnModuleDestroy {
  private readonly log = new Logger('RateLimit');
  private readonly redis: Redis | null;
  private loggedAt = 0;

  constructor(config: Config) {
    this.redis =
      config.redisUrl === null
        ? null
        : new Redis(config.redisUrl, {
            enableOfflineQueue: false,
            maxRetriesPerRequest: 1,
            commandTimeout: 250,
            connectionName: 'crisol-limits',
          });
    this.redis?.on('error', (error) => this.warn(error));
  }

  create(policy: string, windowSeconds: number): Limiter {
    return new Limiter(policy, windowSeconds, this.store(policy, windowSeconds), Date.now, (error) => this.warn(error));
  }

  onModuleDestroy(): void {
    this.redis?.disconnect();
  }

  private store(policy: string, windowSeconds: number): RateLimiterAbstract {
    const options = { keyPrefix: `crisol:limit:${policy}`, points, duration: windowSeconds };
    const memory = new RateLimiterMemory(options);
    return this.redis === null
      ? memory
      : new RateLimiterRedis({ ...options, storeClient: this.redis, rejectIfRedisNotReady: true, insuranceLimiter: memory });
  }

  private warn(error: unknown): void {
    const now = Date.now();
    if (now - this.loggedAt < logEveryMs) return;
    this.loggedAt = now;
    this.log.warn(`The store of the rate limits fails; counting in memory. ${error instanceof Error ? error.message : ''}`);
  }
}
