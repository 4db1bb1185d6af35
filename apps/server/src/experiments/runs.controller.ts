import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CreateRun, FinishRun, LogToRun, Run, RunListQuery, RunPage, Series, SeriesQuery } from '@crisol/contracts';
import type { Actor } from '../platform/auth/actor.js';
import { Answers, Caller, Needs } from '../platform/http/route-decorators.js';
import { RunsService } from './runs.service.js';

@Controller('api/v1')
export class RunsController {
  constructor(private readonly runs: RunsService) {}

  @Get('runs')
  @Needs('experiments:read')
  @Answers(200, RunPage, { id: 'listRuns', summary: 'Runs, newest first' })
  list(@Query({ schema: RunListQuery }) query: RunListQuery): Promise<RunPage> {
    return this.runs.list(query);
  }

  @Post('runs')
  @Needs('experiments:write')
  @Answers(201, Run, { id: 'createRun', summary: 'Start a run' })
  create(@Caller() actor: Actor, @Body({ schema: CreateRun }) body: CreateRun): Promise<Run> {
    return this.runs.create(actor, body);
  }

  @Get('runs/:run')
  @Needs('experiments:read')
  @Answers(200, Run, { id: 'getRun', summary: 'One run with its parameters, metrics and evaluation' })
  get(@Param('run') run: string): Promise<Run> {
    return this.runs.get(run);
  }

  @Post('runs/:run/log')
  @Needs('experiments:write')
  @Answers(200, Run, { id: 'logToRun', summary: 'Add metrics, parameters and tags to a run' })
  log(@Caller() actor: Actor, @Param('run') run: string, @Body({ schema: LogToRun }) body: LogToRun): Promise<Run> {
    return this.runs.log(actor, run, body);
  }

  @Post('runs/:run/finish')
  @Needs('experiments:write')
  @Answers(200, Run, { id: 'finishRun', summary: 'End a run' })
  finish(@Caller() actor: Actor, @Param('run') run: string, @Body({ schema: FinishRun }) body: FinishRun): Promise<Run> {
    return this.runs.end(actor, run, body);
  }

  @Get('series')
  @Needs('experiments:read')
  @Answers(200, Series, { id: 'getSeries', summary: 'Metric curves of runs, as columns' })
  series(@Query({ schema: SeriesQuery }) query: SeriesQuery): Promise<Series> {
    return this.runs.series(query);
  }
}
