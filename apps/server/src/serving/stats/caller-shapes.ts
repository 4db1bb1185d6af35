import type { CallerFacts } from '@crisol/plugin-api';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { Callers } from '../../registry/gates/callers.js';

type Instance = Readonly<Record<string, unknown>>;
type SentColumn = CallerFacts['columns'][number];
interface Shape {
  readonly columns: Map<string, Set<SentColumn['type']>>;
  requests: number;
  lastSeen: number;
}
interface Caller {
  readonly modelId: string;
  readonly id: string;
  readonly name: string;
  /** Requests since the last look. */
  pending: number;
  /** On the clock of `performance.now()`. */
  nextLookAt: number;
  readonly shapes: Map<string, Shape>;
}
interface ShapeRow {
  caller_id: string;
  caller_name: string;
  shape: string;
  columns: SentColumn[];
  requests: string | number;
  last_seen: Date | string;
}

const flushEveryMs = 60_000;
/** A caller's request is looked at so often at most; the ones between count for what was seen. */
const lookEveryMs = 250;
const lookedAtInstances = 3;
const keptDays = 7;
/** Names come from callers: what they can make this remember is bounded. */
const mostShapes = 100;
const mostShapesOfDay = 500;
const mostColumns = 1_000;
const mostCallers = 20_000;
const shownShapes = 2_000;

/**
 * Which columns each key sends to each model. A request costs two look-ups and a comparison of times; a few requests a
 * second of each key are looked at, kept in memory and added to the table every minute.
 */
@Injectable()
export class CallerShapes implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Serving');
  private readonly callers = new Map<string, Map<string, Caller>>();
  private size = 0;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly registry: Callers,
  ) {}

  onModuleInit(): void {
    this.registry.register((em, modelId) => this.find(em, modelId));
    this.timer = setInterval(() => void this.flush(), flushEveryMs);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  /**
   * Counts a request that was answered.
   * @param now - `performance.now()`, which the caller has anyway
   * @param instances - as they reach the model, made only when they are looked at
   */
  note(actor: Actor, modelId: string, now: number, instances: () => readonly Instance[]): void {
    if (actor.id === null) return;
    const caller = this.callers.get(modelId)?.get(actor.id) ?? this.meet(actor.id, actor.name, modelId);
    if (!caller) return;
    caller.pending++;
    if (now >= caller.nextLookAt) this.look(caller, now, instances());
  }

  /** Adds what was seen since the last time to the table. */
  flush(): Promise<void> {
    this.flushing ??= this.write().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  private meet(id: string, name: string, modelId: string): Caller | undefined {
    if (this.size >= mostCallers) return undefined;
    this.size++;
    const caller = { modelId, id, name, pending: 0, nextLookAt: 0, shapes: new Map<string, Shape>() };
    const own = this.callers.get(modelId) ?? new Map<string, Caller>();
    this.callers.set(modelId, own.set(id, caller));
    return caller;
  }

  private look(caller: Caller, now: number, instances: readonly Instance[]): void {
    caller.nextLookAt = now + lookEveryMs;
    let { pending } = caller;
    caller.pending = 0;
    for (const instance of instances.slice(0, lookedAtInstances)) {
      const names = Object.keys(instance).slice(0, mostColumns).sort();
      // Types are no part of the key: with gaps in n columns they would make 2^n shapes of one.
      const key = JSON.stringify(names);
      let shape = caller.shapes.get(key);
      if (!shape) {
        if (caller.shapes.size >= mostShapes) continue;
        shape = { columns: new Map(), requests: 0, lastSeen: 0 };
        caller.shapes.set(key, shape);
      }
      for (const name of names) {
        const types = shape.columns.get(name);
        const type = typeOf(instance[name]);
        if (types) types.add(type);
        else shape.columns.set(name, new Set([type]));
      }
      shape.requests += pending;
      shape.lastSeen = Date.now();
      pending = 0;
    }
  }

  private async write(): Promise<void> {
    const seen = [...this.callers.values()].flatMap((own) =>
      [...own.values()].flatMap((caller) => [...caller.shapes.entries()].map(([key, shape]) => ({ caller, key, shape }))),
    );
    // Callers go with what was written: whoever comes again is met again.
    this.callers.clear();
    this.size = 0;
    if (seen.length === 0) return;
    seen.sort((a, b) => (a.caller.modelId + a.caller.id + a.key < b.caller.modelId + b.caller.id + b.key ? -1 : 1));
    try {
      await this.database.transaction(async (em) => {
        for (const { caller, key, shape } of seen)
          await em.execute(
            `insert into caller_shape as old (model_id, caller_id, shape, day, caller_name, columns, requests, last_seen)
             select ?, ?, ?, (now() at time zone 'utc')::date, ?, ?::jsonb, ?, ? where exists (select from model where id = ?)
               and (select count(*) from caller_shape where model_id = ? and caller_id = ? and day = (now() at time zone 'utc')::date) < ${mostShapesOfDay}
             on conflict (model_id, caller_id, shape, day) do update set
               caller_name = excluded.caller_name, requests = old.requests + excluded.requests,
               last_seen = greatest(old.last_seen, excluded.last_seen),
               columns = (select jsonb_agg(distinct one) from jsonb_array_elements(old.columns || excluded.columns) as one)`,
            [
              caller.modelId,
              caller.id,
              createHash('sha256').update(key).digest('hex').slice(0, 32),
              caller.name,
              JSON.stringify(columnsOf(shape)),
              shape.requests,
              new Date(shape.lastSeen),
              caller.modelId,
              caller.modelId,
              caller.id,
            ],
            'run',
          );
        await em.execute(`delete from caller_shape where day < (now() at time zone 'utc')::date - ${keptDays}`, [], 'run');
      });
    } catch (error) {
      // What callers send is not worth a failed request; what could not be written is lost and said.
      this.log.warn({ msg: 'What callers sent in the last minute was lost', err: error });
    }
  }

  private async find(em: EntityManager, modelId: string): Promise<CallerFacts[]> {
    await this.flush();
    const rows = await em.execute<ShapeRow[]>(
      `select caller_id, caller_name, shape, columns, requests, last_seen from caller_shape
       where model_id = ? and last_seen >= now() - interval '${keptDays} days' order by last_seen desc limit ${shownShapes}`,
      [modelId],
    );
    const merged = Map.groupBy(rows, (row) => `${row.caller_id}\n${row.shape}`);
    return [...merged.values()].flatMap((days) => {
      const [latest] = days;
      if (!latest) return [];
      const columns = new Map(days.flatMap((row) => row.columns).map((column) => [`${column.type}\n${column.name}`, column]));
      return {
        caller: latest.caller_name,
        columns: [...columns.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.type < b.type ? -1 : 1)),
        requests: days.reduce((sum, row) => sum + Number(row.requests), 0),
        lastSeen: new Date(latest.last_seen).getTime(),
      };
    });
  }
}

function columnsOf(shape: Shape): SentColumn[] {
  return [...shape.columns].flatMap(([name, types]) => [...types].map((type) => ({ name, type })));
}

function typeOf(value: unknown): SentColumn['type'] {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'number' ? 'number' : 'text';
}
