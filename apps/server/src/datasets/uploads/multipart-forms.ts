import multipart from '@fastify/multipart';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';

/** Lets routes read multipart bodies as streams. Registered before the routes are. */
@Injectable()
export class MultipartForms implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  async onModuleInit(): Promise<void> {
    const fastify: FastifyInstance = this.host.httpAdapter.getInstance();
    if (fastify.hasContentTypeParser('multipart/form-data')) return;
    await fastify.register(multipart, { throwFileSizeLimit: false });
  }
}
