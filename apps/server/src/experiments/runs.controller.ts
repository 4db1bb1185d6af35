import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ChangedRuns,
  ChangeRuns,
  CreateRun,
  FinishRun,
  LogToRun,
  ReadRunColumns,
  Run,
  RunColumns,
  RunListQuery,
  RunPage,
  SearchRuns,
  Series,
  SeriesQuery,
  UpdateRun,
} from '@crisol/contracts';
import type { Actor } from '../platform/auth/actor.js';
import { Answers, Caller, Needs } from '../platform/http/route-decorators.js';
import { SeriesReader } from './metrics/series.js';
import { RunsService } from './runs.service.js';
import { RunSearch } from './search/run-search.js';

@Controller('api/v1')
export class RunsController {
  constructor(
    private readonly runs: RunsService,
    private readonly searches: RunSearch,
    private readonly curves: SeriesReader,
  ) {}

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

  @Post('runs/search')
  @Needs('experiments:read')
  @Answers(200, RunPage, { id: 'searchRuns', summary: 'Runs that match a filter' })
  search(@Body({ schema: SearchRuns }) body: SearchRuns): Promise<RunPage> {
    return this.searches.page(body);
  }

  @Post('runs/columns')
  @Needs('experiments:read')
  @Answers(200, RunColumns, { id: 'readRunColumns', summary: 'Columns of a table of runs' })
  columns(@Body({ schema: ReadRunColumns }) body: ReadRunColumns): Promise<RunColumns> {
    return this.searches.columns(body);
  }

  @Post('runs/change')
  @Needs('experiments:write')
  @Answers(200, ChangedRuns, { id: 'changeRuns', summary: 'Tag, delete or restore many runs at once' })
  async change(@Caller() actor: Actor, @Body({ schema: ChangeRuns }) body: ChangeRuns): Promise<ChangedRuns> {
    return { changed: await this.runs.change(actor, body) };
  }

  @Get('runs/:run')
  @Needs('experiments:read')
  @Answers(200, Run, { id: 'getRun', summary: 'One run with its parameters, metrics and evaluation' })
  get(@Param('run') run: string): Promise<Run> {
    return this.runs.get(run);
  }

  @Patch('runs/:run')
  @Needs('experiments:write')
  @Answers(200, Run, { id: 'updateRun', summary: 'Rename, describe or tag a run' })
  update(@Param('run') run: string, @Body({ schema: UpdateRun }) body: UpdateRun): Promise<Run> {
    return this.runs.update(run, body);
  }

  @Delete('runs/:run')
  @Needs('experiments:write')
  @Answers(204, null, { id: 'deleteRun', summary: 'Delete a run; it can be restored for a time' })
  delete(@Caller() actor: Actor, @Param('run') run: string): Promise<void> {
    return this.runs.delete(actor, run);
  }

  @Post('runs/:run/restore')
  @Needs('experiments:write')
  @Answers(200, Run, { id: 'restoreRun', summary: 'Bring a deleted run back' })
  restore(@Caller() actor: Actor, @Param('run') run: string): Promise<Run> {
    return this.runs.restore(actor, run);
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
    return this.curves.read(query);
  }
}
