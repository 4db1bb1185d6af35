import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
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

/** The OpenAPI document of the application's routes. */
export async function openApiDocument(app: NestFastifyApplication): Promise<OpenAPIObject> {
  // Loaded when asked for: the module costs tens of megabytes that a quiet server does not need.
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
  openAnswers(document);
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
