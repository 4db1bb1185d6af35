import '@fastify/multipart';
import { Body, Controller, Delete, Get, Headers, HttpStatus, Param, Patch, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiProduces, ApiResponse } from '@nestjs/swagger';
import {
  Alias,
  AsOfQuery,
  CreateModel,
  Job,
  Model,
  ModelListQuery,
  ModelAsOf,
  ModelPage,
  ModelVersion,
  MoveAlias,
  RegisterRun,
  UpdateModel,
} from '@crisol/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor } from '../platform/auth/actor.js';
import { problem } from '../platform/http/problem.js';
import { Answers, Caller, IfMatch, Needs, RequestSignal } from '../platform/http/route-decorators.js';
import { AliasesService, type AliasExpectation } from './aliases/aliases.service.js';
import { BringService } from './bring/bring.service.js';
import { HistoryService } from './history/history.service.js';
import { ModelsDesk } from './models/models-desk.js';
import { ModelsService } from './models/models.service.js';
import { VersionsService } from './versions/versions.service.js';

@Controller('api/v1/models')
export class RegistryController {
  constructor(
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
    private readonly aliases: AliasesService,
    private readonly bring: BringService,
    private readonly modelsDesk: ModelsDesk,
    private readonly history: HistoryService,
  ) {}

  @Get()
  @Needs('models:read')
  @Answers(200, ModelPage, { id: 'listModels', summary: 'Models with their aliases and key metric' })
  list(@Query({ schema: ModelListQuery }) query: ModelListQuery): Promise<ModelPage> {
    return this.models.list(query);
  }

  @Post()
  @Needs('models:write')
  @Answers(201, Model, { id: 'createModel', summary: 'Make a model, without a version yet' })
  create(@Caller() actor: Actor, @Body({ schema: CreateModel }) body: CreateModel): Promise<Model> {
    return this.models.create(actor, body);
  }

  @Get(':model')
  @Needs('models:read')
  @Answers(200, Model, { id: 'getModel', summary: 'One model, by id or name; with asOf what held at that instant, as ModelAsOf' })
  get(@Param('model') model: string, @Query({ schema: AsOfQuery }) { asOf }: AsOfQuery): Promise<Model | ModelAsOf> {
    return asOf === undefined ? this.models.get(model) : this.history.asOf(model, asOf);
  }

  @Patch(':model')
  @Needs('models:write')
  @Answers(200, Model, { id: 'updateModel', summary: 'Change name, description or tags' })
  update(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Body({ schema: UpdateModel }) body: UpdateModel,
    @IfMatch() expected: number | null | undefined,
  ): Promise<Model> {
    return this.models.update(actor, model, body, expected);
  }

  @Delete(':model')
  @Needs('models:write')
  @Answers(204, null, { id: 'deleteModel', summary: 'Delete a model that no endpoint serves; it can be restored for a time' })
  remove(@Caller() actor: Actor, @Param('model') model: string): Promise<void> {
    return this.modelsDesk.remove(actor, model);
  }

  @Post(':model/restore')
  @Needs('models:write')
  @Answers(200, Model, { id: 'restoreModel', summary: 'Bring a deleted model back, by its id, or by its name when that is free' })
  restore(@Caller() actor: Actor, @Param('model') model: string): Promise<Model> {
    return this.modelsDesk.restore(actor, model);
  }

  @Post(':model/versions')
  @Needs('models:write')
  @ApiResponse({ status: 202, standardSchema: Job })
  @Answers(201, ModelVersion, {
    id: 'registerRun',
    summary:
      'Make a version: of the model that a run left behind (JSON), or of files made elsewhere (multipart/form-data: file, modelType, params, signature, labels, samples; answers 202 with the job)',
  })
  async makeVersion(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Body({ schema: RegisterRun.optional() }) body: RegisterRun | undefined,
    @Req() request: FastifyRequest,
    @RequestSignal() signal: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ModelVersion | Job> {
    if (body !== undefined) return this.versions.registerRun(actor, model, body);
    if (!request.isMultipart())
      throw problem('unsupported_media_type', { detail: 'Send JSON with a run, or multipart/form-data with a file.' });
    const job = await this.bring.fromForm(actor, model, request, signal);
    void reply.status(HttpStatus.ACCEPTED).header('location', job.links.self);
    return job;
  }

  @Get(':model/versions/:version/file')
  @Needs('models:read')
  @ApiProduces('application/octet-stream')
  @Answers(200, null, { id: 'downloadModelVersion', summary: 'The ONNX file as it was registered' })
  async download(@Param('model') model: string, @Param('version') version: string, @Res() reply: FastifyReply): Promise<void> {
    const { stream, sizeBytes, sha256, name } = await this.versions.file(model, version);
    void reply
      .header('content-type', 'application/octet-stream')
      .header('content-length', sizeBytes)
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, immutable, max-age=31536000')
      .header('etag', `"${sha256}"`)
      .send(stream);
  }

  @Get(':model/aliases/:alias')
  @Needs('models:read')
  @Answers(200, Alias, { id: 'getAlias', summary: 'Which version an alias names' })
  getAlias(@Param('model') model: string, @Param('alias') alias: string): Promise<Alias> {
    return this.aliases.get(model, alias);
  }

  @Put(':model/aliases/:alias')
  @Needs('models:promote')
  @Answers(200, Alias, {
    id: 'moveAlias',
    summary: 'Point an alias at an admitted version; If-Match when it exists, If-None-Match: * to make it',
  })
  async putAlias(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('alias') alias: string,
    @Body({ schema: MoveAlias }) body: MoveAlias,
    @IfMatch() expected: number | null | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Alias> {
    const moved = await this.aliases.put(actor, model, alias, body, expectation(expected, ifNoneMatch));
    void reply.status(moved.made ? HttpStatus.CREATED : HttpStatus.OK);
    return moved.alias;
  }

  @Delete(':model/aliases/:alias')
  @Needs('models:promote')
  @Answers(204, null, { id: 'deleteAlias', summary: 'Take an alias away; needs If-Match' })
  removeAlias(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('alias') alias: string,
    @IfMatch() expected: number | null | undefined,
  ): Promise<void> {
    return this.aliases.remove(actor, model, alias, expected);
  }
}

function expectation(ifMatch: number | null | undefined, ifNoneMatch: string | undefined): AliasExpectation {
  if (ifNoneMatch?.trim() === '*') return 'absent';
  return ifMatch === undefined ? undefined : { revision: ifMatch };
}
