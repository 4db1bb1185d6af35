import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { asProblem, problemBody } from './problem-body.js';

/** Writes every error as problem+json, and what must stay inside to the log under the same request id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const found = asProblem(error);
    const { options } = found;
    if (found.status >= 500) this.log.error({ msg: found.message, requestId: request.id, code: found.code, err: options.cause ?? found });
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const path = request.url.split('?', 1)[0] ?? '/';
    const body = problemBody(found.code, options, { requestId: request.id, path, acceptLanguage: request.headers['accept-language'] });
    if (found.status === 401) void reply.header('www-authenticate', 'Bearer');
    if (options.retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(options.retryAfterSeconds)));
    else if (found.status === 503 || found.status === 429) void reply.header('retry-after', '2');
    for (const [name, value] of Object.entries(options.headers ?? {})) void reply.header(name, value);
    // A string, so that no serialiser of the route touches it.
    void reply.status(found.status).header('content-type', 'application/problem+json; charset=utf-8').send(JSON.stringify(body));
  }
}
