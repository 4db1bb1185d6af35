import type { DatasetInfo, DatasetRead, Table } from '@crisol/plugin-api';
import { Injectable } from '@nestjs/common';
import { problem } from '../../http/problem.js';

/** One version of a data set as a file on this machine. */
export interface DatasetFile {
  readonly name: string;
  readonly version: number;
  readonly rows: number;
  readonly path: string;
}

/**
 * What plugins read of data sets. The room that keeps them stands above the platform and hands this in.
 * A data set that does not exist is a `PluginError` with `invalid_input`.
 */
export interface DatasetSource {
  /** Every data set that has a version, ascending by name. */
  list(): Promise<readonly DatasetInfo[]>;
  /** A version, the newest when none is named, as a Parquet file. */
  file(dataset: string, version: number | undefined): Promise<DatasetFile>;
  /** Whole columns in row order, read outside of this process. */
  read(dataset: string, options: DatasetRead, signal: AbortSignal): Promise<Table>;
}

/** Where the room of the data sets offers itself, once, when it starts. */
@Injectable()
export class DatasetSources {
  private offered: DatasetSource | undefined;

  use(source: DatasetSource): void {
    this.offered = source;
  }

  get source(): DatasetSource {
    if (!this.offered) throw problem('not_ready', { detail: 'The data sets are not ready yet.' });
    return this.offered;
  }
}
