import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { CopyContext } from './copy-context.js';
import { RefusedByServer } from './mlflow-server.js';
import { asPairs, foreignTags, originTags } from './origin.js';
import { versionsOf } from './pages.js';
import type { Runs } from './runs.js';
import { anything, RegisteredModelAnswer, VersionAnswer } from './wire.js';

const api = '/api/2.0/mlflow';
const ModelAnswer = z.object({ registered_model: RegisteredModelAnswer });
const VersionMade = z.object({ model_version: VersionAnswer });
const settlesWithinMs = 120_000;

/** Copies registered models with their versions, each under its own number. */
export class Registry {
  constructor(
    private readonly context: CopyContext,
    private readonly runs: Runs,
  ) {}

  async copy(model: RegisteredModelAnswer): Promise<void> {
    const { source, tally } = this.context;
    await this.copyModel(model);
    const there = new Map((await versionsOf(this.context.target, model.name)).map((version) => [Number(version.version), version]));
    await this.removeHoles(model.name, there);
    let whole = true;
    for (const version of await versionsOf(source, model.name)) {
      whole &&= await this.copyVersion(version, there);
      if (!whole) break;
    }
    for (const { alias, version } of model.aliases) await this.copyAlias(model.name, alias, version);
    if (!whole) tally.skip(`later versions of ${model.name}`, 'a number before theirs is missing');
  }

  private async copyModel({ name, description, tags }: RegisteredModelAnswer): Promise<void> {
    const { target, tally } = this.context;
    const pairs = asPairs(foreignTags(tags));
    try {
      await target.send('POST', `${api}/registered-models/create`, { name, description, tags: pairs }, anything);
      tally.copied.registeredModels++;
    } catch (error) {
      if (!(error instanceof RefusedByServer) || !/ALREADY_EXISTS/.test(error.code)) throw error;
      tally.present.registeredModels++;
      const { registered_model: there } = await target.get(`${api}/registered-models/get`, { name }, ModelAnswer);
      if (there.description !== description) await target.send('PATCH', `${api}/registered-models/update`, { name, description }, anything);
      for (const { key, value } of pairs)
        if (there.tags.get(key) !== value) await target.send('POST', `${api}/registered-models/set-tag`, { name, key, value }, anything);
    }
  }

  /** Whether the numbers can go on after this one. */
  private async copyVersion(version: VersionAnswer, there: Map<number, VersionAnswer>): Promise<boolean> {
    const { tally } = this.context;
    const what = `${version.name} version ${version.version}`;
    const number = Number(version.version);
    const present = there.get(number);
    if (present && !this.isCopyOf(present, version)) {
      tally.skip(what, 'the target has another version of this number');
      return true;
    }
    try {
      if (present) {
        tally.present.modelVersions++;
      } else {
        await this.fillHoles(version, there);
        there.set(number, await this.makeVersion(version));
        tally.copied.modelVersions++;
      }
      await this.settle(version, there.get(number));
      return true;
    } catch (error) {
      if (!(error instanceof RefusedByServer) && !(error instanceof WrongNumber)) throw error;
      tally.fail(what, error);
      return false;
    }
  }

  private isCopyOf(there: VersionAnswer, version: VersionAnswer): boolean {
    return there.tags.get(originTags.source) === this.context.origin && there.tags.get(originTags.version) === version.version;
  }

  /** @throws WrongNumber when the target gave it another number; it is taken away again */
  private async makeVersion(version: VersionAnswer, marks?: { key: string; value: string }): Promise<VersionAnswer> {
    const { ids, target, origin } = this.context;
    const { name, run_id: run, model_id: model } = version;
    const runId = run === '' ? undefined : await this.runs.idOf(run);
    // Not every answer says the logged model, but the source does, and servers want both to agree.
    const modelId = ids.models.get(model || (/^models:\/(m-[0-9a-f]{32})/.exec(version.source)?.[1] ?? ''));
    const body = {
      name,
      source: ids.inSource(version.source),
      tags: [
        ...(marks ? [marks] : asPairs(foreignTags(version.tags))),
        { key: originTags.source, value: origin },
        ...(marks ? [] : [{ key: originTags.version, value: version.version }]),
      ],
      ...(runId === undefined ? {} : { run_id: runId }),
      ...(modelId === undefined ? {} : { model_id: modelId }),
      ...(marks || version.run_link === '' ? {} : { run_link: version.run_link }),
      ...(marks || version.description === '' ? {} : { description: version.description }),
    };
    const made = (await target.send('POST', `${api}/model-versions/create`, body, VersionMade)).model_version;
    if (marks || made.version === version.version) return made;
    await target.send('DELETE', `${api}/model-versions/delete`, { name, version: made.version }, anything);
    throw new WrongNumber(`the target gave it number ${made.version}`);
  }

  /** Numbers of deleted versions: made and deleted, so that the next one gets its own. */
  private async fillHoles(version: VersionAnswer, there: ReadonlyMap<number, VersionAnswer>): Promise<void> {
    const made: string[] = [];
    let last = Math.max(0, ...there.keys());
    while (last < Number(version.version) - 1) {
      const hole = await this.makeVersion(version, { key: originTags.hole, value: 'true' });
      made.push(hole.version);
      if (Number(hole.version) <= last) break;
      last = Number(hole.version);
    }
    // The last one stays until the next is there: some servers give the number of a deleted last version again.
    for (const number of made.slice(0, -1)) await this.deleteVersion(version.name, number);
    const [pending] = made.slice(-1);
    if (pending !== undefined) this.pendingHoles.set(version.name, pending);
  }
  private readonly pendingHoles = new Map<string, string>();

  private deleteVersion(name: string, version: string): Promise<unknown> {
    return this.context.target.send('DELETE', `${api}/model-versions/delete`, { name, version }, anything);
  }

  /** Those that a copy which ended too early has left. */
  private async removeHoles(name: string, there: Map<number, VersionAnswer>): Promise<void> {
    const numbers = [...there.keys()];
    for (const [number, version] of there) {
      if (!version.tags.has(originTags.hole)) continue;
      // The last one keeps its number until its successor is there.
      if (number === Math.max(...numbers)) this.pendingHoles.set(name, version.version);
      else {
        await this.deleteVersion(name, version.version);
        there.delete(number);
      }
    }
  }

  /** What can change after a version was made: words, tags, stage. */
  private async settle(version: VersionAnswer, there: VersionAnswer | undefined): Promise<void> {
    const { target } = this.context;
    const { name, version: number, description, current_stage: stage } = version;
    const hole = this.pendingHoles.get(name);
    if (hole !== undefined && Number(hole) < Number(number)) {
      await this.deleteVersion(name, hole);
      this.pendingHoles.delete(name);
    }
    if (there && there.description !== description)
      await target.send('PATCH', `${api}/model-versions/update`, { name, version: number, description }, anything);
    for (const [key, value] of foreignTags(version.tags))
      if (there?.tags.get(key) !== value)
        await target.send('POST', `${api}/model-versions/set-tag`, { name, version: number, key, value }, anything);
    if (there && there.current_stage !== stage)
      await target.send(
        'POST',
        `${api}/model-versions/transition-stage`,
        { name, version: number, stage, archive_existing_versions: false },
        anything,
      );
  }

  private async copyAlias(name: string, alias: string, version: string): Promise<void> {
    const { target, tally } = this.context;
    try {
      const { registered_model: there } = await target.get(`${api}/registered-models/get`, { name }, ModelAnswer);
      if (there.aliases.some((one) => one.alias === alias && one.version === version)) {
        tally.present.aliases++;
        return;
      }
      await this.untilRegistered(name, version);
      await target.send('POST', `${api}/registered-models/alias`, { name, alias, version }, anything);
      tally.copied.aliases++;
    } catch (error) {
      if (!(error instanceof RefusedByServer)) throw error;
      tally.fail(`alias ${alias} of ${name}`, error);
    }
  }

  private async untilRegistered(name: string, version: string): Promise<void> {
    const deadline = performance.now() + settlesWithinMs;
    for (;;) {
      const { model_version: there } = await this.context.target.get(`${api}/model-versions/get`, { name, version }, VersionMade);
      if (there.status !== 'PENDING_REGISTRATION' || performance.now() > deadline) return;
      await delay(500);
    }
  }
}

/** The target numbers its versions otherwise. */
class WrongNumber extends Error {
  override readonly name = 'WrongNumber';
}
