import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { CreateExperiment, Experiment, ExperimentPage, ListQuery } from '@crisol/contracts';
import type { Actor } from '../platform/auth/actor.js';
import { Answers, Caller, Needs } from '../platform/http/route-decorators.js';
import { ExperimentsService } from './experiments.service.js';

@Controller('api/v1/experiments')
export class ExperimentsController {
  constructor(private readonly experiments: ExperimentsService) {}

  @Get()
  @Needs('experiments:read')
  @Answers(200, ExperimentPage, { id: 'listExperiments', summary: 'Experiments, newest first' })
  list(@Query({ schema: ListQuery }) query: ListQuery): Promise<ExperimentPage> {
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
  @Answers(200, Experiment, { id: 'getExperiment', summary: 'One experiment, by id or name' })
  get(@Param('experiment') experiment: string): Promise<Experiment> {
    return this.experiments.get(experiment);
  }
}
