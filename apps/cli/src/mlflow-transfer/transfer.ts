import { z } from 'zod';
import type { CopyContext } from './copy-context.js';
import { LoggedModels } from './logged-models.js';
import { RefusedByServer, type MlflowServer } from './mlflow-server.js';
import { asPairs, foreignTags, IdMap, originTags } from './origin.js';
import { experimentsOf, registeredModelsOf, versionsOf } from './pages.js';
import { Registry } from './registry.js';
import { Tally, type TransferReport } from './report.js';
import { Runs } from './runs.js';
import { anything, ExperimentAnswer, type RegisteredModelAnswer } from './wire.js';

const api = '/api/2.0/mlflow';
const ExperimentMade = z.object({ experiment_id: z.union([z.string(), z.number()]).transform(String) });
const ExperimentFound = z.object({ experiment: ExperimentAnswer });

export interface TransferOptions {
  /** Name of the source in the tags of what is made; the same name finds it again. */
  readonly origin: string;
  readonly includeDeleted: boolean;
  readonly concurrency: number;
  /** Only these; all when empty. */
  readonly experiments: readonly string[];
  readonly models: readonly string[];
  readonly progress: (line: string) => void;
}

/**
 * Copies what one server that speaks MLflow's protocol has to another. It can be ended at any moment and run again:
 * what it makes bears the source's id from its first moment, and a fingerprint once it is whole.
 */
export async function transfer(source: MlflowServer, target: MlflowServer, options: TransferOptions): Promise<TransferReport> {
  const tally = new Tally();
  const { includeDeleted, concurrency, origin } = options;
  const context: CopyContext = { source, target, origin, ids: new IdMap(), tally, concurrency, includeDeleted };
  const runs: Runs = new Runs(context, () => models);
  const models = new LoggedModels(context, runs);
  const registry = new Registry(context, runs);

  const registered = await chosenModels(source, options);
  const needed = new Set<string>();
  for (const { name } of registered) for (const version of await versionsOf(source, name)) needed.add(version.run_id);
  const experiments = await chosenExperiments(source, options, needed, tally);
  options.progress(`${experiments.length} experiments, ${registered.length} registered models`);

  for (const experiment of experiments) {
    const id = await copyExperiment(context, experiment);
    await runs.recognise(id);
    await models.recognise(id);
  }
  for (const [place, experiment] of experiments.entries()) {
    await runs.copyAll(experiment.experiment_id, needed);
    await models.copyAll(experiment.experiment_id);
    const { runs: done, metricPoints: points, artifacts } = tally.copied;
    options.progress(
      `${place + 1} of ${experiments.length} ${experiment.name}: ${done} runs, ${points} metric points, ${artifacts} files so far`,
    );
  }
  for (const model of registered) {
    await registry.copy(model).catch((error: unknown) => {
      if (!(error instanceof RefusedByServer)) throw error;
      tally.fail(`registered model ${model.name}`, error);
    });
    options.progress(`registered model ${model.name}`);
  }
  await models.restoreVersions();
  // Last, since nothing can be written to what is deleted.
  for (const run of runs.toDelete) await target.send('POST', `${api}/runs/delete`, { run_id: run }, anything);
  for (const { experiment_id: from, lifecycle_stage: stage } of experiments)
    if (stage === 'deleted')
      await target.send('POST', `${api}/experiments/delete`, { experiment_id: context.ids.experiments.get(from) }, anything);
  return tally.report(source.address, target.address);
}

async function chosenModels(source: MlflowServer, { models }: TransferOptions): Promise<RegisteredModelAnswer[]> {
  const found: RegisteredModelAnswer[] = [];
  for await (const model of registeredModelsOf(source)) if (models.length === 0 || models.includes(model.name)) found.push(model);
  return found;
}

/** Deleted ones stay behind unless they are asked for, or a version of a model came from a run of theirs. */
async function chosenExperiments(
  source: MlflowServer,
  { experiments, includeDeleted }: TransferOptions,
  needed: ReadonlySet<string>,
  tally: Tally,
): Promise<ExperimentAnswer[]> {
  const homes = new Set<string>();
  const RunHome = z.object({ run: z.object({ info: z.object({ experiment_id: z.union([z.string(), z.number()]).transform(String) }) }) });
  for (const run of needed) {
    if (run === '') continue;
    const found = await source.get(`${api}/runs/get`, { run_id: run }, RunHome).catch(() => undefined);
    if (found) homes.add(found.run.info.experiment_id);
  }
  const chosen: ExperimentAnswer[] = [];
  for await (const experiment of experimentsOf(source)) {
    const isAsked = experiments.length === 0 || experiments.includes(experiment.name);
    if (!isAsked) continue;
    if (experiment.lifecycle_stage === 'deleted' && !includeDeleted && !homes.has(experiment.experiment_id))
      tally.skip(`experiment ${experiment.name}`, 'it is deleted, and --include-deleted was not given');
    else chosen.push(experiment);
  }
  return chosen;
}

/** Finds the experiment by its name or makes it; it is active afterwards. */
async function copyExperiment({ target, ids, tally, origin }: CopyContext, experiment: ExperimentAnswer): Promise<string> {
  const { name } = experiment;
  const tags = foreignTags(experiment.tags);
  const there = await target.get(`${api}/experiments/get-by-name`, { experiment_name: name }, ExperimentFound).catch((error: unknown) => {
    if (error instanceof RefusedByServer && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
    throw error;
  });
  if (!there) {
    const body = { name, tags: asPairs(new Map([...tags, [originTags.source, origin]])) };
    const made = await target.send('POST', `${api}/experiments/create`, body, ExperimentMade);
    ids.experiments.set(experiment.experiment_id, made.experiment_id);
    tally.copied.experiments++;
    return made.experiment_id;
  }
  const { experiment_id: id, lifecycle_stage: stage, tags: present } = there.experiment;
  if (stage === 'deleted') await target.send('POST', `${api}/experiments/restore`, { experiment_id: id }, anything);
  for (const [key, value] of tags)
    if (present.get(key) !== value)
      await target.send('POST', `${api}/experiments/set-experiment-tag`, { experiment_id: id, key, value }, anything);
  ids.experiments.set(experiment.experiment_id, id);
  tally.present.experiments++;
  return id;
}
