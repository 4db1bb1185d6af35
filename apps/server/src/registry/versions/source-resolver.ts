import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { ArtifactRoots } from '../../experiments/artifacts/artifact-roots.js';
import { mlflowIdOf, runIdOf } from '../../experiments/runs/run-ids.js';
import { runIn } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { modelByName } from '../models/model-records.js';
import { readSource } from './model-source.js';
import { newestVersion, versionByAlias, versionByNumber, type VersionRecord } from './version-records.js';
import { versionFolder, VersionFiles } from './version-files.js';

/** Where the files of a version to be come from. */
export interface ResolvedSource {
  /** As clients would fetch it. */
  readonly location: string;
  /** Among our artifacts; null when the files are not here. */
  readonly folder: string | null;
  /** The run that made it, as clients name runs; empty when nobody said. */
  readonly run: string;
  readonly loggedModel: string | null;
}

const scheme = 'mlflow-artifacts:/';

/** Finds what the source of a version means, and refuses one that the caller may not name. */
@Injectable()
export class SourceResolver {
  constructor(
    private readonly files: VersionFiles,
    private readonly roots: ArtifactRoots,
  ) {}

  /** @throws `validation_failed`, `not_found` */
  async resolve(em: EntityManager, given: { source: string; run: string; loggedModel: string }): Promise<ResolvedSource> {
    const source = readSource(given.source);
    const refuse = (why: string) => problem('validation_failed', { detail: `Invalid model version source: '${given.source}'. ${why}` });
    const logged = given.loggedModel === '' ? null : await this.loggedModel(em, given.loggedModel);
    switch (source.kind) {
      case 'refused':
        throw problem('validation_failed', { detail: source.message });
      case 'run': {
        if (runIdOf(source.run) === undefined || runIdOf(source.run) !== runIdOf(given.run))
          throw refuse('The run_id request parameter must identify the resource that contains the source.');
        const root = (await this.roots.ofRun(given.run)).uri;
        return this.at(source.path === '' ? root : `${root}/${source.path}`, given.run, logged?.id ?? null);
      }
      case 'logged-model': {
        if (source.id !== given.loggedModel || !logged)
          throw refuse('The model_id request parameter must identify the resource that contains the source.');
        return this.at(logged.root, given.run || logged.run, logged.id);
      }
      case 'version': {
        const version = await this.version(em, source);
        return {
          location: await this.downloadUri(em, version),
          folder: versionFolder(version.model_id, version.number),
          run: given.run || version.source_run,
          loggedModel: logged?.id ?? version.logged_model,
        };
      }
      case 'artifacts': {
        const location = `${scheme}${source.path}`;
        const root = given.run === '' ? null : (await this.roots.ofRun(given.run)).uri;
        if (!within(location, root) && !within(location, logged?.root ?? null))
          throw refuse('The run_id request parameter must identify the resource that contains the source.');
        return this.at(location, given.run, logged?.id ?? null);
      }
      case 'elsewhere':
        return { location: given.source, folder: null, run: given.run || (logged?.run ?? ''), loggedModel: logged?.id ?? null };
    }
  }

  /** Where a client fetches the files: where they came from while they are there unchanged, else from our own copy. */
  async downloadUri(em: EntityManager, version: VersionRecord): Promise<string> {
    const own = versionFolder(version.model_id, version.number);
    const { location } = version;
    if (location === '') return `${scheme}${own}`;
    if (!location.startsWith(scheme)) return location;
    const kept = await em.execute<{ one: number }[]>(`select 1 as one from artifact_file where path > ? and path < ? limit 1`, [
      `${own}/`,
      `${own}0`,
    ]);
    if (kept.length === 0) return location;
    return (await this.files.same(em, location.slice(scheme.length), own)) ? location : `${scheme}${own}`;
  }

  private at(location: string, run: string, loggedModel: string | null): ResolvedSource {
    return { location, folder: location.startsWith(scheme) ? location.slice(scheme.length) : null, run, loggedModel };
  }

  private async version(
    em: EntityManager,
    { model, version, alias }: { model: string; version: string | null; alias: string | null },
  ): Promise<VersionRecord> {
    const run = runIn(em);
    const target = await modelByName(run, model);
    if (!target) throw problem('not_found', { detail: `Registered Model with name=${model} not found` });
    if (alias !== null) {
      const found = alias.toLowerCase() === 'latest' ? await newestVersion(run, target.id) : await versionByAlias(run, target.id, alias);
      if (!found) throw problem('validation_failed', { detail: `Registered model alias ${alias} not found.` });
      return found;
    }
    const found =
      version === 'latest'
        ? await newestVersion(run, target.id)
        : /^\d{1,9}$/.test(version ?? '')
          ? await versionByNumber(run, model, Number(version))
          : undefined;
    if (!found) throw problem('not_found', { detail: `Model Version (name=${model}, version=${version}) not found` });
    return found;
  }

  private async loggedModel(em: EntityManager, id: string): Promise<{ id: string; root: string; run: string }> {
    const [row] = await em.execute<{ source_run: string | null }[]>(
      `select source_run from logged_model where id = ? and lifecycle = 'active'`,
      [id],
    );
    if (!row) throw problem('not_found', { detail: `Logged model with ID '${id}' not found.` });
    return { id, root: (await this.roots.ofLoggedModel(id)).uri, run: mlflowRun(row.source_run) };
  }
}

/** However the row names it. */
function mlflowRun(run: string | null): string {
  const id = run === null ? undefined : runIdOf(run);
  return id === undefined ? (run ?? '') : mlflowIdOf(id);
}

function within(location: string, root: string | null): boolean {
  return root !== null && (location === root || location.startsWith(`${root}/`));
}
