import { Module } from '@nestjs/common';
import { ExperimentsController } from './experiments.controller.js';
import { ExperimentsService } from './experiments.service.js';
import { RunFieldsReader } from './fields/run-fields-reader.js';
import { SeriesReader } from './metrics/series.js';
import { RunsController } from './runs.controller.js';
import { RunsService } from './runs.service.js';
import { RunSearch } from './search/run-search.js';

@Module({
  controllers: [ExperimentsController, RunsController],
  providers: [ExperimentsService, RunsService, RunSearch, RunFieldsReader, SeriesReader],
  exports: [ExperimentsService, RunsService, RunSearch],
})
export class ExperimentsModule {}
