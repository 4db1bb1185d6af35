import { PluginError, type DatasetInfo, type DatasetRead, type PluginDatasets, type Table } from '@crisol/plugin-api';

/** How data sets are reached from where the plugin runs. */
export interface DatasetAccess {
  list(): Promise<readonly DatasetInfo[]>;
  read(dataset: string, options: DatasetRead, signal: AbortSignal): Promise<Table>;
}

export const mostDatasetRows = 5_000_000;

/** Whether a manifest's `permissions.datasets` lets a data set be read. */
export function mayRead(declared: readonly string[], dataset: string): boolean {
  return declared.includes('*') || declared.includes(dataset);
}

/** Data sets behind the permissions of a manifest; what is not declared is not listed either. */
export function permittedDatasets(declared: readonly string[], access: () => DatasetAccess): PluginDatasets {
  return {
    list: async (signal) => {
      signal?.throwIfAborted();
      if (declared.length === 0) return [];
      return (await access().list()).filter(({ name }) => mayRead(declared, name));
    },
    read: async (dataset, options, signal) => {
      signal.throwIfAborted();
      if (!mayRead(declared, dataset))
        throw new PluginError('rejected', `The manifest does not declare the data set "${dataset}"; add it to permissions.datasets.`);
      const { limit = mostDatasetRows } = options;
      if (!Number.isInteger(limit) || limit < 1 || limit > mostDatasetRows)
        throw new PluginError('invalid_input', `The limit must be a whole number from 1 to ${mostDatasetRows}.`);
      return access().read(dataset, { ...options, limit }, signal);
    },
  };
}
