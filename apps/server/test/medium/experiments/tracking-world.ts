import type { EntityManager } from '@mikro-orm/postgresql';
import type { Scope } from '@crisol/contracts';
import { Client } from 'pg';
import { ExperimentEntity } from '../../../src/experiments/experiment.entity.js';
import { ExperimentsService } from '../../../src/experiments/experiments.service.js';
import { MetricHistories } from '../../../src/experiments/metrics/metric-histories.js';
import { MetricWriter } from '../../../src/experiments/metrics/metric-writer.js';
import { RunLogger } from '../../../src/experiments/metrics/run-logger.js';
import { RunEntity } from '../../../src/experiments/run.entity.js';
import { RunNews } from '../../../src/experiments/runs/run-news.js';
import { RunWriter } from '../../../src/experiments/runs/run-writer.js';
import { RunSearch } from '../../../src/experiments/search/run-search.js';
import { Audit } from '../../../src/platform/audit/audit.js';
import type { Actor } from '../../../src/platform/auth/actor.js';
import { migrate } from '../../../src/platform/database/migrate.js';
import { migrations } from '../../../src/platform/database/migrations.js';
import { PostgresDatabase, PostgresStatements } from '../../../src/platform/database/postgres-database.js';
import { EventBus, type DomainEvent } from '../../../src/platform/events/event-bus.js';
import { createTestDatabase } from '../../create-test-server.js';

const scopes: readonly Scope[] = [];
export const ada: Actor = {
  kind: 'user',
  id: 'usr_00000000000000000000000001',
  name: 'ada',
  scopes: new Set(scopes),
  endpoints: null,
  requestId: null,
};

class NoAudit extends Audit {
  async record(): Promise<void> {}
}

class KeptEvents extends EventBus {
  readonly published: DomainEvent[] = [];
  async record(_em: EntityManager, event: DomainEvent): Promise<void> {
    this.published.push(event);
  }
  publish(event: DomainEvent): void {
    this.published.push(event);
  }
  onRecorded(): void {}
  onPublished(): () => void {
    return () => undefined;
  }
}

/** The writers and readers of one process, on a pool of its own. */
export class TrackingProcess {
  readonly events = new KeptEvents();
  readonly statements: PostgresStatements;
  readonly experiments: ExperimentsService;
  readonly metrics: MetricWriter;
  readonly runs: RunWriter;
  readonly logger: RunLogger;
  readonly searches: RunSearch;
  readonly histories: MetricHistories;

  private constructor(readonly database: PostgresDatabase) {
    this.statements = new PostgresStatements(database.pool);
    const news = new RunNews(this.events);
    this.experiments = new ExperimentsService(database, new NoAudit(), this.events);
    this.metrics = new MetricWriter(this.statements, news);
    this.runs = new RunWriter(this.statements, this.events, news);
    this.logger = new RunLogger(this.statements, this.runs, news);
    this.searches = new RunSearch(database, this.statements, this.experiments);
    this.histories = new MetricHistories(database, this.statements);
  }

  static async open(url: string): Promise<TrackingProcess> {
    return new TrackingProcess(await PostgresDatabase.connect({ url, socket: null, poolSize: 6, entities: [ExperimentEntity, RunEntity] }));
  }

  /** A run in an experiment of its own, or in a given one. */
  async newRun(tags: Record<string, string> = {}, experiment?: string, startTime = 1): Promise<string> {
    const home = experiment ?? (await this.newExperiment());
    const made = await this.runs.create(ada, { experiment: home, name: 'r', user: 'ada', startTime: String(startTime), tags });
    if ('kind' in made) throw new Error(made.kind);
    return made.id;
  }

  async newExperiment(): Promise<string> {
    const name = `e${process.hrtime.bigint()}`;
    const row = await this.database.transaction((em) => this.experiments.insert(em, ada, { name, tags: {}, artifactLocation: null }));
    return String(row?.number);
  }
}

/** A database with the tables of tracking, and a connection to look at it. */
export class TrackingWorld {
  private readonly processes: TrackingProcess[] = [];

  private constructor(
    private readonly temporary: Awaited<ReturnType<typeof createTestDatabase>>,
    private readonly client: Client,
  ) {}

  static async open(): Promise<TrackingWorld> {
    const temporary = await createTestDatabase();
    await migrate(
      { connectionString: temporary.url },
      migrations.filter((migration) => migration.name <= '0017-tracking'),
    );
    const client = new Client({ connectionString: temporary.url });
    client.on('error', () => undefined);
    await client.connect();
    return new TrackingWorld(temporary, client);
  }

  async process(): Promise<TrackingProcess> {
    const process = await TrackingProcess.open(this.temporary.url);
    this.processes.push(process);
    return process;
  }

  /** A further connection, for holding what others wait for. */
  async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.temporary.url });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, values)).rows;
  }

  /** Points of a run by metric: how many rows, how many different ones, and what the summary says. */
  async counts(runId: string): Promise<{ name: string; rows: number; different: number; counted: number; last: number }[]> {
    return this.query(
      `select s.name, count(p.series)::int as rows, count(distinct (p.at, p.step, p.value))::int as different, s.count::int as counted, s.last
       from run r join metric_series s on s.run_num = r.num left join metric_point p on p.series = s.id
       where r.id = $1 group by s.id order by s.name`,
      [runId],
    );
  }

  async close(): Promise<void> {
    for (const process of this.processes) await process.database.close();
    await this.client.end();
    await this.temporary.drop();
  }
}
