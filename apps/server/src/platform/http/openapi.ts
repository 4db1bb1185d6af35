import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Problem, ProblemIssue } from '@crisol/contracts';
import type { OpenAPIObject } from '@nestjs/swagger';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { serverVersion } from '../meta/server-version.js';

/** Answers may grow, so their objects take further fields; the library closes them. */
function openAnswers(document: OpenAPIObject): void {
  const isRequest = new Set<string>();
  const note = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref' && typeof inner === 'string') {
        const name = inner.split('/').at(-1) ?? '';
        if (!isRequest.has(name)) {
          isRequest.add(name);
          note(document.components?.schemas?.[name]);
        }
      } else note(inner);
    }
  };
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path))
      if (typeof operation === 'object' && operation !== null && 'requestBody' in operation) note(operation.requestBody);
  }
  const open = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('additionalProperties' in value && value.additionalProperties === false) delete value.additionalProperties;
    for (const inner of Object.values(value)) open(inner);
  };
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) if (!isRequest.has(name)) open(schema);
}

/** What every caller of a route may meet, told with its codes from the one table. */
function describeErrors(document: OpenAPIObject): void {
  const schemas = ((document.components ??= {}).schemas ??= {});
  // Named schemas come as `$defs` of their own; the document keeps them among its components.
  const { $defs = {} } = z.toJSONSchema(z.object({ problem: Problem, issue: ProblemIssue }), { io: 'output' });
  Object.assign(schemas, JSON.parse(JSON.stringify($defs).replaceAll('#/$defs/', '#/components/schemas/')));
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of ['get', 'put', 'post', 'delete', 'patch'] as const) {
      const operation = item[method];
      if (!operation) continue;
      const scope: unknown = Reflect.get(operation, 'x-crisol-scope');
      const hasInput = operation.requestBody !== undefined || (operation.parameters?.length ?? 0) > 0;
      const statuses: Record<string, string> = {
        ...(hasInput ? { 400: 'The request could not be parsed' } : {}),
        ...(scope === 'public' ? {} : { 401: 'No valid key or session' }),
        ...(scope === 'public' || scope === 'authenticated' ? {} : { 403: `The scope ${String(scope)} is missing` }),
        ...(path.includes('{') ? { 404: 'Absent, or not visible to this caller' } : {}),
        ...(operation.requestBody || operation.parameters?.some((one) => 'in' in one && one.in === 'query')
          ? { 422: 'A value is refused; errors names each with a JSON pointer' }
          : {}),
        429: 'Too many requests; Retry-After says when to come back',
        default: 'Any other problem, by its stable code',
      };
      for (const [status, description] of Object.entries(statuses)) operation.responses[status] ??= { description, content };
      for (const [status, answer] of Object.entries(operation.responses)) {
        if (answer && 'description' in answer && answer.description === '') answer.description = status === '204' ? 'Done' : 'The answer';
      }
      if (scope === 'public') operation.security = [];
    }
  }
}

/** The OpenAPI document of the application's routes, with its parts in a fixed order. */
export async function openApiDocument(app: NestFastifyApplication): Promise<OpenAPIObject> {
  // Loaded when asked for: a quiet server does not need the walk over all routes.
  const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
  const config = new DocumentBuilder()
    .setTitle('Crisol')
    .setDescription('Data sets, training, models, endpoints and predictions. Errors are RFC 9457 problem details with a stable code.')
    .setVersion(serverVersion)
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: crs_…' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  describeErrors(document);
  openAnswers(document);
  const sorted = <T>(record: Record<string, T>) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  document.paths = sorted(document.paths);
  if (document.components?.schemas) document.components.schemas = sorted(document.components.schemas);
  return document;
}

/** `/openapi.json`, and `/docs` with the viewer from the installation itself. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  let document: Promise<string> | undefined;
  fastify.get('/openapi.json', async (_request, reply) => {
    document ??= openApiDocument(app).then((made) => JSON.stringify(made));
    return reply.header('content-type', 'application/json; charset=utf-8').send(await document);
  });
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const files: Readonly<Record<string, string>> = { 'swagger-ui.css': 'text/css', 'swagger-ui-bundle.js': 'text/javascript' };
  fastify.get('/docs', (_request, reply) =>
    reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'`,
      })
      .send(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Crisol API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head><body><div id="docs"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>',
      ),
  );
  fastify.get('/docs/start.js', (_request, reply) =>
    reply
      .header('content-type', 'text/javascript; charset=utf-8')
      .send(`SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n`),
  );
  for (const [name, type] of Object.entries(files)) {
    fastify.get(`/docs/${name}`, async (_request, reply) =>
      reply.header('content-type', `${type}; charset=utf-8`).send(await readFile(join(folder, name))),
    );
  }
}
