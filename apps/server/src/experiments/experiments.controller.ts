import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { CreateExperiment, Experiment, ExperimentListQuery, ExperimentPage, RunFields, UpdateExperiment } from '@crisol/contracts';
import type { Actor } from '../platform/auth/actor.js';
import { Answers, Caller, Needs } from '../platform/http/route-decorators.js';
import { ExperimentsService } from './experiments.service.js';
import { RunFieldsReader } from './fields/run-fields-reader.js';

@Controller('api/v1/experiments')
export class ExperimentsController {
  constructor(
    private readonly experiments: ExperimentsService,
    private readonly runFields: RunFieldsReader,
  ) {}

  @Get()
  @Needs('experiments:read')
  @Answers(200, ExperimentPage, { id: 'listExperiments', summary: 'Experiments, newest first' })
  list(@Query({ schema: ExperimentListQuery }) query: ExperimentListQuery): Promise<ExperimentPage> {
    return this.experiments.list(query);
  }

  @Post()
  @Needs('experiments:write')
  @Answers(201, Experiment, { id: 'createExperiment', summary: 'Make an experiment' })
  create(@Caller() actor: Actor, @Body({ schema: CreateExperiment }) body: CreateExperiment): Promise<Experiment> {
    return this.experiments.create(actor, body);
  }

  @Get(':experiment')
  @Needs('experiments:read')
  @Answers(200, Experiment, { id: 'getExperiment', summary: 'One experiment, by id, number or name' })
  get(@Param('experiment') experiment: string): Promise<Experiment> {
    return this.experiments.get(experiment);
  }

  @Patch(':experiment')
  @Needs('experiments:write')
  @Answers(200, Experiment, { id: 'updateExperiment', summary: 'Rename, describe or tag an experiment' })
  update(
    @Caller() actor: Actor,
    @Param('experiment') experiment: string,
    @Body({ schema: UpdateExperiment }) body: UpdateExperiment,
  ): Promise<Experiment> {
    return this.experiments.update(actor, experiment, body);
  }

  @Delete(':experiment')
  @Needs('experiments:write')
  @Answers(204, null, { id: 'deleteExperiment', summary: 'Delete an experiment and its runs; they can be restored for a time' })
  delete(@Caller() actor: Actor, @Param('experiment') experiment: string): Promise<void> {
    return this.experiments.delete(actor, experiment);
  }

  @Post(':experiment/restore')
  @Needs('experiments:write')
  @Answers(200, Experiment, { id: 'restoreExperiment', summary: 'Bring a deleted experiment back' })
  restore(@Caller() actor: Actor, @Param('experiment') experiment: string): Promise<Experiment> {
    return this.experiments.restore(actor, experiment);
  }

  @Get(':experiment/fields')
  @Needs('experiments:read')
  @Answers(200, RunFields, { id: 'getRunFields', summary: 'What the runs of an experiment have logged' })
  fields(@Param('experiment') experiment: string): Promise<RunFields> {
    return this.runFields.read(experiment);
  }
}
