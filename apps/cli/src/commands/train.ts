import { Task, type Job, type ModelVersion } from '@crisol/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { firstArgument, listOption, textOption, withTimeout, type Command, type Run } from '../command.js';
import { ExitError, exitCodes, UsageError } from '../exit-codes.js';
import { facts, numberText } from '../output.js';
import { checkSucceeded, follow } from './jobs.js';

type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };

/** `depth=6` as a name and a value: JSON where it is JSON, else text. */
export function parseSetting(text: string): [string, JsonValue] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--set takes name=value, not ${text}.`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}

/** What is trained when no model type is named. */
const usualModels: Readonly<Record<Task, string>> = {
  regression: 'gradient-boosting',
  binary: 'gradient-boosting',
  multiclass: 'gradient-boosting',
  anomaly: 'isolation-forest',
  clustering: 'kmeans',
};

function taskOf(text: string | undefined): Task | undefined {
  if (text === undefined) return undefined;
  const task = Task.safeParse(text);
  if (!task.success) throw new UsageError(`--task is one of ${Task.options.join(', ')}, not ${text}.`);
  return task.data;
}

const isUntargeted = (task: Task): boolean => task === 'anomaly' || task === 'clustering';

export const train: Command = {
  name: 'train',
  synopsis: 'DATASET [--target COLUMN] [--task TASK] [--model TYPE] [--set NAME=VALUE …] [--register NAME] [--alias ALIAS] [--follow]',
  summary: 'Train a model on a data set',
  help: [
    '--target    the column to predict; anomaly and clustering need none, and only measure the model by one',
    '--task      regression, binary, multiclass, anomaly or clustering (by the target, or the only one of the model type)',
    '--model     model type (gradient-boosting; isolation-forest for --task anomaly, kmeans for --task clustering)',
    '--set       a parameter of the model type; may be repeated',
    '--register  make a version of this model',
    '--alias     and let this alias name it',
    '--follow    print progress, metrics and log lines, and wait for the end and for admission (6 when it failed)',
    '--timeout   seconds to follow for (124 after)',
  ],
  options: {
    target: { type: 'string' },
    task: { type: 'string' },
    model: { type: 'string' },
    set: { type: 'string', multiple: true },
    register: { type: 'string' },
    alias: { type: 'string' },
    follow: { type: 'boolean' },
    timeout: { type: 'string' },
  },
  takes: 1,
  run: async (run) => {
    const register = textOption(run.values, 'register');
    const alias = textOption(run.values, 'alias');
    if (alias !== undefined && register === undefined) throw new UsageError('--alias needs --register.');
    const target = textOption(run.values, 'target');
    const task = taskOf(textOption(run.values, 'task'));
    const chosen = textOption(run.values, 'model');
    const needsTarget = task === undefined ? chosen === undefined : !isUntargeted(task);
    if (needsTarget && target === undefined)
      throw new UsageError('--target is missing. Only --task anomaly, --task clustering and model types for them go without.');
    const signal = withTimeout(run.signal, textOption(run.values, 'timeout'));
    const job = await run.crisol().jobs.create(
      'model.train',
      {
        dataset: firstArgument(run),
        ...(target === undefined ? {} : { target }),
        ...(task === undefined ? {} : { task }),
        modelType: chosen ?? usualModels[task ?? 'regression'],
        params: Object.fromEntries(listOption(run.values, 'set').map(parseSetting)),
        ...(register === undefined ? {} : { register: { model: register, ...(alias === undefined ? {} : { alias }) } }),
      },
      { signal },
    );
    if (run.values['follow'] !== true) {
      run.output.result(job, () => job.id);
      run.output.note(`crisol jobs tail ${job.id} follows it.`);
      return;
    }
    await followTraining(run, job, register, signal);
  },
};

async function followTraining(run: Run, started: Job, register: string | undefined, signal: AbortSignal): Promise<void> {
  const job = await follow(run, started.id, signal, (_event, text) => run.output.note(text));
  checkSucceeded(job);
  const runId = job.outputs['run'];
  const found = runId === undefined ? null : await run.crisol().runs.get(runId, { signal });
  const version = register === undefined ? null : await admitted(run, register, job.outputs['version'], signal);
  const metrics = found?.evaluation?.['metrics'];
  run.output.result({ job, run: found, version }, () =>
    facts([
      ['job', job.id],
      ...(found ? [['run', found.id] as const] : []),
      ...(version ? [['model', `${version.model.name} version ${version.version}, ${version.admission.state}`] as const] : []),
      ...Object.entries(typeof metrics === 'object' && metrics !== null ? metrics : {}).map(
        ([name, value]) => [name, numberText(value)] as const,
      ),
    ]),
  );
}

/** Waits until the version is judged, since nothing can serve it before. */
async function admitted(run: Run, model: string, number: string | undefined, signal: AbortSignal): Promise<ModelVersion> {
  const wanted = number ?? String((await run.crisol().models.get(model, { signal })).latestVersion);
  for (;;) {
    const version = await run.crisol().models.version(model, wanted, { signal });
    if (version.admission.state === 'admitted') return version;
    if (version.admission.state !== 'pending') {
      const reasons = version.admission.reasons.map(({ rule, message }) => `\n  ${rule}: ${message}`).join('');
      throw new ExitError(exitCodes.jobFailed, `Version ${version.version} of ${model} is ${version.admission.state}.${reasons}`);
    }
    // The timer's own AbortError hides whether the time was up or somebody interrupted.
    await delay(300, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
