import type { Artifact, ArtifactPreview, ModelGraph } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { problem } from '../../../platform/http/problem.js';
import { ObjectStorage } from '../../../platform/storage/object-storage.port.js';
import { artifactType } from '../artifact-headers.js';
import { previewInChild } from './preview-child.js';
import type { PreviewTask } from './preview-messages.js';

/** Texts are shown from their beginning. */
const shownBytes = 256 * 1024;
/** Larger files are not opened for a look. */
const largestBytes = 1024 ** 3;
const atATime = 2;

/** The way in which the console shows a file, by its name. */
export function viewerOf(path: string): Artifact['viewer'] {
  if (/\.onnx$/i.test(path)) return 'onnx';
  if (/\.(csv|tsv|parquet)$/i.test(path)) return 'table';
  if (/\.(md|markdown)$/i.test(path)) return 'markdown';
  if (/\.json$/i.test(path)) return 'json';
  if (/\.(png|jpe?g|gif|webp)$/i.test(path)) return 'image';
  return artifactType(path) === 'text/plain' ? 'text' : 'none';
}

interface StoredFile {
  readonly path: string;
  readonly objectKey: string;
  readonly sizeBytes: number;
}

/** Looks at files for people: the beginning of texts and tables, the graph of models. */
@Injectable()
export class ArtifactPreviews {
  #running = 0;

  constructor(private readonly storage: ObjectStorage) {}

  async of(file: StoredFile): Promise<ArtifactPreview> {
    const viewer = viewerOf(file.path);
    if (viewer === 'text' || viewer === 'markdown' || viewer === 'json') return this.text(file);
    if (viewer === 'onnx') return this.inChild({ kind: 'onnx', file });
    if (viewer === 'table') return this.inChild({ kind: /\.parquet$/i.test(file.path) ? 'parquet' : 'csv', file });
    return {
      kind: 'none',
      reason: viewer === 'image' ? 'An image is shown as it is.' : 'Files of this kind have no preview; download it.',
    };
  }

  /** The graph of an ONNX file. @throws ProblemError `validation_failed` for what is none */
  async graph(file: StoredFile): Promise<ModelGraph> {
    const preview = await this.inChild({ kind: 'onnx', file });
    if (preview.kind === 'onnx') return preview.graph;
    throw problem('validation_failed', { detail: preview.kind === 'none' ? preview.reason : 'The file has no graph.' });
  }

  private async text(file: StoredFile): Promise<ArtifactPreview> {
    const chunks: Buffer[] = [];
    if (file.sizeBytes > 0)
      for await (const chunk of await this.storage.read(file.objectKey, { start: 0, end: Math.min(file.sizeBytes, shownBytes) - 1 }))
        chunks.push(Buffer.from(chunk));
    return { kind: 'text', text: Buffer.concat(chunks).toString('utf8'), truncated: file.sizeBytes > shownBytes };
  }

  private async inChild({ kind, file }: { kind: PreviewTask['kind']; file: StoredFile }): Promise<ArtifactPreview> {
    if (file.sizeBytes === 0) return { kind: 'none', reason: 'The file is empty.' };
    if (file.sizeBytes > largestBytes) return { kind: 'none', reason: 'The file is too large for a preview; download it.' };
    if (this.#running >= atATime) throw problem('overloaded', { detail: 'Other previews are being made.', retryAfterSeconds: 2 });
    this.#running++;
    try {
      const answer = await previewInChild({ kind, path: await this.storage.localPath(file.objectKey) });
      return 'preview' in answer ? answer.preview : { kind: 'none', reason: answer.refusal };
    } finally {
      this.#running--;
    }
  }
}
