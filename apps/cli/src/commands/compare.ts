import type { CompareModels, Comparison, ComparisonResult } from '@crisol/contracts';
import { listOption, textOption, withTimeout, type Command } from '../command.js';
import { UsageError } from '../exit-codes.js';
import { numberText } from '../output.js';
import { checkSucceeded, waitFor } from './jobs.js';

type Candidate = CompareModels['candidates'][number];

/** `churn@4`, `churn@champion` or `run_…` as the server takes it. */
export function parseCandidate(text: string): Candidate {
  if (/^run_[0-9a-z]{26}$/.test(text) || /^[0-9a-f]{32}$/.test(text)) return { run: text };
  const at = text.lastIndexOf('@');
  const [model, version] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || version === '') throw new UsageError(`A candidate is MODEL@VERSION, MODEL@ALIAS or a run, not ${text}.`);
  return { model, version: /^[1-9]\d*$/.test(version) ? Number(version) : `@${version}` };
}

/** `churn-test` or `churn-test@3`. */
function parseDataset(text: string): CompareModels['datasets'][number] {
  const at = text.lastIndexOf('@');
  const version = text.slice(at + 1);
  if (at < 1) return { dataset: text };
  if (!/^[1-9]\d*$/.test(version)) throw new UsageError(`--dataset takes NAME or NAME@VERSION, not ${text}.`);
  return { dataset: text.slice(0, at), version: Number(version) };
}

function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const size = Number(text);
  if (!(size >= 0)) throw new UsageError(`--smallest-effect takes a number from 0, not ${text}.`);
  return size;
}

export const compareModels: Command = {
  name: 'models compare',
  synopsis: 'A B [--dataset NAME[@VERSION] …] [--metric NAME] [--smallest-effect SIZE] [--timeout SECONDS]',
  summary: 'Compare two versions or runs on the same rows, and say whether the difference matters',
  help: [
    'A, B               MODEL@VERSION, MODEL@ALIAS, or the id of a run; B is measured against A',
    '--dataset          labelled rows to score; may be repeated. Without it: the rows that A was tested on',
    '--metric           what decides, such as auc, accuracy or rmse (by the task)',
    '--smallest-effect  a difference below it does not matter',
    '--timeout          seconds to wait for (124 after)',
    '',
    'crisol models compare churn@champion churn@4',
  ],
  options: {
    dataset: { type: 'string', multiple: true },
    metric: { type: 'string' },
    'smallest-effect': { type: 'string' },
    timeout: { type: 'string' },
  },
  takes: 2,
  run: async (run) => {
    const candidates = run.arguments.map(parseCandidate);
    const datasets = listOption(run.values, 'dataset').map(parseDataset);
    const metric = textOption(run.values, 'metric');
    const smallestEffect = sizeOf(textOption(run.values, 'smallest-effect'));
    const signal = withTimeout(run.signal, textOption(run.values, 'timeout'));
    const started = await run.crisol().comparisons.start(
      {
        candidates,
        datasets,
        ...(metric === undefined ? {} : { metric }),
        ...(smallestEffect === undefined ? {} : { smallestEffect }),
      },
      { signal },
    );
    const job = await waitFor(run, started.id, signal);
    checkSucceeded(job);
    const comparison = await run.crisol().comparisons.get(job.outputs['comparison'] ?? '', { signal });
    run.output.result(comparison, () => comparisonText(comparison, (head, rows) => run.output.table(head, rows)));
  },
};

function comparisonText(
  { candidates, result }: Comparison,
  table: (head: readonly string[], rows: readonly (readonly string[])[]) => string,
): string {
  if (!result) return 'There is no result.';
  const labels = candidates.map(({ label }) => label);
  const names = [...new Set(result.metrics.map(({ metric }) => metric))];
  const decided = result.pairs.filter(({ metric, low }) => metric === result.metric && low !== null);
  return [
    result.sentence,
    '',
    table(
      ['METRIC', ...labels],
      names.map((name) => [name, ...labels.map((_, candidate) => figureText(result, candidate, name))]),
    ),
    ...(decided.length === 0
      ? []
      : [
          '',
          table(
            ['TEST', 'DIFFERENCE', '95 %', 'P'],
            decided.map((pair) => pairRow(pair)),
          ),
        ]),
    ...result.testSets.map(
      ({ dataset, version, rows, note }) => `\n${dataset} v${version}: ${rows} rows.${note === null ? '' : ` ${note}`}`,
    ),
    ...result.notes.map((note) => `\n${note}`),
  ].join('\n');
}

function figureText({ metrics }: ComparisonResult, candidate: number, name: string): string {
  const found = metrics.find((metric) => metric.candidate === candidate && metric.metric === name);
  if (!found || found.value === null) return '–';
  const interval = found.low === null || found.high === null ? '' : ` (${numberText(found.low)} to ${numberText(found.high)})`;
  return `${numberText(found.value)}${interval}`;
}

function pairRow({ test, difference, low, high, pAdjusted }: ComparisonResult['pairs'][number]): string[] {
  return [test, numberText(difference), `${numberText(low)} to ${numberText(high)}`, numberText(pAdjusted)];
}
