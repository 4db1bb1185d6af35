import type { Dataset } from '@crisol/contracts';
import { openAsBlob } from 'node:fs';
import { basename, extname } from 'node:path';
import { firstArgument, firstItems, textOption, withTimeout, type Command } from '../command.js';
import { ExitError, exitCodes } from '../exit-codes.js';
import { bytesText, facts } from '../output.js';
import { checkSucceeded, waitFor } from './jobs.js';

export const pushDataset: Command = {
  name: 'datasets push',
  synopsis: 'FILE [--name NAME] [--timeout SECONDS]',
  summary: 'Upload a CSV, TSV, NDJSON or Parquet file and wait for its import; a known name gets a new version',
  options: { name: { type: 'string' }, timeout: { type: 'string' } },
  takes: 1,
  run: async (run) => {
    const path = firstArgument(run);
    const signal = withTimeout(run.signal, textOption(run.values, 'timeout'));
    const file = await openAsBlob(path).catch(() => {
      throw new ExitError(exitCodes.error, `The file ${path} cannot be read.`);
    });
    const name = textOption(run.values, 'name') ?? basename(path, extname(path));
    const started = await run.crisol().datasets.push(name, file, {
      fileName: basename(path),
      signal,
      onProgress: (sent, total) => run.output.note(`sent ${bytesText(sent)} of ${bytesText(total)}`),
    });
    checkSucceeded(await waitFor(run, started.id, signal));
    const dataset = await run.crisol().datasets.get(name, { signal });
    run.output.result(dataset, () => datasetText(dataset));
  },
};

function datasetText(dataset: Dataset): string {
  const latest = dataset.latestVersion;
  return facts([
    ['id', dataset.id],
    ['name', dataset.name],
    ...(dataset.description ? [['description', dataset.description] as const] : []),
    ['version', latest ? String(latest.version) : '–'],
    ...(latest
      ? ([
          ['rows', String(latest.rows)],
          ['columns', String(latest.columns)],
          ['size', bytesText(latest.sizeBytes)],
        ] as const)
      : []),
    ['validation', dataset.lastValidation?.outcome ?? '–'],
  ]);
}

export const listDatasets: Command = {
  name: 'datasets ls',
  synopsis: '',
  summary: 'List data sets, newest first',
  takes: 0,
  run: async ({ crisol, output, signal }) => {
    const datasets = await firstItems(crisol().datasets.list({ signal }));
    output.result(datasets, () =>
      output.table(
        ['NAME', 'VERSION', 'ROWS', 'COLUMNS', 'SIZE'],
        datasets.map(({ name, latestVersion: latest }) => [
          name,
          latest ? String(latest.version) : '–',
          latest ? String(latest.rows) : '–',
          latest ? String(latest.columns) : '–',
          latest ? bytesText(latest.sizeBytes) : '–',
        ]),
      ),
    );
  },
};

export const showDataset: Command = {
  name: 'datasets show',
  synopsis: 'DATASET',
  summary: 'Show a data set',
  takes: 1,
  run: async (run) => {
    const dataset = await run.crisol().datasets.get(firstArgument(run), { signal: run.signal });
    run.output.result(dataset, () => datasetText(dataset));
  },
};
