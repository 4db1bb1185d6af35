import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { JobEvent } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { Database } from '../database/database.js';
import { EventBus } from '../events/event-bus.js';
import { ServerSentStream } from '../events/server-sent-stream.js';
import { Ledger } from './ledger.js';

const pageSize = 500;
const pingMs = 5_000;
const retryMs = 2_000;

/** A job's events from its storage: what was, then what comes, until `done`. */
@Injectable()
export class JobEventStream implements BeforeApplicationShutdown {
  readonly #open = new Set<ServerSentStream>();
  #closed = false;

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly events: EventBus,
  ) {}

  /** Follows as server-sent events, after the event number `after`. */
  follow(jobId: string, after: number, reply: FastifyReply): void {
    let last = after;
    let reading: Promise<void> | null = null;
    let again = false;
    const read = (): void => {
      if (reading) {
        again = true;
        return;
      }
      reading = (async () => {
        do {
          again = false;
          for (;;) {
            const page = await this.#page(jobId, last);
            for (const event of page) {
              stream.send({ id: String(event.seq), event: event.type, data: event });
              last = event.seq;
              if (event.type === 'done') return stream.end();
            }
            if (page.length < pageSize || !stream.isOpen) break;
          }
        } while (again && stream.isOpen);
      })()
        // The reader comes back and goes on after the last id.
        .catch(() => stream.end(retryMs))
        .finally(() => {
          reading = null;
        });
    };
    const stopEvents = this.events.onPublished('*', ({ topic }) => {
      if (topic === `jobs.${jobId}` || topic === '*') read();
    });
    // A ping also looks, in case the news was lost.
    const pings = setInterval(() => {
      stream.send({ id: String(last), event: 'ping', data: {} });
      read();
    }, pingMs);
    const stream = new ServerSentStream(reply, () => {
      stopEvents();
      clearInterval(pings);
      this.#open.delete(stream);
    });
    if (this.#closed) return stream.end(retryMs);
    this.#open.add(stream);
    read();
  }

  /** What there is, one JSON document a line. */
  download(jobId: string, after: number): Readable {
    return Readable.from(this.#lines(jobId, after));
  }

  beforeApplicationShutdown(): void {
    this.#closed = true;
    for (const stream of this.#open) stream.end(retryMs);
  }

  async *#lines(jobId: string, after: number): AsyncGenerator<string> {
    let last = after;
    for (;;) {
      const page = await this.#page(jobId, last);
      for (const event of page) yield `${JSON.stringify(event)}\n`;
      if (page.length < pageSize) return;
      last = page.at(-1)?.seq ?? last;
    }
  }

  #page(jobId: string, after: number): Promise<readonly JobEvent[]> {
    return this.database.read((em) => this.ledger.eventsAfter(em, jobId, after, pageSize));
  }
}
