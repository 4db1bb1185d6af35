import '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { problem, ProblemError } from '../../http/problem.js';
import type { SentTarball } from './plugin-installs.service.js';
import { largestTarballBytes } from './read-tarball.js';

/** Reads the one file of a form into a folder of its own. @param folder - removed when nothing comes of it */
export async function readTarballForm(request: FastifyRequest, folder: string): Promise<SentTarball> {
  try {
    const limits = { files: 1, fields: 4, fieldSize: 1_000, fileSize: largestTarballBytes + 1, parts: 5, headerPairs: 32 };
    for await (const part of request.parts({ limits })) {
      if (part.type !== 'file') continue;
      const path = join(folder, 'sent.tgz');
      await pipeline(part.file, createWriteStream(path, { mode: 0o600 }));
      if (part.file.truncated)
        throw problem('file_too_large', { detail: `A plugin's tarball has at most ${largestTarballBytes / 1024 / 1024} MiB.` });
      return { folder, path, fileName: part.filename || 'plugin.tgz' };
    }
    const missing = { pointer: '/file', code: 'required', message: 'is missing: send the .tgz as a file' };
    throw problem('validation_failed', { errors: [missing] });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (error instanceof ProblemError) throw error;
    throw problem('malformed_request', { detail: 'The form is cut short or not valid multipart/form-data.', cause: error });
  }
}
