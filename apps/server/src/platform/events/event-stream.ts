import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ServerEvent } from '@crisol/contracts';
import { randomBytes } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../auth/actor.js';
import { EventBus, type DomainEvent } from './event-bus.js';
import { covers, mayHear, type TopicRule } from './event-topics.js';
import { ServerSentStream } from './server-sent-stream.js';

const keptEvents = 2_048;
const pingMs = 5_000;
const retryMs = 2_000;

interface Kept {
  readonly n: number;
  readonly event: DomainEvent;
  readonly at: string;
}
interface Subscriber {
  readonly stream: ServerSentStream;
  readonly wants: (event: DomainEvent) => boolean;
  lastId: string;
}

/**
 * The console's stream of news. Ids are `<process>-<n>`; the last events are kept so that a short break loses nothing,
 * and whoever cannot be continued hears `resync` and reads again.
 */
@Injectable()
export class EventStream implements BeforeApplicationShutdown {
  readonly #process = randomBytes(4).toString('hex');
  readonly #rules = new Map<string, TopicRule>();
  readonly #subscribers = new Set<Subscriber>();
  readonly #kept: Kept[] = [];
  readonly #pings: NodeJS.Timeout;
  readonly #stop: () => void;
  #n = 0;
  #closed = false;

  constructor(events: EventBus) {
    this.#stop = events.onPublished('*', (event) => this.#take(event));
    this.#pings = setInterval(() => this.#ping(), pingMs);
    this.#pings.unref();
  }

  /** Decides who hears topics that begin with `first`, where a scope alone does not. */
  rule(first: string, rule: TopicRule): void {
    this.#rules.set(first, rule);
  }

  open(actor: Actor, topics: readonly string[], lastEventId: string | undefined, reply: FastifyReply): void {
    const subscriber: Subscriber = {
      stream: new ServerSentStream(reply, () => this.#subscribers.delete(subscriber)),
      wants: (event) => topics.some((topic) => covers(topic, event.topic)) && mayHear(actor, event, this.#rules),
      lastId: this.#id(this.#n),
    };
    if (this.#closed) return subscriber.stream.end(retryMs);
    this.#subscribers.add(subscriber);
    const missed = lastEventId === undefined ? [] : this.#since(lastEventId);
    if (missed === null) this.#resync(subscriber);
    else for (const kept of missed) this.#send(subscriber, kept);
    this.#pingOne(subscriber);
  }

  beforeApplicationShutdown(): void {
    this.#closed = true;
    this.#stop();
    clearInterval(this.#pings);
    for (const { stream } of this.#subscribers) stream.end(retryMs);
  }

  #take(event: DomainEvent): void {
    const kept: Kept = { n: ++this.#n, event, at: new Date().toISOString() };
    if (event.type === 'events.missed') {
      // Nobody can be continued across the gap.
      this.#kept.length = 0;
      for (const subscriber of this.#subscribers) this.#resync(subscriber);
      return;
    }
    this.#kept.push(kept);
    if (this.#kept.length > keptEvents) this.#kept.shift();
    for (const subscriber of this.#subscribers) this.#send(subscriber, kept);
  }

  #send(subscriber: Subscriber, { n, event, at }: Kept): void {
    if (!subscriber.wants(event)) return;
    subscriber.lastId = this.#id(n);
    const data: Record<string, unknown> = { topic: event.topic, type: event.type, at, data: event.data } satisfies Record<
      keyof ServerEvent,
      unknown
    >;
    subscriber.stream.send({ id: subscriber.lastId, data });
  }

  #resync(subscriber: Subscriber): void {
    subscriber.lastId = this.#id(this.#n);
    subscriber.stream.send({ id: subscriber.lastId, event: 'resync', data: {} });
  }

  #ping(): void {
    for (const subscriber of this.#subscribers) this.#pingOne(subscriber);
  }

  #pingOne(subscriber: Subscriber): void {
    subscriber.stream.send({ id: subscriber.lastId, event: 'ping', data: {} });
  }

  #id(n: number): string {
    return `${this.#process}-${n}`;
  }

  /** What came after the id; null when this process cannot say. */
  #since(lastEventId: string): readonly Kept[] | null {
    const match = /^([0-9a-f]{8})-(\d{1,15})$/.exec(lastEventId);
    if (match?.[1] !== this.#process) return null;
    const last = Number(match[2]);
    if (last > this.#n) return null;
    const oldest = this.#kept[0]?.n ?? this.#n + 1;
    return last + 1 < oldest ? null : this.#kept.filter(({ n }) => n > last);
  }
}
