import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { LockMode } from '@mikro-orm/postgresql';
import type { ConfirmPluginInstall, PluginInstall, PluginInstallProblem, PluginSource, StartPluginInstall } from '@crisol/contracts';
import { rm, stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../auth/actor.js';
import { Audit } from '../../audit/audit.js';
import { Database } from '../../database/database.js';
import { newId } from '../../database/new-id.js';
import { EventBus } from '../../events/event-bus.js';
import { problem, ProblemError } from '../../http/problem.js';
import { ObjectStorage } from '../../storage/object-storage.port.js';
import { words } from '../lifecycle/load-plugin.js';
import { PluginLifecycle } from '../lifecycle/plugin-lifecycle.js';
import { PluginStore } from '../lifecycle/plugin-store.js';
import { PluginSchema, type PluginRow } from '../plugin.entity.js';
import { ServerPluginScopes } from '../scope/plugin-scopes.js';
import { PluginSecrets } from '../settings/plugin-secrets.js';
import { FetchFailed, fetchTarball } from './fetch-tarball.js';
import { InstallLog } from './install-log.js';
import { judgeLock, judgePackage, refusal } from './judge-package.js';
import { NpmFailed } from './npm.js';
import { PackageFault, PackageFolders } from './package-folders.js';
import { sha512Of } from './package-files.js';
import { PackageSweeper } from './package-sweeper.js';
import { PackageSwitch } from './package-switch.js';
import { PackageTrial, type NewSettings } from './package-trial.js';
import { samePermissions } from './permission-changes.js';
import { PluginInstallSchema, toPluginInstall, type InstallFacts, type PluginInstallRow } from './plugin-install.entity.js';
import { largestTarballBytes } from './read-tarball.js';

const lifeMs = 3_600_000;

/** A tarball that somebody sent, in a scratch folder of its own. */
export interface SentTarball {
  readonly folder: string;
  readonly path: string;
  readonly fileName: string;
}
interface Staged {
  readonly facts: InstallFacts | null;
  readonly sha512: string | null;
  readonly problems: readonly PluginInstallProblem[];
}

/**
 * Installs in two steps: what a package is and wants is read from its tarball, and it is unpacked, without running anything
 * of it; then a person confirms what was shown.
 */
@Injectable()
export class PluginInstallsService implements BeforeApplicationShutdown {
  private readonly log = new Logger('Plugins');
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly events: EventBus,
    private readonly storage: ObjectStorage,
    private readonly store: PluginStore,
    private readonly lifecycle: PluginLifecycle,
    private readonly folders: PackageFolders,
    private readonly packages: PackageSwitch,
    private readonly trial: PackageTrial,
    private readonly secrets: PluginSecrets,
    private readonly scopes: ServerPluginScopes,
    private readonly sweeper: PackageSweeper,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.underWay);
  }

  /** Starts to fetch a folder of this machine, or a package of a registry. */
  async start(actor: Actor, { source }: StartPluginInstall): Promise<PluginInstall> {
    const shown: PluginSource =
      source.type === 'npm' ? { type: 'npm', location: `${source.name}@${source.version}` } : { type: 'folder', location: source.path };
    return this.begin(actor, shown, async (log) => {
      const folder = await this.storage.scratch('plugin-install');
      return { folder, path: await fetchTarball(source, folder, (line) => log.line(line), this.stopping.signal) };
    });
  }

  /** Takes a tarball that was sent. */
  async startSent(actor: Actor, sent: SentTarball): Promise<PluginInstall> {
    return this.begin(actor, { type: 'upload', location: sent.fileName.slice(0, 255) }, () => Promise.resolve(sent));
  }

  /** A folder for a tarball that is being sent. */
  scratch(): Promise<string> {
    return this.storage.scratch('plugin-upload');
  }

  async get(id: string): Promise<PluginInstall> {
    const row = await this.database.read((em) => em.findOne(PluginInstallSchema, { id }));
    if (!row) throw unknown(id);
    return toPluginInstall(row, row.pluginId ? await this.store.anyRow(row.pluginId) : null);
  }

  async discard(actor: Actor, id: string): Promise<void> {
    await this.database.transaction(async (em) => {
      const row = await em.findOne(PluginInstallSchema, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) throw unknown(id);
      if (row.state === 'installed') throw problem('install_not_staged', { detail: 'It is installed; uninstall the plugin instead.' });
      row.state = 'discarded';
      await em.flush();
      await this.audit.record(em, actor, {
        action: 'plugin_install.discarded',
        target: { kind: 'plugin', id: row.pluginId ?? null, name: id },
      });
    });
    await this.sweeper.sweep();
  }

  /** Makes the staged package the one that runs. An update is tried out beside the version that runs; if it fails, that one goes on. */
  async confirm(actor: Actor, id: string, body: ConfirmPluginInstall): Promise<PluginInstall> {
    const { install, facts, sha512 } = await this.staged(id);
    if (!samePermissions(facts.manifest.permissions, body.permissions))
      throw problem('plugin_permissions_differ', { detail: 'Read the install again and send the permissions that it shows.' });
    const pluginId = facts.manifest.id;
    const found = await this.packages.read(sha512).catch((error: unknown) => {
      throw error instanceof PackageFault ? problem('install_refused', { detail: error.message, cause: error }) : error;
    });
    const row = await this.store.anyRow(pluginId);
    const taken = takenBy(row, facts.packageName, await this.packageNameOf(row));
    if (taken) throw problem('install_refused', { detail: taken.message });
    // What was shown was read from the tarball; what will run is what npm made of it.
    if (found.version !== facts.version || !isDeepStrictEqual(found.manifest, facts.manifest))
      throw problem('install_refused', { detail: 'What npm laid out is not what the tarball was read to be. Do not trust this package.' });
    const current = row?.installed ? row : null;
    const isolation = body.isolation ?? current?.isolation ?? 'isolated';
    const request = { found, isolation, row: current, settings: body.settings, generation: (current?.generation ?? 0) + 1 };
    let settings: NewSettings | undefined;
    if (current?.enabled && this.lifecycle.runs(pluginId)) {
      settings = await this.trial.run(request).catch((error: unknown) => this.updateFailed(id, pluginId, facts.version, error));
    } else if (body.settings !== undefined) {
      settings = await this.trial.fitOnly(request);
    }
    if (row && !current) await this.scopes.forget(pluginId);
    await this.database.transaction(async (em) => {
      const locked = await em.findOneOrFail(PluginInstallSchema, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (locked.state !== 'staged') throw problem('install_not_staged', { detail: `The install is ${locked.state}.` });
      const plugin = await this.store.lockOrMake(em, pluginId, facts.version, current === null);
      this.packages.install(plugin, { sha512, found, source: install.source, isolation });
      if (settings) {
        plugin.settings = settings.open;
        plugin.secrets = this.secrets.seal(pluginId, settings.secrets);
      }
      plugin.generation++;
      plugin.revision++;
      locked.state = 'installed';
      locked.facts = { ...facts, previousVersion: current?.version ?? null };
      await em.flush();
      const type = current ? 'updated' : 'installed';
      await this.store.note(em, pluginId, { type, version: facts.version, message: install.source.location, actor: actor.name });
      const change = {
        version: facts.version,
        previousVersion: current?.version ?? null,
        sha512,
        permissions: facts.manifest.permissions,
        isolation,
      };
      await this.audit.record(em, actor, { action: `plugin.${type}`, target: { kind: 'plugin', id: pluginId, name: pluginId }, change });
      await this.tell(em, id, 'installed');
      await this.store.announce(em, plugin);
    });
    await this.lifecycle.apply(pluginId);
    return this.get(id);
  }

  private async begin(
    actor: Actor,
    source: PluginSource,
    fetch: (log: InstallLog) => Promise<{ folder: string; path: string }>,
  ): Promise<PluginInstall> {
    const id = newId('plg');
    const now = Date.now();
    await this.database.transaction(async (em) => {
      em.create(PluginInstallSchema, {
        id,
        state: 'fetching',
        source,
        createdAt: new Date(now),
        createdBy: actor.id,
        expiresAt: new Date(now + lifeMs),
        problems: [],
        log: [],
      });
      await em.flush();
      await this.audit.record(em, actor, {
        action: 'plugin_install.started',
        target: { kind: 'plugin', id: null, name: source.location },
        change: source,
      });
    });
    const work = this.stage(id, fetch).catch((error: unknown) => this.log.error(`The install ${id} could not be staged`, error));
    this.underWay.add(work);
    void work.finally(() => this.underWay.delete(work));
    return this.get(id);
  }

  private async stage(id: string, fetch: (log: InstallLog) => Promise<{ folder: string; path: string }>): Promise<void> {
    const log = new InstallLog(this.database, id);
    let folder: string | undefined;
    let staged: Staged = { facts: null, sha512: null, problems: [] };
    try {
      const tarball = await fetch(log);
      folder = tarball.folder;
      staged = await this.look(tarball.path, log, (seen) => (staged = seen));
    } catch (error) {
      const known = error instanceof FetchFailed || error instanceof NpmFailed || error instanceof PackageFault;
      if (!known) this.log.error(`The install ${id} failed`, error);
      const message = known ? error.message : 'Something failed on our side; the log of the server says more.';
      staged = { ...staged, problems: [...staged.problems, refusal(known ? error.code : 'internal_error', message)] };
    } finally {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
    const state = staged.problems.some((one) => one.blocking) || staged.facts === null ? 'failed' : 'staged';
    log.line(state === 'staged' ? 'Ready to be confirmed' : 'It cannot be installed');
    await log.close();
    await this.database.transaction(async (em) => {
      const row = await em.findOneOrFail(PluginInstallSchema, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      row.facts = staged.facts;
      row.pluginId = staged.facts?.manifest.id ?? null;
      row.sha512 = staged.sha512;
      row.problems = [...staged.problems];
      // Somebody may have discarded it meanwhile.
      if (row.state === 'fetching') row.state = state;
      await em.flush();
      await this.tell(em, id, row.state);
    });
  }

  /** Everything that can be said of a tarball without running it; then npm unpacks it. */
  private async look(path: string, log: InstallLog, seen: (so: Staged) => void): Promise<Staged> {
    const sizeBytes = (await stat(path)).size;
    if (sizeBytes > largestTarballBytes)
      return {
        facts: null,
        sha512: null,
        problems: [refusal('too_large', `The tarball has more than ${largestTarballBytes / 1024 / 1024} MiB.`)],
      };
    const judged = await judgePackage(path);
    if (!judged.facts) return { facts: null, sha512: null, problems: judged.problems };
    const { name, version, description, manifest, files, readme } = judged.facts;
    const facts = { packageName: name, version, sizeBytes, description, manifest, readme, files, dependencies: [] };
    const sha512 = await sha512Of(path);
    log.line(`${name} ${version}: ${files} files, SHA-512 ${sha512.slice(0, 16)}…`);
    const row = await this.store.anyRow(manifest.id);
    const taken = takenBy(row, name, await this.packageNameOf(row));
    const problems = [...judged.problems, ...(taken ? [taken] : [])];
    if (problems.some((one) => one.blocking)) return { facts, sha512, problems };
    seen({ facts, sha512, problems });
    log.line('Unpacking with npm, without running any script');
    const lock = await this.folders.unpack(path, sha512, name, null, (line) => log.line(line));
    const { dependencies, problems: more } = judgeLock(lock, name);
    const full = { facts: { ...facts, dependencies }, sha512, problems: [...problems, ...more] };
    if (!more.some((one) => one.blocking)) await this.keep(log.id, path, lock, full.facts, sha512);
    return full;
  }

  /** Puts tarball and lock where every process reaches them. */
  private async keep(id: string, path: string, lock: string, facts: InstallFacts, sha512: string): Promise<void> {
    // From here on the sweep knows that somebody needs the package.
    await this.database.transaction((em) => em.execute('update plugin_install set sha512 = ? where id = ?', [sha512, id], 'run'));
    const known = await this.database.read((em) => em.execute('select 1 from plugin_package where sha512 = ?', [sha512]));
    if (known.length > 0) return;
    const tarball = await this.storage.adopt('plugin-packages', path);
    const lockObject = await this.storage.put('plugin-packages', Buffer.from(lock));
    await this.database.transaction((em) =>
      em.execute(
        `insert into plugin_package (sha512, name, version, plugin_id, size_bytes, tarball_key, lock_key, readme)
         values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (sha512) do nothing`,
        [sha512, facts.packageName, facts.version, facts.manifest.id, facts.sizeBytes, tarball.key, lockObject.key, facts.readme],
      ),
    );
  }

  private async staged(id: string): Promise<{ install: PluginInstallRow; facts: InstallFacts; sha512: string }> {
    const install = await this.database.read((em) => em.findOne(PluginInstallSchema, { id }));
    if (!install) throw unknown(id);
    const { facts, sha512 } = install;
    const blocking = install.problems.filter((one) => one.blocking);
    if (blocking.length > 0) throw problem('install_refused', { detail: blocking.map((one) => one.message).join(' ') });
    if (install.state !== 'staged' || !facts || !sha512 || install.expiresAt.getTime() < Date.now())
      throw problem('install_not_staged', { detail: `The install is ${install.state === 'staged' ? 'expired' : install.state}.` });
    return { install, facts, sha512 };
  }

  private async updateFailed(id: string, pluginId: string, version: string, error: unknown): Promise<never> {
    if (error instanceof ProblemError) throw error;
    const message = `Version ${version} does not run: ${words(error)}`.slice(0, 2_000);
    await this.database.transaction(async (em) => {
      const row = await em.findOne(PluginSchema, { id: pluginId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (row) await this.packages.recordSetback(em, row, { code: 'update_failed', message });
      const install = await em.findOneOrFail(PluginInstallSchema, { id });
      install.problems = [
        ...install.problems.filter((one) => one.code !== 'update_failed'),
        { code: 'update_failed', message, blocking: false },
      ];
      await em.flush();
    });
    throw problem('plugin_update_failed', { detail: message, cause: error });
  }

  private async packageNameOf(row: PluginRow | null): Promise<string | null> {
    if (!row?.packageSha512) return null;
    const [found] = await this.database.read((em) =>
      em.execute<{ name: string }[]>('select name from plugin_package where sha512 = ?', [row.packageSha512]),
    );
    return found?.name ?? null;
  }

  private tell(em: Parameters<EventBus['record']>[0], id: string, state: string): Promise<void> {
    return this.events.record(em, { topic: 'plugins', type: 'plugin.install_changed', data: { id, state } });
  }
}

/** An id belongs to whoever has it: another package under it would get its settings and secrets. */
function takenBy(row: PluginRow | null, packageName: string, owner: string | null): PluginInstallProblem | null {
  if (!row?.listed) return null;
  if (!row.installed)
    return refusal(
      'id_taken',
      `plugins.yaml names a plugin ${row.id} already (${row.source.location}). Take that entry out and restart, or use another id.`,
    );
  if (owner !== null && owner !== packageName)
    return refusal(
      'id_taken',
      `The plugin ${row.id} is installed from the package ${owner}; this is ${packageName}. Uninstall the other one first.`,
    );
  return null;
}

const unknown = (id: string) => problem('not_found', { detail: `There is no install ${id}.` });
