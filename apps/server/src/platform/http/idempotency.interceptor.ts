import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Database } from '../database/database.js';
import { problem } from './problem.js';
import type { CrisolRequest } from './route-decorators.js';

const kept = `interval '24 hours'`;
/** A process that died in the middle leaves its mark behind; after this it no longer blocks a retry. */
const abandoned = `interval '2 minutes'`;

interface KeyRow {
  digest: string;
  status: number | null;
  headers: Record<string, string> | null;
  body: unknown;
}

/**
 * `Idempotency-Key` on POST: the first answer is kept for a day and given again. `POST /jobs` keeps its own record with the
 * job's row, since its rules reach further; streams cannot be repeated and are passed through.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<CrisolRequest>();
    const header = request.headers['idempotency-key'];
    const path = request.url.split('?', 1)[0] ?? '';
    if (request.method !== 'POST' || header === undefined || !request.actor?.id || path === '/api/v1/jobs' || path.endsWith('/predict'))
      return next.handle();
    if (!String(request.headers['content-type'] ?? 'application/json').includes('json')) return next.handle();
    const key = String(header).replace(/^"(.*)"$/, '$1');
    if (!/^[\x20-\x7e]{1,255}$/.test(key)) throw problem('invalid_header', { detail: 'Idempotency-Key is 1 to 255 printable characters.' });
    const digest = createHash('sha256')
      .update(JSON.stringify([request.method, request.url, request.body ?? null]))
      .digest('hex');
    return from(this.once(request.actor.id, key, digest, http.getResponse<FastifyReply>(), next));
  }

  private async once(principal: string, key: string, digest: string, reply: FastifyReply, next: CallHandler<unknown>): Promise<unknown> {
    const found = await this.claim(principal, key, digest);
    if (found) {
      if (found.digest !== digest)
        throw problem('idempotency_key_reused', { detail: 'This Idempotency-Key came with another request before. Use a new one.' });
      if (found.status === null) throw problem('idempotency_in_flight', { retryAfterSeconds: 1 });
      void reply
        .status(found.status)
        .header('idempotent-replayed', 'true')
        .headers(found.headers ?? {});
      return found.body;
    }
    try {
      const body = await lastValueFrom(next.handle(), { defaultValue: undefined });
      const location = reply.getHeader('location');
      await this.keep(principal, key, reply.statusCode, typeof location === 'string' ? { location } : {}, body);
      return body;
    } catch (error) {
      // Refused before any effect, or undone with its transaction: the key is free for another try.
      await this.forget(principal, key);
      throw error;
    }
  }

  private async claim(principal: string, key: string, digest: string): Promise<KeyRow | undefined> {
    return this.database.transaction(async (em) => {
      await em.execute(
        `delete from idempotency_key where principal = ? and key = ? and (created_at < now() - ${kept} or (status is null and created_at < now() - ${abandoned}))`,
        [principal, key],
        'run',
      );
      const made = await em.execute<{ key: string }[]>(
        'insert into idempotency_key (principal, key, digest) values (?, ?, ?) on conflict do nothing returning key',
        [principal, key, digest],
      );
      if (made.length > 0) return undefined;
      const [row] = await em.execute<KeyRow[]>(
        'select digest, status, headers, body from idempotency_key where principal = ? and key = ?',
        [principal, key],
      );
      return row;
    });
  }

  private async keep(principal: string, key: string, status: number, headers: Record<string, string>, body: unknown): Promise<void> {
    await this.database.transaction((em) =>
      em.execute(
        'update idempotency_key set status = ?, headers = ?::jsonb, body = ?::jsonb where principal = ? and key = ?',
        [status, JSON.stringify(headers), JSON.stringify(withoutSecret(body) ?? null), principal, key],
        'run',
      ),
    );
  }

  private async forget(principal: string, key: string): Promise<void> {
    await this.database.transaction((em) =>
      em.execute('delete from idempotency_key where principal = ? and key = ?', [principal, key], 'run'),
    );
  }
}

/** A key is shown once and stored nowhere; its replay comes without it. */
function withoutSecret(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !('secret' in body)) return body;
  const { secret: _secret, ...rest } = body;
  return rest;
}
