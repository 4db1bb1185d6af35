import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Database } from '../database/database.js';
import { EventBus, type DomainEvent, type PublishedListener, type RecordedListener } from './event-bus.js';
import { PostgresListener } from './postgres-listener.js';

const channel = 'crisol_event';
/** NOTIFY takes 8,000 bytes. */
const maxPayloadBytes = 7_900;
const Envelope = z.object({
  from: z.string(),
  /** Published events were delivered in their own process at once; recorded ones reach it only through here, after the commit. */
  delivered: z.boolean(),
  topic: z.string(),
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
});
type Envelope = z.infer<typeof Envelope>;

/** The event bus over NOTIFY: nothing is sent before the commit, and every process of the installation hears it. */
@Injectable()
export class PostgresEventBus extends EventBus implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('EventBus');
  readonly #process = randomBytes(6).toString('hex');
  readonly #recorded = new Map<string, RecordedListener[]>();
  readonly #published = new Map<string, Set<PublishedListener>>();
  #outgoing: string[] = [];
  #sending: Promise<void> | null = null;
  #stop: (() => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly listener: PostgresListener,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    this.#stop.push(
      this.listener.onReconnect(() => this.#deliver({ topic: '*', type: 'events.missed', data: {} })),
      await this.listener.listen(channel, (payload) => this.#receive(payload)),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    for (const stop of this.#stop.splice(0)) stop();
    await this.#sending;
  }

  async record(em: EntityManager, event: DomainEvent): Promise<void> {
    for (const listener of [...(this.#recorded.get(event.type) ?? []), ...(this.#recorded.get('*') ?? [])]) await listener(em, event);
    await em.execute('select pg_notify(?, ?)', [channel, this.#encode(event, false)]);
  }

  publish(event: DomainEvent): void {
    this.#deliver(event);
    this.#outgoing.push(this.#encode(event, true));
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
  }

  onRecorded(type: string, listener: RecordedListener): void {
    this.#recorded.set(type, [...(this.#recorded.get(type) ?? []), listener]);
  }

  onPublished(type: string, listener: PublishedListener): () => void {
    const listeners = this.#published.get(type) ?? new Set();
    listeners.add(listener);
    this.#published.set(type, listeners);
    return () => listeners.delete(listener);
  }

  /** Events that come while a batch is on its way go together in the next. */
  async #send(): Promise<void> {
    await Promise.resolve();
    while (this.#outgoing.length > 0) {
      const batch = this.#outgoing.splice(0, 200);
      try {
        await this.database.read((em) =>
          em.execute('select pg_notify(?, payload) from unnest(array[?]::text[]) as payload', [channel, batch]),
        );
      } catch (error) {
        // No row stands behind them: other processes miss some patches and hear `events.missed` when their connection returns.
        this.#log.warn(`${batch.length} events could not be sent to other processes`, error);
      }
    }
  }

  #encode(event: DomainEvent, delivered: boolean): string {
    const envelope: Envelope = { from: this.#process, delivered, topic: event.topic, type: event.type, data: { ...event.data } };
    const text = JSON.stringify(envelope);
    if (Buffer.byteLength(text) <= maxPayloadBytes) return text;
    const { id, kind, state } = event.data;
    return JSON.stringify({ ...envelope, data: { id, kind, state, truncated: true } });
  }

  #receive(payload: string): void {
    const envelope = parseEnvelope(payload);
    if (!envelope) return this.#log.warn('A notification on the event channel is no event; it is ignored.');
    if (envelope.delivered && envelope.from === this.#process) return;
    this.#deliver({ topic: envelope.topic, type: envelope.type, data: envelope.data });
  }

  #deliver(event: DomainEvent): void {
    for (const listener of [...(this.#published.get(event.type) ?? []), ...(this.#published.get('*') ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error(`A listener of ${event.type} failed`, error);
      }
    }
  }
}

function parseEnvelope(payload: string): Envelope | null {
  try {
    return Envelope.safeParse(JSON.parse(payload)).data ?? null;
  } catch {
    return null;
  }
}
