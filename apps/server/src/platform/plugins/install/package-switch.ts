import { Injectable, Logger } from '@nestjs/common';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import type { PluginIsolation, PluginSource } from '@crisol/contracts';
import { Database } from '../../database/database.js';
import { readManifest, type PluginPackage } from '../discovery/read-manifest.js';
import { PluginStore } from '../lifecycle/plugin-store.js';
import { PluginSchema, type PluginRow, type Setback } from '../plugin.entity.js';
import { PackageFault, PackageFolders } from './package-folders.js';

/** For how long an update is on probation: quarantined within it, the former version comes back by itself. */
const probationMs = 600_000;

/** Says which package a plugin runs. Every process follows, as with any other change of the row. */
@Injectable()
export class PackageSwitch {
  private readonly log = new Logger('Plugins');

  constructor(
    private readonly database: Database,
    private readonly store: PluginStore,
    private readonly folders: PackageFolders,
  ) {}

  /** What an unpacked and checked package holds. @throws PackageFault */
  async read(sha512: string): Promise<PluginPackage> {
    const read = await readManifest(await this.folders.ready(sha512));
    if (!read.ok) throw new PackageFault('package_changed', read.message);
    return read.value;
  }

  /** Writes a package into the row, which the caller has locked; keeps the one before. */
  install(row: PluginRow, next: { sha512: string; found: PluginPackage; source: PluginSource; isolation: PluginIsolation }): void {
    const isUpdate = row.installed && row.packageSha512 !== null && row.packageSha512 !== next.sha512;
    const former = isUpdate
      ? { formerSha512: row.packageSha512, formerSource: row.source, probationUntil: new Date(Date.now() + probationMs) }
      : { formerSha512: null, formerSource: null, probationUntil: null };
    Object.assign(row, former, factsOf(next.found), {
      source: next.source,
      installed: true,
      listed: true,
      required: false,
      isolation: next.isolation,
      isolationChosen: true,
      packageSha512: next.sha512,
      installedAt: new Date(),
      setback: null,
    });
  }

  /**
   * Puts the former package back, when the failing one is still the row's and has one before it.
   * @param failing - the package that does not run
   * @returns whether it did
   */
  async fallBack(id: string, failing: string, setback: Setback, onlyOnProbation: boolean): Promise<boolean> {
    const row = await this.store.row(id);
    if (!row?.formerSha512 || row.packageSha512 !== failing || (onlyOnProbation && !isOnProbation(row))) return false;
    const sha512 = row.formerSha512;
    const found = await this.read(sha512);
    const done = await this.database.transaction(async (em) => {
      const locked = await em.findOne(PluginSchema, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      // Another process saw the same, or an operator was faster.
      if (!locked || locked.packageSha512 !== failing || locked.formerSha512 !== sha512) return false;
      const failed = locked.version;
      Object.assign(locked, factsOf(found), {
        source: locked.formerSource ?? locked.source,
        packageSha512: sha512,
        formerSha512: null,
        formerSource: null,
        probationUntil: null,
        setback: { ...setback, message: `Version ${failed} does not run, ${found.version} does: ${setback.message}`.slice(0, 2_000) },
        generation: locked.generation + 1,
        revision: locked.revision + 1,
      });
      await em.flush();
      await this.store.note(em, id, { type: 'fell_back', code: setback.code, message: setback.message, version: found.version });
      await this.store.announce(em, locked);
      return true;
    });
    if (done) this.log.warn(`Plugin ${id} fell back to version ${found.version}: ${setback.message}`);
    return done;
  }

  /** Says that a newer version was tried and does not run; the row's package stays. */
  async recordSetback(em: EntityManager, row: PluginRow, setback: Setback): Promise<void> {
    row.setback = setback;
    await this.store.changeState(em, row, { state: row.state === 'active' ? 'degraded' : row.state, ...setback });
  }
}

export function isOnProbation(row: PluginRow): boolean {
  return row.probationUntil !== null && row.probationUntil !== undefined && row.probationUntil.getTime() > Date.now();
}

function factsOf(found: PluginPackage) {
  const { manifest, version, description } = found;
  return { version, description, kinds: manifest.kinds, apiRange: manifest.api, permissions: manifest.permissions };
}
