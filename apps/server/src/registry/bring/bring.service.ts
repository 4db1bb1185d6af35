import { grants, looksLikeId, Name, type Job } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { UploadsService } from '../../datasets/uploads/uploads.service.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { problem, ProblemError } from '../../platform/http/problem.js';
import { Jobs } from '../../platform/jobs/job-handler.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { ModelsService } from '../models/models.service.js';
import { readBringForm } from './read-bring-form.js';

/** Takes models that were made elsewhere: stores what came and starts the job that looks at it. */
@Injectable()
export class BringService {
  constructor(
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly uploads: UploadsService,
    private readonly models: ModelsService,
    private readonly jobs: Jobs,
  ) {}

  async fromForm(actor: Actor, model: string, request: FastifyRequest, signal: AbortSignal): Promise<Job> {
    const name = await this.nameOf(model);
    const form = await readBringForm(
      request,
      async ({ name: file, bytes, limitBytes }) => {
        const limit = Math.min(limitBytes, this.uploads.limitBytes);
        const stored = await this.storage.put('uploads', Readable.from(bytes), { limitBytes: limit, signal });
        if (!bytes.truncated) return stored;
        await this.storage.delete(stored.key);
        throw problem('file_too_large', { detail: `${file} is larger than ${limit} bytes.` });
      },
      (stored) => this.storage.delete(stored.key),
    );
    try {
      if (form.rest.alias !== null && !grants(actor.scopes, 'models:promote'))
        throw problem('missing_scope', { detail: 'An alias needs the scope models:promote.' });
      return await this.database.transaction(async (em) => {
        const files: { name: string; upload: string }[] = [];
        for (const file of form.files) files.push({ name: file.name, upload: await this.uploads.keep(em, actor, file.stored, file.name) });
        const samples = form.samples && {
          name: form.samples.name,
          upload: await this.uploads.keep(em, actor, form.samples.stored, form.samples.name),
        };
        return this.jobs.submit(em, actor, 'model.bring', { ...form.rest, model: name, files, samples });
      });
    } catch (error) {
      for (const { stored } of [...form.files, ...(form.samples ? [form.samples] : [])]) await this.storage.delete(stored.key);
      throw asOfForm(error);
    }
  }

  /** The model's name; one that is not there yet is made with its first version. */
  private async nameOf(model: string): Promise<string> {
    if (looksLikeId(model)) return this.database.read(async (em) => (await this.models.find(em, model)).name);
    const name = Name.safeParse(model);
    if (name.success) return name.data;
    throw problem('validation_failed', {
      errors: name.error.issues.map(({ code, message }) => ({ pointer: '/model', code: code ?? 'invalid', message })),
    });
  }
}

/** The job's input is what the fields of the form became: faults are told where the caller wrote them. */
function asOfForm(error: unknown): unknown {
  if (!(error instanceof ProblemError) || !error.options.errors) return error;
  const errors = error.options.errors.map((issue) => ({ ...issue, pointer: issue.pointer.replace(/^\/input(?=\/)/, '') }));
  return new ProblemError(error.code, { ...error.options, errors });
}
