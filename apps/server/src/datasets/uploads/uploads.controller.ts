import { Body, Controller, Get, Headers, Param, Post, Put, Req, Res } from '@nestjs/common';
import { CreateUpload, Job, Upload } from '@crisol/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { Actor } from '../../platform/auth/actor.js';
import { problem } from '../../platform/http/problem.js';
import { Answers, Caller, Needs, RequestSignal } from '../../platform/http/route-decorators.js';
import { UploadsService } from './uploads.service.js';

@Controller('api/v1/uploads')
export class UploadsController {
  constructor(private readonly uploads: UploadsService) {}

  @Post()
  @Needs('datasets:write')
  @Answers(201, Upload, { id: 'createUpload', summary: 'Begin an upload in parts, which can be resumed' })
  async create(
    @Caller() actor: Actor,
    @Body({ schema: CreateUpload }) body: CreateUpload,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Upload> {
    const upload = await this.uploads.create(actor, body);
    void reply.header('location', `/api/v1/uploads/${upload.id}`);
    return upload;
  }

  @Get(':upload')
  @Needs('datasets:write')
  @Answers(200, Upload, { id: 'getUpload', summary: 'The parts that are held' })
  get(@Param('upload') upload: string): Promise<Upload> {
    return this.uploads.get(upload);
  }

  @Put(':upload/parts/:number')
  @Needs('datasets:write')
  @Answers(200, Upload, { id: 'putUploadPart', summary: 'Send one part (application/octet-stream) with its Content-Digest' })
  putPart(
    @Param('upload') upload: string,
    @Param('number') number: string,
    @Headers('content-digest') digest: string | undefined,
    @Req() request: FastifyRequest,
    @RequestSignal() signal: AbortSignal,
  ): Promise<Upload> {
    return this.uploads.putPart(upload, Number(number), digest, rawBody(request), signal);
  }

  @Post(':upload/complete')
  @Needs('datasets:write')
  @Answers(202, Job, { id: 'completeUpload', summary: 'Join the parts and start the import' })
  async complete(@Caller() actor: Actor, @Param('upload') upload: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Job> {
    const job = await this.uploads.finish(actor, upload);
    void reply.header('location', job.links.self);
    return job;
  }
}

/** The bytes as they come: the parser for octet streams hands the stream through. */
function rawBody(request: FastifyRequest): Readable {
  if (request.body instanceof Readable) return request.body;
  throw problem('unsupported_media_type', { detail: 'Send the part as application/octet-stream.' });
}
