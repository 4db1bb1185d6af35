import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import { ServerEvent } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../auth/actor.js';
import { Answers, Caller, Needs } from '../http/route-decorators.js';
import { EventStream } from './event-stream.js';

const EventsQuery = z.strictObject({
  topics: z
    .string()
    .min(1)
    .max(2_000)
    .transform((text) => text.split(',').map((topic) => topic.trim()))
    .pipe(z.array(z.string().regex(/^[a-z][a-z-]*(\.[A-Za-z0-9_@-]+)*$/, 'must be a topic such as jobs.<id> or endpoints')).max(100)),
});
type EventsQuery = z.infer<typeof EventsQuery>;

@Controller('api/v1/events')
export class EventsController {
  constructor(private readonly stream: EventStream) {}

  @Get()
  @Needs('authenticated')
  @ApiProduces('text/event-stream')
  @Answers(200, ServerEvent, { id: 'streamEvents', summary: 'Follow what happens, as server-sent events' })
  open(
    @Caller() actor: Actor,
    @Query({ schema: EventsQuery }) query: EventsQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    this.stream.open(actor, query.topics, lastEventId, reply);
  }
}
