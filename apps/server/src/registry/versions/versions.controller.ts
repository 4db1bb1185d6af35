import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import {
  ArtifactList,
  ArtifactListQuery,
  ArtifactPathQuery,
  ModelGraph,
  ModelVersion,
  ModelVersionListQuery,
  ModelVersionPage,
  UpdateVersion,
} from '@crisol/contracts';
import type { FastifyReply } from 'fastify';
import { artifactHeaders } from '../../experiments/artifacts/artifact-headers.js';
import { ArtifactPreviews } from '../../experiments/artifacts/preview/artifact-previews.js';
import type { Actor } from '../../platform/auth/actor.js';
import { problem } from '../../platform/http/problem.js';
import { Answers, Caller, IfMatch, Needs } from '../../platform/http/route-decorators.js';
import { VersionContents } from './version-contents.js';
import { VersionsService } from './versions.service.js';
import { VersionsDesk } from './versions-desk.js';

@Controller('api/v1/models/:model/versions')
export class VersionsController {
  constructor(
    private readonly versions: VersionsService,
    private readonly desk: VersionsDesk,
    private readonly contents: VersionContents,
    private readonly previews: ArtifactPreviews,
  ) {}

  @Get()
  @Needs('models:read')
  @Answers(200, ModelVersionPage, { id: 'listModelVersions', summary: 'Versions of a model, newest first' })
  list(@Param('model') model: string, @Query({ schema: ModelVersionListQuery }) query: ModelVersionListQuery): Promise<ModelVersionPage> {
    return this.versions.list(model, query);
  }

  @Get(':version')
  @Needs('models:read')
  @Answers(200, ModelVersion, { id: 'getModelVersion', summary: 'One version, by number, id or @alias' })
  get(@Param('model') model: string, @Param('version') version: string): Promise<ModelVersion> {
    return this.versions.get(model, version);
  }

  @Patch(':version')
  @Needs('models:write')
  @Answers(200, ModelVersion, { id: 'updateModelVersion', summary: 'Describe or tag a version' })
  update(
    @Caller() actor: Actor,
    @Param('model') model: string,
    @Param('version') version: string,
    @Body({ schema: UpdateVersion }) body: UpdateVersion,
    @IfMatch() expected: number | null | undefined,
  ): Promise<ModelVersion> {
    return this.desk.update(actor, model, version, body, expected);
  }

  @Delete(':version')
  @Needs('models:write')
  @Answers(204, null, { id: 'deleteModelVersion', summary: 'Delete a version that nothing uses; it can be restored for a time' })
  remove(@Caller() actor: Actor, @Param('model') model: string, @Param('version') version: string): Promise<void> {
    return this.desk.remove(actor, model, version);
  }

  @Post(':version/restore')
  @Needs('models:write')
  @Answers(200, ModelVersion, { id: 'restoreModelVersion', summary: 'Bring a deleted version back, by its number' })
  restore(@Caller() actor: Actor, @Param('model') model: string, @Param('version') version: string): Promise<ModelVersion> {
    return this.desk.restore(actor, model, version);
  }

  @Get(':version/graph')
  @Needs('models:read')
  @Answers(200, ModelGraph, { id: 'getVersionGraph', summary: 'The ONNX graph of a version as a picture needs it, without weights' })
  async graph(@Param('model') model: string, @Param('version') version: string): Promise<ModelGraph> {
    return this.previews.graph(await this.versions.onnx(model, version));
  }

  @Get(':version/artifacts')
  @Needs('models:read')
  @Answers(200, ArtifactList, { id: 'listVersionArtifacts', summary: 'Files of a version that a client has logged' })
  async artifacts(
    @Param('model') model: string,
    @Param('version') version: string,
    @Query({ schema: ArtifactListQuery }) query: ArtifactListQuery,
  ): Promise<ArtifactList> {
    return this.contents.list(await this.desk.place(model, version), query);
  }

  @Get(':version/content')
  @Needs('models:read')
  @ApiProduces('application/octet-stream')
  @Answers(200, null, { id: 'getVersionContent', summary: 'One file of a version that a client has logged' })
  async content(
    @Param('model') model: string,
    @Param('version') version: string,
    @Query({ schema: ArtifactPathQuery }) query: ArtifactPathQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const file = await this.contents.open(await this.desk.place(model, version), query.path);
    if (!file) throw problem('not_found', { detail: `Version ${version} has no file ${query.path}.` });
    void reply
      .headers({ ...artifactHeaders(query.path), etag: `"${file.sha256}"`, 'content-length': String(file.sizeBytes) })
      .send(file.stream);
  }
}
