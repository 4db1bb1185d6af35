import { Module } from '@nestjs/common';
import { DatasetsController } from './datasets.controller.js';
import { DatasetsService } from './datasets.service.js';
import { ImportHandler } from './import.handler.js';
import { PluginDatasetSource } from './plugin-dataset-source.js';
import { TableReaderPool } from './reader/table-reader-pool.js';
import { RowsService } from './rows.service.js';
import { SamplesService } from './samples/samples.service.js';
import { MultipartForms } from './uploads/multipart-forms.js';
import { UploadsController } from './uploads/uploads.controller.js';
import { UploadsService } from './uploads/uploads.service.js';

@Module({
  controllers: [DatasetsController, UploadsController],
  providers: [
    DatasetsService,
    RowsService,
    UploadsService,
    SamplesService,
    ImportHandler,
    TableReaderPool,
    PluginDatasetSource,
    MultipartForms,
  ],
  exports: [DatasetsService, RowsService, UploadsService],
})
export class DatasetsModule {}
