import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { CompareModels, Comparison, ComparisonListQuery, ComparisonPage, Job } from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../platform/auth/actor.js';
import { Answers, Caller, Needs } from '../../platform/http/route-decorators.js';
import { ComparisonsService } from './comparisons.service.js';

@Controller('api/v1/comparisons')
export class ComparisonsController {
  constructor(private readonly comparisons: ComparisonsService) {}

  @Post()
  @Needs('models:write')
  @Answers(202, Job, {
    id: 'compareModels',
    summary: 'Compare versions or runs on the same rows: answers with the job, whose output `comparison` names what it found',
  })
  async start(
    @Caller() actor: Actor,
    @Body({ schema: CompareModels }) body: CompareModels,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job> {
    const job = await this.comparisons.start(actor, body);
    void reply.header('location', job.links.self);
    return job;
  }

  @Get()
  @Needs('models:read')
  @Answers(200, ComparisonPage, {
    id: 'listComparisons',
    summary: 'Comparisons, newest first; their curves, slices and rows are in each one alone',
  })
  list(@Query({ schema: ComparisonListQuery }) query: ComparisonListQuery): Promise<ComparisonPage> {
    return this.comparisons.list(query);
  }

  @Get(':id')
  @Needs('models:read')
  @Answers(200, Comparison, { id: 'getComparison', summary: 'One comparison; rows of data only for those who may read data sets' })
  get(@Caller() actor: Actor, @Param('id') id: string): Promise<Comparison> {
    return this.comparisons.get(actor, id);
  }
}
