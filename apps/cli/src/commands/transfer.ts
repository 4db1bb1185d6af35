import { writeFile } from 'node:fs/promises';
import { firstArgument, listOption, textOption, type Command, type Run } from '../command.js';
import { ExitError, exitCodes, UsageError } from '../exit-codes.js';
import { MlflowServer } from '../mlflow-transfer/mlflow-server.js';
import { reportText } from '../mlflow-transfer/report.js';
import { transfer } from '../mlflow-transfer/transfer.js';

const options = {
  experiment: { type: 'string', multiple: true },
  model: { type: 'string', multiple: true },
  'include-deleted': { type: 'boolean' },
  concurrency: { type: 'string' },
  'source-name': { type: 'string' },
  report: { type: 'string' },
} as const;

const help = [
  'Can be ended and run again: what is there already is not copied twice.',
  'The MLflow server asks for MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.',
  '--experiment       only this experiment (may be given again)',
  '--model            only this registered model (may be given again)',
  '--include-deleted  deleted experiments and runs too; they are deleted there as well',
  '--concurrency      runs copied at once (4)',
  '--source-name      name of the source in the tags of what is made, by which the next run finds it (its address)',
  '--report           write the report to this file, as JSON',
];

function command(direction: 'import' | 'export'): Command {
  return {
    name: `${direction} mlflow`,
    synopsis: 'URL [--experiment NAME]… [--model NAME]… [--include-deleted] [--concurrency N] [--report FILE]',
    summary:
      direction === 'import'
        ? 'Copy experiments, runs, artifacts and models from an MLflow server'
        : 'Copy experiments, runs, artifacts and models to an MLflow server',
    help,
    options,
    takes: 1,
    run: (run) => copy(run, direction),
  };
}
export const importMlflow = command('import');
export const exportMlflow = command('export');

async function copy(run: Run, direction: 'import' | 'export'): Promise<void> {
  const { values, output, world } = run;
  const environment = world.environment;
  const other = new MlflowServer(
    firstArgument(run),
    {
      token: environment['MLFLOW_TRACKING_TOKEN'],
      username: environment['MLFLOW_TRACKING_USERNAME'],
      password: environment['MLFLOW_TRACKING_PASSWORD'],
    },
    run.signal,
    world.fetch,
  );
  const key = textOption(values, 'key') ?? environment['CRISOL_API_KEY'];
  if (!key) throw new ExitError(exitCodes.notAuthorised, 'Set CRISOL_API_KEY or give --key.\n  not_authenticated');
  const crisol = new MlflowServer(run.url, { token: key }, run.signal, world.fetch);
  const [source, target] = direction === 'import' ? [other, crisol] : [crisol, other];
  const report = await transfer(source, target, {
    origin: originName(textOption(values, 'source-name') ?? source.address),
    includeDeleted: values['include-deleted'] === true,
    concurrency: concurrencyOf(textOption(values, 'concurrency')),
    experiments: listOption(values, 'experiment'),
    models: listOption(values, 'model'),
    progress: (line) => output.note(line),
  });
  const file = textOption(values, 'report');
  if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  output.result(report, () => reportText(report));
  if (report.failed.length > 0) throw new ExitError(exitCodes.error, `${report.failed.length} things could not be copied.`);
}

function concurrencyOf(text: string | undefined): number {
  const value = Number(text ?? 4);
  if (!Number.isInteger(value) || value < 1 || value > 64) throw new UsageError('--concurrency takes a number from 1 to 64.');
  return value;
}

/** It stands in filters between single quotes. */
function originName(name: string): string {
  if (/['"`\\%]/.test(name) || name.length > 250)
    throw new UsageError('--source-name takes up to 250 characters, without quotes, % and \\.');
  return name;
}
