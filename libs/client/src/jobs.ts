import type { CreateJob, Job, JobEvent, JobKind, JobPending, JobProgress, JobState } from '@crisol/contracts';
import { List, type ListOptions } from './list.js';
import { ConnectionError, ProblemError } from './problem-error.js';
import { readMessages } from './server-sent-events.js';
import { isLostConnection, pause, retryAfterMs, type CallOptions, type Transport } from './transport.js';

/** Long work. */
export class Jobs {
  readonly #transport: Transport;
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Starts a job. With the same `idempotencyKey` it is started once. */
  create(kind: JobKind, input: CreateJob['input'], options: CallOptions = {}): Promise<Job> {
    return this.#transport.json('POST', 'jobs', { ...options, json: { kind, input } });
  }

  /** Newest first. */
  list(options: ListOptions & { readonly kind?: JobKind; readonly state?: JobState } = {}): List<Job> {
    return new List(this.#transport, 'jobs', options, { kind: options.kind, state: options.state });
  }

  get(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json('GET', `jobs/${encodeURIComponent(id)}`, options);
  }

  /** Asks a job to stop; one that has ended stays as it is. */
  cancel(id: string, options: CallOptions = {}): Promise<Job> {
    return this.#transport.json('POST', `jobs/${encodeURIComponent(id)}/cancel`, options);
  }

  /** Waits until a job has ended, well or not. `onProgress` hears how far it is, at most once in 2 s. */
  async wait(
    id: string,
    options: CallOptions & { readonly onProgress?: (progress: JobProgress, state: JobState) => void } = {},
  ): Promise<Job> {
    for (;;) {
      const response = await this.#transport.send('GET', `jobs/${encodeURIComponent(id)}/wait`, {
        query: { timeout: options.onProgress ? 2 : 25 },
        signal: options.signal,
        accept: [404],
      });
      // The route answers a Job with 200 and a JobPending with 404; anything else has thrown.
      const body = (await response.json()) as Job | JobPending;
      if (response.status === 200 && 'kind' in body) return body;
      if (!('progress' in body)) throw await ProblemError.from(Response.json(body, { status: response.status }));
      options.onProgress?.(body.progress, body.state);
      // It has waited on the server already: an honest pause only when the server asks for a long one.
      if (retryAfterMs(response.headers.get('retry-after')) > 1000) await pause(1000, options.signal);
    }
  }

  /**
   * Follows a job: its events so far, then what comes, up to and including `done`. A broken stream goes on after the last event.
   * @example for await (const event of crisol.jobs.events(job.id)) if (event.type === 'log') console.log(event.data.message);
   */
  async *events(id: string, options: CallOptions & { readonly after?: number } = {}): AsyncGenerator<JobEvent> {
    let last = options.after ?? 0;
    for (let failures = 0; ;) {
      try {
        const response = await this.#transport.send('GET', `jobs/${encodeURIComponent(id)}/events`, {
          headers: { accept: 'text/event-stream', ...(last > 0 ? { 'last-event-id': String(last) } : {}) },
          signal: options.signal,
        });
        for await (const message of readMessages(response.body ?? noBytes())) {
          failures = 0;
          if (message.event === 'ping') continue;
          // The stream's messages are JobEvents by contract.
          const event = JSON.parse(message.data) as JobEvent;
          if (event.seq <= last) continue;
          last = event.seq;
          yield event;
          if (event.type === 'done') return;
        }
      } catch (error) {
        if (error instanceof ProblemError || error instanceof ConnectionError || options.signal?.aborted) throw error;
        if (!isLostConnection(error) || ++failures >= 5) throw error;
      }
      await pause(200 * 2 ** failures * (0.5 + Math.random()), options.signal);
    }
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
