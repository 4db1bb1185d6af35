import type { Job, SampleList } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import type { Actor } from '../../platform/auth/actor.js';
import { problem } from '../../platform/http/problem.js';
import { UploadsService } from '../uploads/uploads.service.js';
import { samples } from './samples.js';

/** The tables that come with Crisol, imported like any upload. */
@Injectable()
export class SamplesService {
  constructor(private readonly uploads: UploadsService) {}

  list(): SampleList {
    return { data: samples.map(({ path: _path, fileName: _fileName, ...sample }) => sample) };
  }

  async load(actor: Actor, name: string): Promise<Job> {
    const sample = samples.find((candidate) => candidate.name === name);
    if (!sample)
      throw problem('not_found', { detail: `There is no sample "${name}"; there are ${samples.map((known) => known.name).join(', ')}.` });
    const stored = await this.uploads.store({ fileName: sample.fileName, bytes: createReadStream(sample.path), truncated: () => false });
    return this.uploads.importStored(actor, stored, { name: sample.name, fileName: sample.fileName, read: undefined });
  }
}
