import type { RowPage } from '@crisol/contracts';
import { Injectable, StreamableFile } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Database } from '../platform/database/database.js';
import { problem } from '../platform/http/problem.js';
import { ObjectStorage } from '../platform/storage/object-storage.port.js';
import { DatasetsService, type ResolvedVersion } from './datasets.service.js';
import { TableReaderPool } from './reader/table-reader-pool.js';

export type DownloadFormat = 'csv' | 'ndjson' | 'parquet';
/** A file on its way out. */
export interface Download {
  readonly status: 200 | 206;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: StreamableFile;
}

const mediaTypes: Readonly<Record<DownloadFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};
/** What leaves was written by strangers: never shown in place, never sniffed, never run. */
const guarded = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  'cache-control': 'private, immutable, max-age=31536000',
};

/** Rows of versions: pages, rows by number, whole files. All are read in child processes. */
@Injectable()
export class RowsService {
  constructor(
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly datasets: DatasetsService,
    private readonly pool: TableReaderPool,
  ) {}

  async page(idOrName: string, number: number | undefined, query: { readonly offset: number; readonly limit: number }): Promise<RowPage> {
    const version = await this.database.read((em) => this.datasets.resolve(em, idOrName, number));
    const path = await this.storage.localPath(version.objectKey);
    const rows = await this.pool.rows({ kind: 'page', path, columns: version.columns, ...query });
    return { columns: [...version.columns], rows, offset: query.offset, total: version.rows };
  }

  /** Rows by their numbers (from 0, ascending), whole. */
  async byNumbers(version: ResolvedVersion, numbers: readonly number[]): Promise<RowPage['rows']> {
    if (numbers.length === 0) return [];
    return this.pool.rows({ kind: 'numbers', path: await this.storage.localPath(version.objectKey), columns: version.columns, numbers });
  }

  async download(idOrName: string, number: number | undefined, format: DownloadFormat, range: string | undefined): Promise<Download> {
    const version = await this.database.read((em) => this.datasets.resolve(em, idOrName, number));
    const fileName = `${version.dataset.name}-v${version.version}.${format}`;
    const headers = {
      ...guarded,
      'content-type': mediaTypes[format],
      'content-disposition': `attachment; filename="${fileName.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(fileName)}`,
      etag: `"${version.sha256}${format === 'parquet' ? '' : `-${format}`}"`,
    };
    return format === 'parquet' ? this.parquet(version, headers, range) : this.converted(version, format, headers);
  }

  private async parquet(version: ResolvedVersion, headers: Record<string, string>, range: string | undefined): Promise<Download> {
    const part = readRange(range, version.sizeBytes);
    const body = new StreamableFile(await this.storage.read(version.objectKey, part ?? undefined), {
      type: mediaTypes.parquet,
      disposition: headers['content-disposition'],
    });
    if (!part) return { status: 200, headers: { ...headers, 'accept-ranges': 'bytes', 'content-length': String(version.sizeBytes) }, body };
    return {
      status: 206,
      headers: {
        ...headers,
        'accept-ranges': 'bytes',
        'content-range': `bytes ${part.start}-${part.end}/${version.sizeBytes}`,
        'content-length': String(part.end - part.start + 1),
      },
      body,
    };
  }

  /** Written to a scratch file first: an error in the middle is then an error, never a shorter table. */
  private async converted(version: ResolvedVersion, format: 'csv' | 'ndjson', headers: Record<string, string>): Promise<Download> {
    const folder = await this.storage.scratch('export');
    const output = join(folder, `table.${format}`);
    const remove = () => void rm(folder, { recursive: true, force: true });
    try {
      await this.pool.export({
        kind: 'export',
        path: await this.storage.localPath(version.objectKey),
        columns: version.columns,
        format,
        output,
      });
      const { size } = await stat(output);
      const stream = createReadStream(output).once('close', remove);
      return {
        status: 200,
        headers: { ...headers, 'content-length': String(size) },
        body: new StreamableFile(stream, { type: mediaTypes[format], disposition: headers['content-disposition'] }),
      };
    } catch (error) {
      remove();
      throw error;
    }
  }
}

/** One range of bytes (RFC 9110); null for none, or for several, which are answered whole. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start > end || start >= size)
    throw problem('invalid_header', {
      detail: `Range is outside of the file, which has ${size} bytes.`,
      headers: { 'content-range': `bytes */${size}` },
    });
  return { start, end };
}
