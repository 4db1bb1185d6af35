import { Module } from '@nestjs/common';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { CheckTypesController, SuitesController } from './suites.controller.js';
import { SuitesService } from './suites.service.js';
import { ValidateHandler } from './validate.handler.js';
import { ValidationsController } from './validations.controller.js';
import { ValidationsService } from './validations.service.js';
import { ValidatorUsers } from './validator-users.js';
import { Validators } from './validators.js';

@Module({
  imports: [DatasetsModule],
  controllers: [SuitesController, CheckTypesController, ValidationsController],
  providers: [ValidatorUsers, SuitesService, Validators, ValidationsService, ValidateHandler],
  exports: [SuitesService, ValidationsService, Validators],
})
export class QualityModule {}
