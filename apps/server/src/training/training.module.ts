import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { ExperimentsModule } from '../experiments/experiments.module.js';
import { LineageModule } from '../lineage/lineage.module.js';
import { ModelTypes } from './model-types.js';
import { TrainHandler } from './train.handler.js';
import { TrainedModels } from './trained-models.js';
import { TrainingController } from './training.controller.js';

@Module({
  imports: [DatasetsModule, ExperimentsModule, LineageModule],
  controllers: [TrainingController],
  providers: [ModelTypes, TrainHandler, TrainedModels],
  exports: [ModelTypes, TrainedModels],
})
export class TrainingModule {}
