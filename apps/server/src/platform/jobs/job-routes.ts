import { Injectable, StreamableFile } from '@nestjs/common';
import type { CreateJob, Job, JobListQuery, JobPage, JobPending, JobWaitQuery, WorkerList } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../auth/actor.js';
import { Database } from '../database/database.js';
import { problem } from '../http/problem.js';
import { JobEventStream } from './job-event-stream.js';
import { isTerminal } from './job-row.js';
import { JobsService } from './jobs.service.js';

/** What the job routes do with headers, statuses and streams; the service knows nothing of them. */
@Injectable()
export class JobRoutes {
  constructor(
    private readonly jobs: JobsService,
    private readonly database: Database,
    private readonly stream: JobEventStream,
  ) {}

  async create(
    actor: Actor,
    body: CreateJob,
    keyHeader: string | undefined,
    attemptHeader: string | undefined,
    reply: FastifyReply,
  ): Promise<Job> {
    const answer = await this.jobs.submitOnce(actor, { key: readKey(keyHeader), attempt: readAttempt(attemptHeader), body });
    reply.status(answer.status).header('location', answer.job.links.self);
    if (answer.replayed) reply.header('idempotent-replayed', 'true');
    return answer.job;
  }

  list(actor: Actor, query: JobListQuery): Promise<JobPage> {
    return this.jobs.list(actor, query);
  }

  get(actor: Actor, id: string): Promise<Job> {
    return this.jobs.get(actor, id);
  }

  async wait(actor: Actor, id: string, query: JobWaitQuery, signal: AbortSignal, reply: FastifyReply): Promise<Job | JobPending> {
    const job = await this.jobs.waitForEnd(actor, id, query.timeout * 1000, signal);
    if (isTerminal(job.state)) return job;
    reply.status(404).header('retry-after', '1');
    return { id: job.id, state: job.state, progress: job.progress };
  }

  cancel(actor: Actor, id: string): Promise<Job> {
    return this.jobs.cancel(actor, id);
  }

  async retry(actor: Actor, id: string, reply: FastifyReply): Promise<Job> {
    const job = await this.jobs.retry(actor, id);
    reply.header('location', job.links.self);
    return job;
  }

  async events(
    actor: Actor,
    id: string,
    from: { after: number | undefined; lastEventId: string | undefined; accept: string | undefined },
    reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    await this.database.read((em) => this.jobs.visible(em, actor, id));
    const after = from.lastEventId !== undefined && /^\d{1,9}$/.test(from.lastEventId) ? Number(from.lastEventId) : (from.after ?? 0);
    if (!from.accept?.includes('application/x-ndjson')) {
      this.stream.follow(id, after, reply);
      return undefined;
    }
    return new StreamableFile(this.stream.download(id, after), {
      type: 'application/x-ndjson; charset=utf-8',
      disposition: `attachment; filename="${id}.ndjson"`,
    });
  }

  workers(): Promise<WorkerList> {
    return this.jobs.listWorkers();
  }
}

function readKey(header: string | undefined): string {
  if (header === undefined)
    throw problem('idempotency_key_required', { detail: 'Send Idempotency-Key: a text that is yours and the same when you try again.' });
  const key = header.replace(/^"(.*)"$/, '$1');
  if (!/^[\x20-\x7e]{1,255}$/.test(key))
    throw problem('invalid_header', { detail: 'Idempotency-Key has 1 to 255 printable ASCII characters.' });
  return key;
}

function readAttempt(header: string | undefined): number {
  if (header === undefined) return 1;
  if (!/^[1-9]\d{0,5}$/.test(header)) throw problem('invalid_header', { detail: 'X-Attempt is a whole number from 1.' });
  return Number(header);
}
