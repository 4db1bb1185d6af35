import { PluginError, type DatasetInfo, type DatasetRead, type Table, type TableColumn } from '@crisol/plugin-api';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { open, rm } from 'node:fs/promises';
import { Database } from '../platform/database/database.js';
import { ProblemError } from '../platform/http/problem.js';
import { DatasetSources, type DatasetFile, type DatasetSource } from '../platform/plugins/scope/dataset-source.js';
import { ObjectStorage } from '../platform/storage/object-storage.port.js';
import { DatasetsService } from './datasets.service.js';
import type { ColumnFile } from './reader/reader-messages.js';
import { TableReaderPool } from './reader/table-reader-pool.js';

const mostRows = 5_000_000;

/** Data sets as plugins read them; offered to the platform, which knows no rooms. */
@Injectable()
export class PluginDatasetSource implements DatasetSource, OnModuleInit {
  constructor(
    private readonly sources: DatasetSources,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly datasets: DatasetsService,
    private readonly pool: TableReaderPool,
  ) {}

  onModuleInit(): void {
    this.sources.use(this);
  }

  async list(): Promise<readonly DatasetInfo[]> {
    const rows = await this.database.read((em) =>
      em.execute<{ name: string; number: number; rows: string }[]>(
        `select d.name, v.number, v.rows from dataset d
         join lateral (select number, rows from dataset_version where dataset_id = d.id order by number desc limit 1) v on true
         order by d.name collate "C"`,
      ),
    );
    return rows.map(({ name, number, rows: count }) => ({ name, version: number, rows: Number(count) }));
  }

  async file(dataset: string, version: number | undefined): Promise<DatasetFile> {
    const found = await this.database
      .read((em) => this.datasets.resolve(em, dataset, version))
      .catch((error: unknown) => {
        if (error instanceof ProblemError && error.code === 'not_found')
          throw new PluginError('invalid_input', error.options.detail ?? error.message, { cause: error });
        throw error;
      });
    return { name: found.dataset.name, version: found.version, rows: found.rows, path: await this.storage.localPath(found.objectKey) };
  }

  async read(dataset: string, { version, columns, limit = mostRows }: DatasetRead, signal: AbortSignal): Promise<Table> {
    const { path } = await this.file(dataset, version);
    signal.throwIfAborted();
    const folder = await this.storage.scratch('plugin-read');
    try {
      const files = await this.pool.columns({ kind: 'columns', path, columns, limit, folder });
      const read: TableColumn[] = [];
      for (const column of files.columns) {
        signal.throwIfAborted();
        read.push(await readColumn(column, files.rows));
      }
      return { rows: files.rows, columns: read };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function readColumn({ name, type, levels, file }: ColumnFile, rows: number): Promise<TableColumn> {
  if (type === 'text') {
    const codes = new Int32Array(rows);
    await fill(file, codes);
    return { name, type, codes, levels };
  }
  const values = new Float64Array(rows);
  await fill(file, values);
  return { name, type, values };
}

/** Straight into the array, in pieces that the event loop does not notice. */
async function fill(file: string, target: Int32Array | Float64Array): Promise<void> {
  const bytes = new Uint8Array(target.buffer);
  const handle = await open(file, 'r');
  try {
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(bytes.length - at, 8 * 1024 * 1024), at);
      if (bytesRead === 0) throw new RangeError(`${file} is shorter than its table.`);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
