import { Module } from '@nestjs/common';
import { ExperimentsController } from './experiments.controller.js';
import { ExperimentsService } from './experiments.service.js';
import { RunFieldsReader } from './fields/run-fields-reader.js';
import { ImportanceController } from './importance/importance.controller.js';
import { ImportanceService } from './importance/importance.service.js';
import { SeriesReader } from './metrics/series.js';
import { RunsController } from './runs.controller.js';
import { RunsService } from './runs.service.js';
import { RunSearch } from './search/run-search.js';

@Module({
  controllers: [ExperimentsController, RunsController, ImportanceController],
  providers: [ExperimentsService, RunsService, RunSearch, RunFieldsReader, SeriesReader, ImportanceService],
  exports: [ExperimentsService, RunsService, RunSearch],
})
export class ExperimentsModule {}
