import { Global, Injectable, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Options } from '@mikro-orm/postgresql';
import { mkdir } from 'node:fs/promises';
import { Config } from '../config/config.js';
import { Database } from './database.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { migrate } from './migrate.js';
import { migrations } from './migrations.js';
import { PostgresDatabase, PostgresStatements } from './postgres-database.js';
import { StartFailure } from './start-failure.js';
import { Statements } from './statements.js';

/** Connections of one process: enough for its requests and jobs, few enough for several processes on one PostgreSQL. */
const poolSize = 10;

/** Ends the pool. The embedded server is stopped by `createApp`, after everything else. */
@Injectable()
class DatabaseLife implements OnApplicationShutdown {
  constructor(private readonly database: PostgresDatabase) {}

  async onApplicationShutdown(): Promise<void> {
    // Other parts write their last words during shutdown; the pool ends when they have had their turn.
    setImmediate(() => void this.database.close().catch(() => undefined));
  }
}

/** Starts what has to be there before the application: the data folder, PostgreSQL, the schema. */
export async function prepareDatabase(config: Config): Promise<EmbeddedPostgres | null> {
  const embedded = config.databaseUrl === null ? new EmbeddedPostgres(config.dataFolder) : null;
  if (embedded) await embedded.start();
  else {
    await mkdir(config.dataFolder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw new StartFailure(
        `The data folder ${config.dataFolder} cannot be made: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
  try {
    await migrate(
      embedded ? embedded.connection : { connectionString: config.databaseUrl ?? '', connectionTimeoutMillis: 10_000 },
      migrations,
    );
  } catch (error) {
    await embedded?.stop();
    if (error instanceof StartFailure) throw error;
    throw new StartFailure(
      `PostgreSQL under DATABASE_URL does not answer: ${error instanceof Error ? error.message || error.constructor.name : String(error)}`,
    );
  }
  return embedded;
}

@Global()
@Module({})
export class DatabaseModule {
  static forRoot(entities: Options['entities']): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        {
          provide: PostgresDatabase,
          inject: [Config],
          useFactory: (config: Config) =>
            PostgresDatabase.connect({
              url: config.databaseUrl,
              socket: config.databaseUrl === null ? new EmbeddedPostgres(config.dataFolder).connection : null,
              poolSize,
              entities,
            }),
        },
        { provide: Database, useExisting: PostgresDatabase },
        {
          provide: Statements,
          inject: [PostgresDatabase],
          useFactory: (database: PostgresDatabase) => new PostgresStatements(database.pool),
        },
        DatabaseLife,
      ],
      exports: [Database, Statements, PostgresDatabase],
    };
  }
}
