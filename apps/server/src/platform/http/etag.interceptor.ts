import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';

/** Answers with a revision carry it as a strong ETag, and a GET with the same one in If-None-Match is 304. A 201 names its Location. */
@Injectable()
export class EtagInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      map((body) => {
        if (typeof body !== 'object' || body === null) return body;
        const revision: unknown = Reflect.get(body, 'revision');
        const id: unknown = Reflect.get(body, 'id');
        if (reply.statusCode === 201 && typeof id === 'string' && !reply.hasHeader('location')) {
          void reply.header('location', `${request.url.split('?', 1)[0]?.replace(/\/$/, '')}/${encodeURIComponent(id)}`);
        }
        if (typeof revision !== 'number') return body;
        const etag = `"r${revision}"`;
        void reply.header('etag', etag);
        if (request.method !== 'GET' || request.headers['if-none-match'] !== etag) return body;
        void reply.status(304);
        return undefined;
      }),
    );
  }
}
