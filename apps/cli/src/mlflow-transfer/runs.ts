import { z } from 'zod';
import { copyFiles } from './artifacts.js';
import { Once, type CopyContext, type ModelIds } from './copy-context.js';
import { asPairs, fingerprint, foreignTags, originTags } from './origin.js';
import { runsOf } from './pages.js';
import { inParallel, inPieces } from './pool.js';
import { anything, MetricPage, RunAnswer, type MetricAnswer } from './wire.js';

const api = '/api/2.0/mlflow';
const RunMade = z.object({ run: RunAnswer });

interface Copy {
  readonly id: string;
  readonly artifactUri: string;
  /** Fingerprint of what it was made from; empty while it is not whole. */
  readonly done: string;
  readonly isDeleted: boolean;
}

/** Copies runs: first the bare run, so that others can name it, then all that it holds, last its fingerprint. */
export class Runs {
  private readonly known = new Map<string, Copy>();
  private readonly rows = new Once<Copy>();
  /** Copies that must be deleted at the end, as their originals are. */
  readonly toDelete = new Set<string>();

  constructor(
    private readonly context: CopyContext,
    private readonly models: () => ModelIds,
  ) {}

  /** Learns what former copies have made. */
  async recognise(targetExperiment: string): Promise<void> {
    const { target, origin } = this.context;
    for await (const run of runsOf(target, targetExperiment, 'ALL', `tags.\`${originTags.source}\` = '${origin}'`)) {
      const from = run.data.tags.get(originTags.runId);
      if (from !== undefined) this.known.set(from, copyOf(run));
    }
  }

  async copyAll(experiment: string, needed: ReadonlySet<string>): Promise<void> {
    const { source, includeDeleted, concurrency, tally } = this.context;
    let left = 0;
    await inParallel(runsOf(source, experiment, 'ALL'), concurrency, async (run) => {
      if (run.info.lifecycle_stage === 'deleted' && !includeDeleted && !needed.has(run.info.run_id)) {
        left++;
        return;
      }
      await this.copy(run).catch((error: unknown) => tally.fail(`run ${run.info.run_id}`, error));
    });
    if (left > 0) tally.skip(`${left} deleted runs of experiment ${experiment}`, '--include-deleted was not given');
  }

  /** The run's id at the target; undefined when the source does not have it any more. */
  async idOf(runId: string): Promise<string | undefined> {
    const known = this.context.ids.runs.get(runId);
    if (known !== undefined) return known;
    const answer = await this.context.source.get(`${api}/runs/get`, { run_id: runId }, RunMade).catch(() => undefined);
    if (!answer || !this.context.ids.experiments.has(answer.run.info.experiment_id)) return undefined;
    return (await this.row(answer.run)).id;
  }

  private row(run: RunAnswer): Promise<Copy> {
    return this.rows.get(run.info.run_id, async () => {
      const copy = this.known.get(run.info.run_id) ?? (await this.make(run));
      this.context.ids.runs.set(run.info.run_id, copy.id);
      this.context.ids.addPlace(run.info.artifact_uri, copy.artifactUri);
      return copy;
    });
  }

  private async make({ info, data }: RunAnswer): Promise<Copy> {
    const { target, ids, origin } = this.context;
    const tags = [
      { key: originTags.source, value: origin },
      { key: originTags.runId, value: info.run_id },
    ];
    const user = data.tags.get('mlflow.user');
    const body = {
      experiment_id: ids.experiments.get(info.experiment_id),
      user_id: info.user_id,
      run_name: info.run_name,
      start_time: info.start_time,
      tags: user === undefined ? tags : [...tags, { key: 'mlflow.user', value: user }],
    };
    return copyOf((await target.send('POST', `${api}/runs/create`, body, RunMade)).run);
  }

  private async copy(run: RunAnswer): Promise<void> {
    const { source, target, tally, ids } = this.context;
    const { info, data, inputs, outputs } = run;
    const print = fingerprint(info, foreignTags(data.tags), data.params, data.metrics, inputs, outputs);
    const copy = await this.row(run);
    if (info.lifecycle_stage === 'deleted') this.toDelete.add(copy.id);
    if (copy.done === print) {
      tally.present.runs++;
      return;
    }
    if (copy.isDeleted) await target.send('POST', `${api}/runs/restore`, { run_id: copy.id }, anything);
    const parent = data.tags.get('mlflow.parentRunId');
    if (parent !== undefined) await this.idOf(parent);
    await this.write(copy.id, [], data.params, await this.tagsAtTarget(data.tags));
    for (const { key } of data.metrics) await this.copyHistory(info.run_id, copy.id, key);
    await this.copyUses(copy.id, await this.whole(run));
    const files = { kind: 'run', id: info.run_id, uri: info.artifact_uri, server: source } as const;
    await copyFiles(files, { kind: 'run', id: copy.id, uri: copy.artifactUri, server: target }, tally, 2);
    const end = info.end_time == null ? {} : { end_time: info.end_time };
    // The name once more: a server may take the user's tag for it, or make one up for an empty one.
    await target.send('POST', `${api}/runs/update`, { run_id: copy.id, status: info.status, run_name: info.run_name, ...end }, anything);
    await this.write(copy.id, [], new Map(), new Map([[originTags.done, print]]));
    ids.runs.set(info.run_id, copy.id);
    tally.copied.runs++;
  }

  /** A search of runs leaves out which models a run has used. */
  private async whole({ info }: RunAnswer): Promise<RunAnswer> {
    return (await this.context.source.get(`${api}/runs/get`, { run_id: info.run_id }, RunMade)).run;
  }

  /** Tags of MLflow itself may name other runs and models. */
  private async tagsAtTarget(tags: ReadonlyMap<string, string>): Promise<Map<string, string>> {
    return new Map([...foreignTags(tags)].map(([key, value]) => [key, key.startsWith('mlflow.') ? this.context.ids.inText(value) : value]));
  }

  private async copyHistory(from: string, to: string, key: string): Promise<void> {
    const { source, tally } = this.context;
    for (let token = ''; ;) {
      const query = { run_id: from, metric_key: key, max_results: 25_000, ...(token === '' ? {} : { page_token: token }) };
      const page = await source.get(`${api}/metrics/get-history`, query, MetricPage);
      await this.write(to, page.metrics, new Map(), new Map());
      tally.copied.metricPoints += page.metrics.length;
      if (page.next_page_token === '') return;
      token = page.next_page_token;
    }
  }

  private async copyUses(to: string, { inputs, outputs }: RunAnswer): Promise<void> {
    const { target } = this.context;
    const used = await this.models().idsOf(inputs.model_inputs);
    const datasets = inputs.dataset_inputs;
    if (datasets.length > 0 || used.length > 0) {
      const models = used.map(({ model_id }) => ({ model_id }));
      await target.send('POST', `${api}/runs/log-inputs`, { run_id: to, datasets, ...(models.length > 0 ? { models } : {}) }, anything);
    }
    const models = await this.models().idsOf(outputs.model_outputs);
    if (models.length > 0) await target.send('POST', `${api}/runs/outputs`, { run_id: to, models }, anything);
  }

  /** In pieces that every server takes: 1000 metrics, 100 params, 100 tags a call. */
  async write(
    run: string,
    metrics: readonly MetricAnswer[],
    params: ReadonlyMap<string, string>,
    tags: ReadonlyMap<string, string>,
  ): Promise<void> {
    const send = (part: object) => this.context.target.send('POST', `${api}/runs/log-batch`, { run_id: run, ...part }, anything);
    for (const piece of inPieces(metrics, 1000)) await send({ metrics: piece.map(({ run_id: _, ...point }) => exact(point)) });
    for (const piece of inPieces(asPairs(params), 100)) await send({ params: piece });
    // A tag may have 8,000 characters, a call 1,000,000 bytes.
    for (const piece of inPieces(asPairs(tags), 25)) await send({ tags: piece });
  }
}

/** JSON has no way to write a negative zero as a number here, so it goes as a text. */
const exact = <Point extends { readonly value: number | string }>(point: Point) =>
  Object.is(point.value, -0) ? { ...point, value: '-0.0' } : point;

const copyOf = ({ info, data }: RunAnswer): Copy => ({
  id: info.run_id,
  artifactUri: info.artifact_uri,
  done: data.tags.get(originTags.done) ?? '',
  isDeleted: info.lifecycle_stage === 'deleted',
});
