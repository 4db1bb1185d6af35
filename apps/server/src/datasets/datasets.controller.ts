import { Body, Controller, Delete, Get, Headers, Param, Patch, Post, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import {
  Dataset,
  DatasetPage,
  DatasetProfile,
  DatasetVersion,
  DatasetVersionPage,
  DownloadQuery,
  Job,
  ListQuery,
  RowPage,
  RowQuery,
  SampleList,
  UpdateDataset,
  VersionListQuery,
} from '@crisol/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Actor } from '../platform/auth/actor.js';
import { Answers, Caller, IfMatch, Needs, RequestSignal } from '../platform/http/route-decorators.js';
import { DatasetsService } from './datasets.service.js';
import { downloadFormat, versionNumber } from './request-values.js';
import { RowsService } from './rows.service.js';
import { SamplesService } from './samples/samples.service.js';
import { readFileForm } from './uploads/read-form.js';
import { UploadsService } from './uploads/uploads.service.js';

@Controller('api/v1/datasets')
export class DatasetsController {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly rowsService: RowsService,
    private readonly uploads: UploadsService,
    private readonly samples: SamplesService,
  ) {}

  @Get()
  @Needs('datasets:read')
  @Answers(200, DatasetPage, { id: 'listDatasets', summary: 'Data sets, newest first' })
  list(@Query({ schema: ListQuery }) query: ListQuery): Promise<DatasetPage> {
    return this.datasets.list(query);
  }

  @Post()
  @Needs('datasets:write')
  @Answers(202, Job, {
    id: 'createDataset',
    summary: 'Upload a table as multipart/form-data: file, name, read; a known name gets a new version',
  })
  async create(
    @Caller() actor: Actor,
    @Req() request: FastifyRequest,
    @RequestSignal() signal: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job> {
    const { stored, ...file } = await readFileForm(request, this.uploads, signal);
    return accepted(reply, await this.uploads.importStored(actor, stored, file));
  }

  @Get('samples')
  @Needs('datasets:read')
  @Answers(200, SampleList, { id: 'listSamples', summary: 'Tables that come with Crisol' })
  listSamples(): SampleList {
    return this.samples.list();
  }

  @Post('samples/:sample')
  @Needs('datasets:write')
  @Answers(202, Job, { id: 'loadSample', summary: 'Import a table that comes with Crisol' })
  async loadSample(@Caller() actor: Actor, @Param('sample') sample: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Job> {
    return accepted(reply, await this.samples.load(actor, sample));
  }

  @Get(':dataset')
  @Needs('datasets:read')
  @Answers(200, Dataset, { id: 'getDataset', summary: 'One data set, by id or name' })
  get(@Param('dataset') dataset: string): Promise<Dataset> {
    return this.datasets.get(dataset);
  }

  @Patch(':dataset')
  @Needs('datasets:write')
  @Answers(200, Dataset, { id: 'updateDataset', summary: 'Change the description or the tags' })
  update(
    @Caller() actor: Actor,
    @Param('dataset') dataset: string,
    @Body({ schema: UpdateDataset }) body: UpdateDataset,
    @IfMatch() revision: number | null | undefined,
  ): Promise<Dataset> {
    return this.datasets.update(actor, dataset, body, revision);
  }

  @Delete(':dataset')
  @Needs('datasets:write')
  @Answers(204, null, { id: 'deleteDataset', summary: 'Delete a data set that nothing uses, with all versions' })
  delete(@Caller() actor: Actor, @Param('dataset') dataset: string): Promise<void> {
    return this.datasets.delete(actor, dataset);
  }

  @Get(':dataset/versions')
  @Needs('datasets:read')
  @Answers(200, DatasetVersionPage, { id: 'listDatasetVersions', summary: 'Versions, newest first' })
  listVersions(
    @Param('dataset') dataset: string,
    @Query({ schema: VersionListQuery }) query: z.infer<typeof VersionListQuery>,
  ): Promise<DatasetVersionPage> {
    return this.datasets.listVersions(dataset, query);
  }

  @Get(':dataset/versions/:version')
  @Needs('datasets:read')
  @Answers(200, DatasetVersion, { id: 'getDatasetVersion', summary: 'One version, by number or "latest"' })
  getVersion(@Param('dataset') dataset: string, @Param('version') version: string): Promise<DatasetVersion> {
    return this.datasets.getVersion(dataset, versionNumber(version));
  }

  @Get(':dataset/versions/:version/profile')
  @Needs('datasets:read')
  @Answers(200, DatasetProfile, { id: 'getDatasetProfile', summary: 'What the columns of a version hold' })
  profile(@Param('dataset') dataset: string, @Param('version') version: string): Promise<DatasetProfile> {
    return this.datasets.getProfile(dataset, versionNumber(version));
  }

  @Get(':dataset/versions/:version/rows')
  @Needs('datasets:read')
  @Answers(200, RowPage, { id: 'listDatasetRows', summary: 'Rows of a version, in the order of the file' })
  rows(
    @Param('dataset') dataset: string,
    @Param('version') version: string,
    @Query({ schema: RowQuery }) query: RowQuery,
  ): Promise<RowPage> {
    return this.rowsService.page(dataset, versionNumber(version), query);
  }

  @Get(':dataset/versions/:version/download')
  @Needs('datasets:read')
  @Answers(200, null, { id: 'downloadDatasetVersion', summary: 'The table as CSV, NDJSON or Parquet, by ?format= or Accept' })
  async download(
    @Param('dataset') dataset: string,
    @Param('version') version: string,
    @Query({ schema: DownloadQuery }) query: DownloadQuery,
    @Headers('accept') accept: string | undefined,
    @Headers('range') range: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    const download = await this.rowsService.download(dataset, versionNumber(version), downloadFormat(query.format, accept), range);
    void reply.status(download.status).headers(download.headers);
    return download.body;
  }
}

function accepted(reply: FastifyReply, job: Job): Job {
  void reply.header('location', job.links.self);
  return job;
}
