import type { IncomingMessage } from 'node:http';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AppModule } from './app.module.js';
import { MlflowGateway } from './gateways/mlflow/mlflow-gateway.js';
import type { LoadedConfig } from './platform/config/load-config.js';
import { prepareDatabase } from './platform/database/database.module.js';
import { StartFailure } from './platform/database/start-failure.js';
import { ShutdownState } from './platform/health/shutdown-state.js';
import { serveConsole } from './platform/http/console-files.js';
import { compressAnswers } from './platform/http/compression.js';
import { checkHost } from './platform/http/host-check.js';
import { useBodyParsers } from './platform/http/json-body.js';
import { serveOpenApi } from './platform/http/openapi.js';
import { ProblemFilter } from './platform/http/problem.filter.js';
import { requestIdOf } from './platform/http/request-id.js';
import { RouteTable, type RouteEntry } from './platform/http/route-table.js';
import { createLogger, NestPino } from './platform/logging/pino-logger.js';
import { measureRequests } from './platform/metrics/http-metrics.js';
import { predictQuickly } from './serving/predict/predict-quickly.js';

export interface RunningApp {
  readonly app: NestFastifyApplication;
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Every route of the router. */
  readonly routes: readonly RouteEntry[];
  /** Stops everything, PostgreSQL last. Calling it again waits for the same stop. */
  close(): Promise<void>;
}
export interface AppOptions {
  /** Modules of a test. */
  readonly extraModules?: readonly Type[];
  /** Milliseconds between "not ready" and the last new connection, for the load balancer to notice. */
  readonly drainMs?: number;
  /** Milliseconds that a request may take; streams and uploads have as long as they need. Default 30 s. */
  readonly requestDeadlineMs?: number;
}
export interface BuiltApp {
  readonly app: NestFastifyApplication;
  readonly routes: readonly RouteEntry[];
}

/** Requests under way may end for this long once the stop has begun. */
const requestGraceMs = 5_000;

/** Bytes of a JSON body; streams have limits of their own. */
const bodyLimit = 10 * 1024 * 1024;

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};
const apiHeaders = {
  'cache-control': 'no-store',
  vary: 'Accept, Authorization, Accept-Language',
  'content-security-policy': `default-src 'none'; frame-ancestors 'none'`,
};

/** Builds and starts the server: the data folder and PostgreSQL, the schema, the application, the port. */
export async function createApp(config: LoadedConfig, options: AppOptions = {}): Promise<RunningApp> {
  const embedded = await prepareDatabase(config);
  try {
    const { app, routes } = await build(config, options);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const url = config.role === 'worker' ? '' : await listen(app, config);
    let closing: Promise<void> | undefined;
    const close = async () => {
      app.get(ShutdownState).stopping = true;
      if (options.drainMs) await new Promise((resolve) => setTimeout(resolve, options.drainMs));
      // A connection on which nothing was ever asked counts as busy and would hold the stop; whatever is left after the
      // requests had their time is cut.
      const cut = setTimeout(() => app.getHttpServer().closeAllConnections(), requestGraceMs);
      await app.close();
      clearTimeout(cut);
      await embedded?.stop();
    };
    return { app, url, routes, close: () => (closing ??= close()) };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** The application without a port, for the server and for the document of its routes. */
export async function build(config: LoadedConfig, options: AppOptions = {}): Promise<BuiltApp> {
  const logger = createLogger(config.logLevel, config.role);
  const adapter = new FastifyAdapter({
    bodyLimit,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    requestIdHeader: false,
    trustProxy: false,
    connectionTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 65_000,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 300 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config, options.extraModules), adapter, {
    logger: new NestPino(logger),
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
  });
  app.enableShutdownHooks([]);
  const fastify: FastifyInstance = adapter.getInstance();
  // Slow headers are cut; bodies have as long as their route needs, since uploads of gigabytes are welcome.
  fastify.server.headersTimeout = 30_000;
  fastify.server.requestTimeout = 0;
  // What fails before a handler runs (body, media type, deadline) is answered like everything else.
  const problems = app.get(ProblemFilter);
  fastify.setErrorHandler((error, request, reply) => problems.answer(error, request, reply));
  const table = new RouteTable(fastify, options.requestDeadlineMs ?? 30_000);
  predictQuickly(app, fastify);
  useBodyParsers(fastify);
  app.get(MlflowGateway).mount(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    void reply.headers(securityHeaders);
    if (request.url.startsWith('/api/')) void reply.headers(apiHeaders);
    done();
  });
  compressAnswers(fastify);
  checkHost(fastify, config);
  measureRequests(fastify);
  fastify.addHook('onResponse', (request, reply, done) => {
    const level = reply.statusCode >= 500 ? 'error' : 'debug';
    if (!logger.isLevelEnabled(level)) return done();
    logger[level](
      {
        requestId: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
    done();
  });
  if (config.role !== 'worker') serveConsole(fastify);
  serveOpenApi(app);
  return { app, routes: table.entries };
}

async function listen(app: NestFastifyApplication, config: LoadedConfig): Promise<string> {
  try {
    await app.listen({ port: config.port, host: config.host });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    await app.close();
    if (code === 'EADDRINUSE')
      throw new StartFailure(`Port ${config.port} on ${config.host} is taken. Stop what holds it, or choose another with CRISOL_PORT.`);
    if (code === 'EACCES')
      throw new StartFailure(`Port ${config.port} may not be opened by this user. Choose one above 1023 with CRISOL_PORT.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartFailure(`This machine has no address ${config.host}. Set CRISOL_HOST to one of its own, or to 127.0.0.1.`);
    throw error;
  }
  const address = app.getHttpServer().address();
  const port: number = typeof address === 'object' && address !== null ? address.port : config.port;
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
