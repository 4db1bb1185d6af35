import 'reflect-metadata';
import { errors } from '@crisol/contracts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from './app.factory.js';
import { settingsTable } from './platform/config/config.schema.js';
import { loadConfig } from './platform/config/load-config.js';
import { EmbeddedPostgres } from './platform/database/embedded-postgres.js';
import { schemaSnapshot } from './platform/database/schema-snapshot.js';
import { openApiDocument } from './platform/http/openapi.js';

/** `docs/errors.md`: every code of the one table. */
function errorsPage(): string {
  const rows = Object.entries(errors).map(
    ([code, row]) => `| <a id="${code}"></a>\`${code}\` | ${row.status} | ${row.title} | ${row.kind} | ${row.retry ? 'yes' : 'no'} |`,
  );
  return [
    '# Error codes',
    '',
    'Every error is `application/problem+json` (RFC 9457). `code` never changes its meaning; `retryable` says whether the same request may',
    'succeed later without a change. This page is made from `libs/contracts/src/errors.ts`.',
    '',
    '| code | status | title | whose | retry |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Writes the generated files as JSON on the standard output: `scripts/check-drift.mjs` compares or saves them. */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'crisol-snapshot-'));
  try {
    const config = loadConfig({
      role: 'api',
      environment: {},
      file: null,
      overrides: { port: 0, data: folder, logLevel: 'silent', safeMode: true },
    });
    const running = await createApp(config);
    try {
      const files = {
        'docs/openapi.json': `${JSON.stringify(await openApiDocument(running.app), null, 2)}\n`,
        'docs/errors.md': errorsPage(),
        'apps/server/src/platform/database/schema.sql': await schemaSnapshot(new EmbeddedPostgres(folder).connection),
      };
      process.stdout.write(JSON.stringify({ files, settings: settingsTable() }));
    } finally {
      await running.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
