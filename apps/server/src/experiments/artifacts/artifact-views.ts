import type { ArtifactList, ArtifactListQuery, ArtifactPreview } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../platform/http/problem.js';
import { ArtifactFiles, type ArtifactFile } from './artifact-files.js';
import { artifactHeaders } from './artifact-headers.js';
import { checkArtifactPath } from './artifact-path.js';
import type { ArtifactRoot } from './artifact-roots.js';
import { byteRange } from './byte-range.js';
import { ArtifactPreviews, viewerOf } from './preview/artifact-previews.js';

/** Listings, contents and previews below the root of a run or a logged model. */
@Injectable()
export class ArtifactViews {
  constructor(
    private readonly files: ArtifactFiles,
    private readonly previews: ArtifactPreviews,
  ) {}

  async list(root: ArtifactRoot, query: ArtifactListQuery): Promise<ArtifactList> {
    const path = checkArtifactPath(query.path).replace(/\/+$/, '');
    if (root.folder === null) return { root: root.uri, path, data: [], nextCursor: null };
    const folder = path === '' ? root.folder : `${root.folder}/${path}`;
    const after = query.cursor === undefined ? '' : Buffer.from(query.cursor, 'base64url').toString('utf8');
    const { entries, next } = await this.files.list(folder, query.limit, after);
    return {
      root: root.uri,
      path,
      data: entries.map((entry) => ({
        path: path === '' ? entry.name : `${path}/${entry.name}`,
        directory: entry.sizeBytes === null,
        sizeBytes: entry.sizeBytes,
        sha256: entry.sha256,
        updatedAt: entry.updatedAt === null ? null : new Date(entry.updatedAt).toISOString(),
        viewer: entry.sizeBytes === null ? 'none' : viewerOf(entry.name),
      })),
      nextCursor: next === null ? null : Buffer.from(next, 'utf8').toString('base64url'),
    };
  }

  async preview(root: ArtifactRoot, path: string): Promise<ArtifactPreview> {
    return this.previews.of(await this.find(root, path));
  }

  /** Sends the bytes as an attachment, or one range of them. */
  async send(root: ArtifactRoot, path: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.sendFile(await this.find(root, path), request, reply);
  }

  async sendFile(file: ArtifactFile, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    void reply.headers({ ...artifactHeaders(file.path), etag: `"${file.sha256}"`, 'accept-ranges': 'bytes' });
    const range = byteRange(request.headers.range, file.sizeBytes);
    if (range === 'unsatisfiable') {
      void reply.status(416).header('content-range', `bytes */${file.sizeBytes}`).send('');
      return;
    }
    const stream = await this.files.open(file, range);
    if (range) void reply.status(206).header('content-range', `bytes ${range.start}-${range.end}/${file.sizeBytes}`);
    void reply.header('content-length', range ? range.end - range.start + 1 : file.sizeBytes).send(stream);
  }

  private async find(root: ArtifactRoot, path: string): Promise<ArtifactFile> {
    const checked = checkArtifactPath(path);
    const file = root.folder === null ? undefined : await this.files.find(`${root.folder}/${checked}`);
    if (!file) throw problem('not_found', { detail: `There is no file ${checked} here.` });
    return file;
  }
}
