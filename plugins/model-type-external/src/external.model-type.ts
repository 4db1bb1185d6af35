import {
  PluginError,
  type CommandResult,
  type ModelType,
  type PluginCommands,
  type Table,
  type TrainedModel,
  type TrainingInput,
  type TrainingReport,
} from '@crisol/plugin-api';
import { collectModel } from './collect-model.js';
import { externalParams, type ExternalParams } from './external.params.js';
import type { ExternalSettings, Trainer } from './external.settings.js';
import { ProgressLines } from './progress-lines.js';

/** Exit code (EX_DATAERR) by which a trainer says that the table cannot be trained on. */
const dataErrorCode = 65;
const commandShare = 0.95;
const shownErrorLines = 12;

/** Any command as a trainer: it reads Parquet and JSON in its folder and leaves an ONNX graph there. */
export function external(settings: ExternalSettings, commands: PluginCommands): ModelType<ExternalParams> {
  return {
    name: 'external',
    title: 'Bring your trainer',
    description: 'A command of your own trains, in Python or anything else: it gets Parquet and JSON, and gives back ONNX.',
    tasks: ['regression', 'binary', 'multiclass', 'anomaly', 'clustering'],
    params: externalParams(settings.trainers.map(({ name }) => name)),
    train: (input, report, signal) => train(settings, commands, input, report, signal),
  };
}

async function train(
  settings: ExternalSettings,
  commands: PluginCommands,
  input: TrainingInput<ExternalParams>,
  report: TrainingReport,
  signal: AbortSignal,
): Promise<TrainedModel> {
  signal.throwIfAborted();
  const trainer = chosen(settings, input.params.trainer);
  const { table, target } = input;
  if (table.rows === 0) throw new PluginError('unusable_data', 'The table has no rows; a trainer needs some.');
  if (target !== null && table.columns.some(({ name }) => name === target.name))
    throw new PluginError('invalid_input', `The target ${target.name} is among the input columns, too.`);
  report.progress(0, `Starting ${trainer.name}`);
  const lines = new ProgressLines(report, commandShare);
  const whole: Table = target === null ? table : { rows: table.rows, columns: [...table.columns, target] };
  const result = await commands.run({
    command: trainer.command,
    args: trainer.args,
    environment: trainer.environment,
    files: { 'params.json': `${JSON.stringify(describe(input), null, 2)}\n` },
    tables: { 'train.parquet': whole },
    collect: ['model.onnx', 'metrics.json', 'importance.json'],
    ...(trainer.memoryMb === undefined ? {} : { memoryMb: trainer.memoryMb }),
    ...(trainer.timeoutSeconds === undefined ? {} : { timeoutMs: trainer.timeoutSeconds * 1000 }),
    onLine: (line, stream) => lines.take(line, stream),
    signal,
  });
  signal.throwIfAborted();
  checkEnd(trainer.name, result);
  report.progress(commandShare, 'Looking at the model');
  const model = collectModel(result.files, input, trainer.name);
  report.progress(1, 'Done');
  return model;
}

function chosen({ trainers }: ExternalSettings, name: string): Trainer {
  if (trainers.length === 0) {
    throw new PluginError(
      'invalid_input',
      'No trainer is set: in the settings of the plugin model-type-external, give one under trainers, with name, command and args.',
    );
  }
  const found = trainers.find((trainer) => trainer.name === name);
  if (found === undefined)
    throw new PluginError(
      'invalid_input',
      `There is no trainer "${name}"; there are ${trainers.map((trainer) => trainer.name).join(', ')}.`,
    );
  return found;
}

/** What the trainer finds in params.json. */
function describe({ task, target, labels, table, params, seed }: TrainingInput<ExternalParams>): object {
  return {
    protocol: 1,
    task,
    target: target?.name ?? null,
    labels,
    columns: table.columns.map(({ name, type }) => ({ name, type })),
    rows: table.rows,
    seed,
    params: params.params,
  };
}

function checkEnd(name: string, { endedBy, exitCode, errorTail }: CommandResult): void {
  const last = errorTail.trimEnd().split('\n').slice(-shownErrorLines).join('\n');
  const words = last === '' ? ' It wrote nothing to its standard error.' : ` The last lines of its standard error:\n${last}`;
  if (endedBy === 'memory') throw new PluginError('rejected', `${name} was ended because it took more memory than it may.${words}`);
  if (endedBy === 'deadline') throw new PluginError('rejected', `${name} was ended because its time was up.${words}`);
  if (endedBy !== 'exit') throw new PluginError('rejected', `${name} was ended by a signal.${words}`);
  if (exitCode === dataErrorCode) throw new PluginError('unusable_data', `${name} cannot train on this table.${words}`);
  if (exitCode !== 0) throw new PluginError('rejected', `${name} ended with code ${exitCode}.${words}`);
}
