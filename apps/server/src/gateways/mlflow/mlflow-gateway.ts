import { Injectable, Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AccessGuard } from '../../platform/auth/guard/access.guard.js';
import { keyOf } from '../../platform/auth/guard/presented-key.js';
import type { IdentifiedRequest } from '../../platform/auth/identity.js';
import { KeyVerifier } from '../../platform/auth/keys/key-verifier.js';
import { systemActor } from '../../platform/auth/actor.js';
import { ArtifactRoutes } from './artifacts/artifact-routes.js';
import { invalid, MlflowError, toMlflowAnswer } from './mlflow-error.js';
import { parseLenientJson } from './lenient-json.js';
import { LoggedModelRoutes } from './logged-models/logged-model-routes.js';
import { bareMark } from './mlflow-input.js';
import { RawJson, type MlflowRoute } from './mlflow-route.js';
import { ModelVersionRoutes } from './registry/model-version-routes.js';
import { RegisteredModelRoutes } from './registry/registered-model-routes.js';
import { ScoringRoutes } from './scoring/scoring-routes.js';
import { ServerRoutes } from './server-routes.js';
import { TrackingRoutes } from './tracking/tracking-routes.js';

/** Bytes of a JSON body: MLflow's batches have at most one million, data set profiles sixteen. */
const bodyLimit = 24 * 1024 * 1024;
const json = 'application/json';

/**
 * MLflow's REST protocol over the rooms. Its routes stand beside Nest's, not in it: bodies, answers and errors have a
 * form of their own, and logging a metric costs less than the way through Nest's layers. Guard and verifier of keys are
 * the same as everywhere.
 */
@Injectable()
export class MlflowGateway {
  private readonly log = new Logger('Mlflow');

  constructor(
    private readonly guard: AccessGuard,
    private readonly keys: KeyVerifier,
    private readonly server: ServerRoutes,
    private readonly scoring: ScoringRoutes,
    private readonly tracking: TrackingRoutes,
    private readonly artifacts: ArtifactRoutes,
    private readonly loggedModels: LoggedModelRoutes,
    private readonly registeredModels: RegisteredModelRoutes,
    private readonly modelVersions: ModelVersionRoutes,
  ) {}

  /** Mounts every route. To be called before the server is ready. */
  mount(fastify: FastifyInstance): void {
    const routes = [
      ...this.server.routes(),
      ...this.tracking.routes(),
      ...this.artifacts.routes(),
      ...this.loggedModels.routes(),
      ...this.scoring.routes(),
      ...this.registeredModels.routes(),
      ...this.modelVersions.routes(),
    ];
    void fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(json, { parseAs: 'buffer', bodyLimit }, (_request, body, parsed) => parsed(null, bodyOf(body)));
      scope.addContentTypeParser('*', (_request, _payload, parsed) =>
        parsed(invalid(`Bad Request. Content-Type must be one of ['application/json'].`)),
      );
      scope.setErrorHandler((error, request, reply) => this.refuse(error, request, reply));
      for (const route of routes.filter((one) => !one.stream)) this.add(scope, route);
      done();
    });
    void fastify.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
      scope.setErrorHandler((error, request, reply) => this.refuse(error, request, reply));
      for (const route of routes.filter((one) => one.stream)) this.add(scope, route);
      done();
    });
    for (const prefix of ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0']) {
      void fastify.register(
        (scope, _options, done) => {
          scope.setNotFoundHandler((request, reply) =>
            this.refuse(new MlflowError('ENDPOINT_NOT_FOUND', `There is no ${request.method} ${pathOf(request)} here.`), request, reply),
          );
          done();
        },
        { prefix },
      );
    }
  }

  private add(scope: FastifyInstance, route: MlflowRoute): void {
    const { need } = route;
    const name = `${route.method} ${route.path}`;
    scope.route({
      method: route.method,
      url: route.path,
      exposeHeadRoute: false,
      // Before the body is read: who may not call may not send megabytes either.
      ...(need === 'public'
        ? {}
        : {
            onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
              const presented = keyOf(request.headers);
              await this.guard.admit(request, reply, need, route.policy ?? 'tracking', async () =>
                presented.kind === 'key' ? this.keys.verify(presented.key, request.ip, name, request.id) : null,
              );
            },
          }),
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        const { actor = systemActor } = request as IdentifiedRequest; // the guard's own property, declared nowhere in Fastify
        const call = { actor, params: recordOf(request.params), input: inputOf(route, request), request, reply };
        const answer = await route.handle(call);
        if (answer === undefined) return reply;
        return reply.header('content-type', json).send(answer instanceof RawJson ? answer.text : JSON.stringify(answer));
      },
    });
  }

  private refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const answer = toMlflowAnswer(error);
    if (answer.cause !== undefined) this.log.error({ msg: answer.message, requestId: request.id, code: answer.code, err: answer.cause });
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (answer.status === 401) void reply.header('www-authenticate', 'Basic realm="mlflow"');
    if (answer.retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(answer.retryAfterSeconds)));
    void reply
      .status(answer.status)
      .header('content-type', json)
      .send(JSON.stringify({ error_code: answer.code, message: answer.message }));
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What is no JSON counts as a body without fields, as for MLflow's own server: then a required one is missing. */
function bodyOf(bytes: Buffer | string): unknown {
  try {
    const text = typeof bytes === 'string' ? bytes : utf8.decode(bytes);
    return text === '' ? {} : parseLenientJson(text, bareMark);
  } catch {
    return {};
  }
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';

function recordOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)]));
}

function inputOf(route: MlflowRoute, request: FastifyRequest): Record<string, unknown> {
  if (route.stream) return objectOf(request.query);
  if (route.method === 'GET') return objectOf(request.query);
  return request.body === undefined || request.body === null ? objectOf(request.query) : objectOf(request.body);
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('The body must be a JSON object.');
  return Object.fromEntries(Object.entries(value));
}
