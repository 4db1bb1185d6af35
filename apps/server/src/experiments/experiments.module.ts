import { Module } from '@nestjs/common';
import { ArtifactFiles } from './artifacts/artifact-files.js';
import { ArtifactRoots } from './artifacts/artifact-roots.js';
import { ArtifactViews } from './artifacts/artifact-views.js';
import { ArtifactsController } from './artifacts/artifacts.controller.js';
import { ArtifactPreviews } from './artifacts/preview/artifact-previews.js';
import { ExperimentsController } from './experiments.controller.js';
import { ExperimentsService } from './experiments.service.js';
import { RunFieldsReader } from './fields/run-fields-reader.js';
import { LoggedModelSearch } from './logged-models/logged-model-search.js';
import { LoggedModelsService } from './logged-models/logged-models.service.js';
import { ImportanceController } from './importance/importance.controller.js';
import { ImportanceService } from './importance/importance.service.js';
import { RunInputs } from './inputs/run-inputs.js';
import { MetricHistories } from './metrics/metric-histories.js';
import { MetricWriter } from './metrics/metric-writer.js';
import { RunLogger } from './metrics/run-logger.js';
import { SeriesReader } from './metrics/series.js';
import { RemovalController } from './removal/removal.controller.js';
import { RemovalService } from './removal/removal.service.js';
import { RemovalSweeper } from './removal/removal-sweeper.js';
import { RunsController } from './runs.controller.js';
import { RunsService } from './runs.service.js';
import { RunNews } from './runs/run-news.js';
import { RunReader } from './runs/run-reader.js';
import { RunWriter } from './runs/run-writer.js';
import { ExperimentSearch } from './search/experiment-search.js';
import { RunSearch } from './search/run-search.js';

const artifacts = [ArtifactFiles, ArtifactRoots, ArtifactViews, ArtifactPreviews, LoggedModelSearch, LoggedModelsService];
const tracking = [ExperimentSearch, MetricHistories, MetricWriter, RunInputs, RunLogger, RunReader, RunWriter];

@Module({
  controllers: [ExperimentsController, RunsController, ImportanceController, ArtifactsController, RemovalController],
  providers: [
    ExperimentsService,
    RunsService,
    RunSearch,
    RunFieldsReader,
    SeriesReader,
    RunNews,
    ...tracking,
    ...artifacts,
    RemovalService,
    RemovalSweeper,
    ImportanceService,
  ],
  exports: [ExperimentsService, RunsService, RunSearch, ...tracking, ...artifacts],
})
export class ExperimentsModule {}
