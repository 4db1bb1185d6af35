import { z } from 'zod';
import { copyFiles } from './artifacts.js';
import { Once, type CopyContext, type ModelIds, type ModelUse } from './copy-context.js';
import { asPairs, fingerprint, foreignTags, originTags } from './origin.js';
import { loggedModelsOf } from './pages.js';
import { inParallel } from './pool.js';
import type { Runs } from './runs.js';
import { anything, LoggedModelAnswer, type MetricAnswer } from './wire.js';

const api = '/api/2.0/mlflow/logged-models';
const versionsTag = 'mlflow.modelVersions';
const ModelMade = z.object({ model: LoggedModelAnswer });

interface Copy {
  readonly id: string;
  readonly artifactUri: string;
  readonly done: string;
}

/** Copies logged models as runs are copied: the bare model, what it holds, its fingerprint. */
export class LoggedModels implements ModelIds {
  private readonly known = new Map<string, Copy>();
  private readonly rows = new Once<Copy>();

  /** Which versions came from which model; a server writes this itself when a version is made. */
  private readonly versions = new Map<string, string>();

  constructor(
    private readonly context: CopyContext,
    private readonly runs: Runs,
  ) {}

  async recognise(targetExperiment: string): Promise<void> {
    for await (const model of loggedModelsOf(this.context.target, targetExperiment)) {
      const { tags } = model.info;
      const from = tags.get(originTags.modelId);
      if (from !== undefined && tags.get(originTags.source) === this.context.origin) this.known.set(from, copyOf(model));
    }
  }

  async copyAll(experiment: string): Promise<void> {
    const { source, concurrency, tally } = this.context;
    await inParallel(loggedModelsOf(source, experiment), concurrency, (model) =>
      this.copy(model).catch((error: unknown) => tally.fail(`logged model ${model.info.model_id}`, error)),
    );
  }

  /** To be called after the registry, which may have changed what models say of their versions. */
  async restoreVersions(): Promise<void> {
    for (const [id, value] of this.versions)
      await this.context.target.send('PATCH', `${api}/${id}/tags`, { model_id: id, tags: [{ key: versionsTag, value }] }, anything);
  }

  /** Uses of models by a run, with the ids of the target; without those that the source has deleted. */
  async idsOf(uses: readonly ModelUse[]): Promise<ModelUse[]> {
    const found: ModelUse[] = [];
    for (const { model_id: from, step } of uses) {
      const id = await this.idOf(from);
      if (id === undefined) this.context.tally.skip(`logged model ${from}`, 'a run names it, but the source does not have it any more');
      else found.push({ model_id: id, step });
    }
    return found;
  }

  private async idOf(modelId: string): Promise<string | undefined> {
    const known = this.context.ids.models.get(modelId);
    if (known !== undefined) return known;
    const answer = await this.context.source.get(`${api}/${modelId}`, {}, ModelMade).catch(() => undefined);
    if (!answer || !this.context.ids.experiments.has(answer.model.info.experiment_id)) return undefined;
    return (await this.row(answer.model)).id;
  }

  private row(model: LoggedModelAnswer): Promise<Copy> {
    return this.rows.get(model.info.model_id, async () => {
      const copy = this.known.get(model.info.model_id) ?? (await this.make(model));
      this.context.ids.models.set(model.info.model_id, copy.id);
      this.context.ids.addPlace(model.info.artifact_uri, copy.artifactUri);
      return copy;
    });
  }

  private async make({ info, data }: LoggedModelAnswer): Promise<Copy> {
    const { target, ids, origin } = this.context;
    const run = info.source_run_id === '' ? undefined : await this.runs.idOf(info.source_run_id);
    const body = {
      experiment_id: ids.experiments.get(info.experiment_id),
      name: info.name,
      params: asPairs(data.params),
      tags: [
        ...asPairs(foreignTags(info.tags)),
        { key: originTags.source, value: origin },
        { key: originTags.modelId, value: info.model_id },
      ],
      ...(info.model_type === '' ? {} : { model_type: info.model_type }),
      ...(run === undefined ? {} : { source_run_id: run }),
    };
    return copyOf((await target.send('POST', api, body, ModelMade)).model);
  }

  private async copy(model: LoggedModelAnswer): Promise<void> {
    const { source, target, tally } = this.context;
    const { info, data } = model;
    const print = fingerprint(info, foreignTags(info.tags), data.params, data.metrics);
    const copy = await this.row(model);
    const versions = info.tags.get(versionsTag);
    if (versions !== undefined) this.versions.set(copy.id, versions);
    if (copy.done === print) {
      tally.present.loggedModels++;
      return;
    }
    const files = { kind: 'model', id: info.model_id, uri: info.artifact_uri, server: source } as const;
    await copyFiles(files, { kind: 'model', id: copy.id, uri: copy.artifactUri, server: target }, tally, 2);
    await this.copyMetrics(copy.id, data.metrics);
    const status = statusOf(info.status);
    if (status !== undefined) await target.send('PATCH', `${api}/${copy.id}`, { model_id: copy.id, status }, anything);
    const tags = new Map([...foreignTags(info.tags), [originTags.done, print]]);
    await target.send('PATCH', `${api}/${copy.id}/tags`, { model_id: copy.id, tags: asPairs(tags) }, anything);
    tally.copied.loggedModels++;
  }

  /** A model's metrics are points of runs that name it. */
  private async copyMetrics(to: string, metrics: readonly MetricAnswer[]): Promise<void> {
    for (const [run, points] of Map.groupBy(metrics, ({ run_id: run }) => run ?? '')) {
      const target = run === '' ? undefined : await this.runs.idOf(run);
      if (target === undefined) {
        this.context.tally.skip(`${points.length} metrics of logged model ${to}`, 'their run is not at the source any more');
        continue;
      }
      await this.runs.write(
        target,
        points.map((point) => ({ ...point, model_id: to })),
        new Map(),
        new Map(),
      );
    }
  }
}

/** What it can be set to; a model that waits for its files stays as it is made. Servers answer names or numbers. */
function statusOf(status: string): string | undefined {
  if (status === 'LOGGED_MODEL_READY' || status === '2') return 'LOGGED_MODEL_READY';
  if (status === 'LOGGED_MODEL_UPLOAD_FAILED' || status === '3') return 'LOGGED_MODEL_UPLOAD_FAILED';
  return undefined;
}

const copyOf = ({ info }: LoggedModelAnswer): Copy => ({
  id: info.model_id,
  artifactUri: info.artifact_uri,
  done: info.tags.get(originTags.done) ?? '',
});
