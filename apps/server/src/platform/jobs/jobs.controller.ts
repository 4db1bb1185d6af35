import { Body, Controller, Get, Headers, Param, Post, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiProduces, ApiResponse } from '@nestjs/swagger';
import { CreateJob, Job, JobEvent, JobListQuery, JobPage, JobPending, JobWaitQuery, WorkerList } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../auth/actor.js';
import { Answers, Caller, Needs, RequestSignal } from '../http/route-decorators.js';
import { JobRoutes } from './job-routes.js';

const JobEventsQuery = z.strictObject({ after: z.coerce.number().int().min(0).optional() });
type JobEventsQuery = z.infer<typeof JobEventsQuery>;

@Controller('api/v1/jobs')
export class JobsController {
  constructor(private readonly routes: JobRoutes) {}

  @Post()
  @Needs('authenticated')
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description: '1 to 255 printable characters; the same key never starts the job twice',
  })
  @ApiHeader({ name: 'X-Attempt', required: false, description: 'A higher number starts a new job once the one before has ended' })
  @ApiResponse({ status: 200, standardSchema: Job, description: 'The job of this key, which has not ended' })
  @Answers(202, Job, { id: 'createJob', summary: 'Start long work; the scope is that of the kind' })
  create(
    @Caller() actor: Actor,
    @Body({ schema: CreateJob }) body: CreateJob,
    @Headers('idempotency-key') key: string | undefined,
    @Headers('x-attempt') attempt: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job> {
    return this.routes.create(actor, body, key, attempt, reply);
  }

  @Get()
  @Needs('authenticated')
  @Answers(200, JobPage, { id: 'listJobs', summary: 'List the jobs of kinds that you may read' })
  list(@Caller() actor: Actor, @Query({ schema: JobListQuery }) query: JobListQuery): Promise<JobPage> {
    return this.routes.list(actor, query);
  }

  @Get(':id')
  @Needs('authenticated')
  @Answers(200, Job, { id: 'getJob', summary: 'Read a job' })
  get(@Caller() actor: Actor, @Param('id') id: string): Promise<Job> {
    return this.routes.get(actor, id);
  }

  @Get(':id/wait')
  @Needs('authenticated')
  @ApiResponse({ status: 404, standardSchema: JobPending, description: 'Not ended yet; ask again after Retry-After' })
  @Answers(200, Job, { id: 'waitForJob', summary: 'Wait until a job has ended: 404 not yet, 200 ended, 410 no such job' })
  wait(
    @Caller() actor: Actor,
    @Param('id') id: string,
    @Query({ schema: JobWaitQuery }) query: JobWaitQuery,
    @RequestSignal() signal: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job | JobPending> {
    return this.routes.wait(actor, id, query, signal, reply);
  }

  @Post(':id/cancel')
  @Needs('authenticated')
  @Answers(200, Job, { id: 'cancelJob', summary: 'Cancel a job; one that has ended stays as it is' })
  cancel(@Caller() actor: Actor, @Param('id') id: string): Promise<Job> {
    return this.routes.cancel(actor, id);
  }

  @Post(':id/retry')
  @Needs('authenticated')
  @Answers(202, Job, { id: 'retryJob', summary: 'Start a new job with the input of one that failed or was cancelled' })
  retry(@Caller() actor: Actor, @Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Job> {
    return this.routes.retry(actor, id, reply);
  }

  @Get(':id/events')
  @Needs('authenticated')
  @ApiProduces('text/event-stream', 'application/x-ndjson')
  @Answers(200, JobEvent, { id: 'streamJobEvents', summary: 'Follow a job: state, progress, metric, log, trial, done' })
  async events(
    @Caller() actor: Actor,
    @Param('id') id: string,
    @Query({ schema: JobEventsQuery }) query: JobEventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    return this.routes.events(actor, id, { after: query.after, lastEventId, accept }, reply);
  }
}

@Controller('api/v1/workers')
export class WorkersController {
  constructor(private readonly routes: JobRoutes) {}

  @Get()
  @Needs('authenticated')
  @Answers(200, WorkerList, { id: 'listWorkers', summary: 'List the workers and what rings for them' })
  list(): Promise<WorkerList> {
    return this.routes.workers();
  }
}
