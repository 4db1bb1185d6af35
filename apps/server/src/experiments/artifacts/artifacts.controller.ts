import { Controller, Get, HttpCode, HttpStatus, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import {
  ArtifactList,
  ArtifactListQuery,
  ArtifactPathQuery,
  ArtifactPreview,
  ListQuery,
  LoggedModel,
  LoggedModelPage,
} from '@crisol/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { problem } from '../../platform/http/problem.js';
import { Answers, Needs, RequestSignal } from '../../platform/http/route-decorators.js';
import { ExperimentsService } from '../experiments.service.js';
import { LoggedModelsService } from '../logged-models/logged-models.service.js';
import { ArtifactFiles } from './artifact-files.js';
import { ArtifactRoots } from './artifact-roots.js';
import { ArtifactViews } from './artifact-views.js';

const octets = 'application/octet-stream';

@Controller('api/v1')
export class ArtifactsController {
  constructor(
    private readonly roots: ArtifactRoots,
    private readonly views: ArtifactViews,
    private readonly files: ArtifactFiles,
    private readonly models: LoggedModelsService,
    private readonly experiments: ExperimentsService,
  ) {}

  @Get('runs/:run/artifacts')
  @Needs('experiments:read')
  @Answers(200, ArtifactList, { id: 'listArtifacts', summary: 'What lies in a folder of the artifacts of a run' })
  async list(@Param('run') run: string, @Query({ schema: ArtifactListQuery }) query: ArtifactListQuery): Promise<ArtifactList> {
    return this.views.list(await this.roots.ofRun(run), query);
  }

  @Get('runs/:run/artifacts/content')
  @Needs('experiments:read')
  @ApiProduces(octets)
  @Answers(200, null, { id: 'downloadArtifact', summary: 'A file of a run, or a range of it' })
  async content(
    @Param('run') run: string,
    @Query({ schema: ArtifactPathQuery }) query: ArtifactPathQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.views.send(await this.roots.ofRun(run), query.path, request, reply);
  }

  @Put('runs/:run/artifacts/content')
  @Needs('experiments:write')
  @HttpCode(HttpStatus.NO_CONTENT)
  @Answers(204, null, { id: 'putArtifact', summary: 'Write a file of a run: the bytes as application/octet-stream' })
  async put(
    @Param('run') run: string,
    @Query({ schema: ArtifactPathQuery }) query: ArtifactPathQuery,
    @Req() request: FastifyRequest,
    @RequestSignal() signal: AbortSignal,
  ): Promise<void> {
    const root = await this.roots.ofRun(run);
    if (root.folder === null) throw problem('validation_failed', { detail: `The artifacts of this run are kept elsewhere: ${root.uri}` });
    const body = request.body as Readable | undefined; // the parser of streams hands the payload on
    if (!body || typeof body.pipe !== 'function') throw problem('unsupported_media_type', { detail: `Send the bytes as ${octets}.` });
    await this.files.put(`${root.folder}/${query.path}`, body, signal);
  }

  @Get('runs/:run/artifacts/preview')
  @Needs('experiments:read')
  @Answers(200, ArtifactPreview, { id: 'previewArtifact', summary: 'The beginning of a text or a table, or the graph of a model' })
  async preview(@Param('run') run: string, @Query({ schema: ArtifactPathQuery }) query: ArtifactPathQuery): Promise<ArtifactPreview> {
    return this.views.preview(await this.roots.ofRun(run), query.path);
  }

  @Get('logged-models/:model')
  @Needs('experiments:read')
  @Answers(200, LoggedModel, { id: 'getLoggedModel', summary: 'A model that an MLflow client logged' })
  getModel(@Param('model') model: string): Promise<LoggedModel> {
    return this.models.describe(model);
  }

  @Get('experiments/:experiment/logged-models')
  @Needs('experiments:read')
  @Answers(200, LoggedModelPage, { id: 'listLoggedModels', summary: 'Logged models of an experiment, newest first' })
  async listModels(@Param('experiment') experiment: string, @Query({ schema: ListQuery }) query: ListQuery): Promise<LoggedModelPage> {
    const { number } = await this.experiments.get(experiment);
    return this.models.ofExperiment(number, { limit: query.limit, cursor: query.cursor ?? '' });
  }

  @Get('logged-models/:model/artifacts')
  @Needs('experiments:read')
  @Answers(200, ArtifactList, { id: 'listLoggedModelArtifacts', summary: 'What lies in a folder of a logged model' })
  async listOfModel(@Param('model') model: string, @Query({ schema: ArtifactListQuery }) query: ArtifactListQuery): Promise<ArtifactList> {
    return this.views.list(await this.roots.ofLoggedModel(model), query);
  }

  @Get('logged-models/:model/artifacts/content')
  @Needs('experiments:read')
  @ApiProduces(octets)
  @Answers(200, null, { id: 'downloadLoggedModelArtifact', summary: 'A file of a logged model, or a range of it' })
  async contentOfModel(
    @Param('model') model: string,
    @Query({ schema: ArtifactPathQuery }) query: ArtifactPathQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.views.send(await this.roots.ofLoggedModel(model), query.path, request, reply);
  }

  @Get('logged-models/:model/artifacts/preview')
  @Needs('experiments:read')
  @Answers(200, ArtifactPreview, {
    id: 'previewLoggedModelArtifact',
    summary: 'The beginning of a text or a table, or the graph of a model',
  })
  async previewOfModel(
    @Param('model') model: string,
    @Query({ schema: ArtifactPathQuery }) query: ArtifactPathQuery,
  ): Promise<ArtifactPreview> {
    return this.views.preview(await this.roots.ofLoggedModel(model), query.path);
  }
}
