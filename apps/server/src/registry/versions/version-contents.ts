import type { Artifact, ArtifactList } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { ArtifactFiles } from '../../experiments/artifacts/artifact-files.js';
import { artifactType } from '../../experiments/artifacts/artifact-headers.js';
import { problem } from '../../platform/http/problem.js';
import { versionFolder } from './version-files.js';

/** The version whose files are meant. */
export interface VersionPlace {
  readonly modelId: string;
  readonly number: number;
}

/** Files of a version, as they were when it was registered. */
@Injectable()
export class VersionContents {
  constructor(private readonly files: ArtifactFiles) {}

  async open(
    { modelId, number }: VersionPlace,
    path: string,
  ): Promise<{ stream: Readable; sizeBytes: number; sha256: string } | undefined> {
    const file = await this.files.find(`${versionFolder(modelId, number)}/${path}`);
    return file && { stream: await this.files.open(file), sizeBytes: file.sizeBytes, sha256: file.sha256 };
  }

  /** What lies directly in a folder of the version. */
  async list(
    { modelId, number }: VersionPlace,
    query: { readonly path: string; readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<ArtifactList> {
    const root = versionFolder(modelId, number);
    const path = query.path.replace(/\/+$/, '');
    const after = query.cursor === undefined ? '' : readCursor(query.cursor);
    const { entries, next } = await this.files.list(path === '' ? root : `${root}/${path}`, query.limit, after);
    const data = entries.map((entry): Artifact => {
      const directory = entry.sizeBytes === null;
      return {
        path: path === '' ? entry.name : `${path}/${entry.name}`,
        directory,
        sizeBytes: entry.sizeBytes,
        sha256: entry.sha256,
        updatedAt: entry.updatedAt === null ? null : new Date(entry.updatedAt).toISOString(),
        viewer: directory ? 'none' : viewerOf(entry.name),
      };
    });
    const nextCursor = next === null ? null : Buffer.from(next).toString('base64url');
    return { root: `mlflow-artifacts:/${root}`, path, data, nextCursor };
  }
}

function readCursor(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString('utf8');
  if (name === '' || name.length > 2000) throw problem('invalid_cursor');
  return name;
}

/** What the console shows a file with, by its name. */
function viewerOf(name: string): Artifact['viewer'] {
  const extension = posix.extname(name).toLowerCase();
  if (extension === '.onnx') return 'onnx';
  if (extension === '.md') return 'markdown';
  if (extension === '.json') return 'json';
  if (['.csv', '.tsv', '.parquet'].includes(extension)) return 'table';
  const type = artifactType(name);
  if (type.startsWith('image/')) return 'image';
  return type === 'text/plain' ? 'text' : 'none';
}
