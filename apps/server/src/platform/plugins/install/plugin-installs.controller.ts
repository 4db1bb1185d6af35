import { Body, Controller, Delete, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags, type ApiBodyOptions } from '@nestjs/swagger';
import { ConfirmPluginInstall, PluginInstall, StartPluginInstall } from '@crisol/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../../auth/actor.js';
import { Answers, Caller, Needs } from '../../http/route-decorators.js';
import { PluginInstallsService } from './plugin-installs.service.js';
import { readTarballForm } from './read-tarball-form.js';
import { parseStart } from './parse-start.js';

// Named schemas come as `$defs` of their own, which mean nothing in the document of all routes.
const startSchema = z.toJSONSchema(StartPluginInstall, { io: 'input' }).$defs?.['StartPluginInstall'];
// A JSON Schema of zod is one of OpenAPI 3.1; the library's type is that of 3.0.
const startBody = { schema: startSchema } as ApiBodyOptions;

@ApiTags('plugins')
@Controller('api/v1/plugins/installs')
export class PluginInstallsController {
  constructor(private readonly installs: PluginInstallsService) {}

  @Post()
  @Needs('plugins:admin')
  @ApiBody(startBody)
  @Answers(202, PluginInstall, {
    id: 'startPluginInstall',
    summary:
      'Fetch a plugin (npm name and version, folder, or a .tgz as multipart/form-data: file) and show what it is before anything runs',
  })
  async start(
    @Caller() actor: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PluginInstall> {
    const install = request.isMultipart()
      ? await this.installs.startSent(actor, await readTarballForm(request, await this.installs.scratch()))
      : await this.installs.start(actor, parseStart(request.body));
    void reply.header('location', `/api/v1/plugins/installs/${install.id}`);
    return install;
  }

  @Get(':install')
  @Needs('plugins:admin')
  @Answers(200, PluginInstall, { id: 'getPluginInstall', summary: 'Show an install: what it asks for, its problems, its log' })
  get(@Param('install') install: string): Promise<PluginInstall> {
    return this.installs.get(install);
  }

  @Post(':install/confirm')
  @Needs('plugins:admin')
  @Answers(200, PluginInstall, { id: 'confirmPluginInstall', summary: 'Let a staged plugin run with the permissions that were shown' })
  confirm(@Caller() actor: Actor, @Param('install') install: string, @Body({ schema: ConfirmPluginInstall }) body: ConfirmPluginInstall) {
    return this.installs.confirm(actor, install, body);
  }

  @Delete(':install')
  @Needs('plugins:admin')
  @Answers(204, null, { id: 'discardPluginInstall', summary: 'Throw a fetched plugin away' })
  async discard(@Caller() actor: Actor, @Param('install') install: string): Promise<void> {
    await this.installs.discard(actor, install);
  }
}
