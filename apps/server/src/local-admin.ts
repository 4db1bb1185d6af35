import 'reflect-metadata';
import { CreateApiKey, scopePresets, scopes, type ScopePreset } from '@crisol/contracts';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { entities } from './app.entities.js';
import { ChainedAudit } from './platform/audit/chained-audit.js';
import { systemActor } from './platform/auth/actor.js';
import { KeysService } from './platform/auth/keys/keys.service.js';
import { PasswordHasher } from './platform/auth/passwords/password-hasher.js';
import { SessionsService } from './platform/auth/sessions/sessions.service.js';
import { SetupService } from './platform/auth/setup/setup.service.js';
import { UsersService } from './platform/auth/users/users.service.js';
import { ConfigError, loadConfig, type LoadedConfig } from './platform/config/load-config.js';
import { EmbeddedPostgres } from './platform/database/embedded-postgres.js';
import { PostgresDatabase } from './platform/database/postgres-database.js';
import { StartFailure } from './platform/database/start-failure.js';
import { PostgresEventBus } from './platform/events/postgres-event-bus.js';
import { PostgresListener } from './platform/events/postgres-listener.js';
import { ProblemError } from './platform/http/problem.js';

const usage = `usage: local-admin login-link
       local-admin bootstrap-key NAME [--preset predict|read|train|admin]
       local-admin config`;

interface LocalAdmin {
  readonly keys: KeysService;
  readonly setup: SetupService;
}

/** Opens the database of the running server, without the server: whoever can read the data folder needs no key. */
async function withDatabase(config: LoadedConfig, work: (admin: LocalAdmin) => Promise<string>): Promise<string> {
  const socket = config.databaseUrl === null ? new EmbeddedPostgres(config.dataFolder).connection : null;
  const database = await PostgresDatabase.connect({ url: config.databaseUrl, socket, poolSize: 1, entities });
  try {
    await database.read((em) => em.execute('select 1 from api_key limit 1'));
  } catch (error) {
    await database.close();
    throw new StartFailure(
      socket
        ? `No Crisol runs on the data folder ${config.dataFolder}. Start the server first (npm start), with the same CRISOL_DATA.`
        : 'The database under DATABASE_URL does not answer or holds no Crisol. Start the server first (npm start).',
      { cause: error },
    );
  }
  try {
    const audit = new ChainedAudit(database);
    const events = new PostgresEventBus(database, new PostgresListener(database));
    const hasher = new PasswordHasher();
    const users = new UsersService(database, hasher, events, audit);
    const setup = new SetupService(config, database, hasher, users, new SessionsService(database, events), events, audit);
    return await work({ keys: new KeysService(database, events, audit), setup });
  } finally {
    await database.close();
  }
}

function bootstrapKey(config: LoadedConfig, name: string, preset: ScopePreset): Promise<string> {
  const identity = {
    actor: { ...systemActor, name: 'local administrator', scopes: new Set(scopes) },
    userId: null,
    session: null,
    expiresAt: null,
    requestsPerMinute: null,
    predictionsPerMinute: null,
  };
  return withDatabase(config, async ({ keys }) => {
    const body = CreateApiKey.parse({ name, kind: 'service', scopes: [...scopePresets[preset]] });
    return (await keys.create(identity, body)).secret;
  });
}

const isPreset = (text: string): text is ScopePreset => Object.hasOwn(scopePresets, text);

async function run(): Promise<string> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { preset: { type: 'string', default: 'admin' } } });
  const [command, name, ...more] = positionals;
  if (more.length > 0) throw new ConfigError(usage);
  const config = loadConfig();
  if (command === 'login-link' && name === undefined) return withDatabase(config, ({ setup }) => setup.newLink(config.publicUrl));
  if (command === 'bootstrap-key' && name !== undefined && isPreset(values.preset)) return bootstrapKey(config, name, values.preset);
  if (command === 'config' && name === undefined) {
    const { host, port, dataFolder, publicUrl } = config;
    return JSON.stringify({ host, port, dataFolder, publicUrl, embedded: config.databaseUrl === null });
  }
  throw new ConfigError(usage);
}

try {
  process.stdout.write(`${await run()}\n`);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage =
    error instanceof ConfigError || (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  const isPlanned = isUsage || error instanceof StartFailure || error instanceof ProblemError || error instanceof z.ZodError;
  process.stderr.write(`${isPlanned ? (error instanceof z.ZodError ? z.prettifyError(error) : message) : `It failed: ${message}`}\n`);
  process.exitCode = isUsage ? 2 : error instanceof ProblemError && error.status === 409 ? 5 : 1;
}
