import { Module } from '@nestjs/common';
import { ExperimentsController } from './experiments.controller.js';
import { ExperimentsService } from './experiments.service.js';
import { RunsController } from './runs.controller.js';
import { RunsService } from './runs.service.js';

@Module({
  controllers: [ExperimentsController, RunsController],
  providers: [ExperimentsService, RunsService],
  exports: [ExperimentsService, RunsService],
})
export class ExperimentsModule {}
