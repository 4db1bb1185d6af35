import { Injectable, Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { hasCode } from '../has-code.js';
import { SecretBox } from '../settings/secret-box.js';
import { ObjectStorage } from '../../storage/object-storage.port.js';
import { linkPeers, peerPaths } from './link-peers.js';
import { NpmFailed, runNpm } from './npm.js';
import { digestsOf, firstDifference, sha512Of } from './package-files.js';

/** Why the code of a package cannot be loaded from this machine's disk. */
export class PackageFault extends Error {
  override readonly name = 'PackageFault';
  constructor(
    readonly code: 'package_changed' | 'package_missing' | 'npm_missing' | 'npm_failed',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

const TARBALL = 'package.tgz';
const LOCK = 'package-lock.json';
/** Written last: what npm unpacked, file by file, signed with the master key. */
const SEAL = '.sealed.json';
const Seal = z.object({ sha512: z.string(), name: z.string(), files: z.record(z.string(), z.string()), signature: z.string() });
const Owned = z.looseObject({ dependencies: z.record(z.string(), z.string()).default({}) });

interface PackageRow {
  readonly name: string;
  readonly tarball_key: string;
  readonly lock_key: string;
}

/**
 * The unpacked packages of this machine, each in a folder named by the digest of its tarball: another version has another
 * folder, and so its modules other addresses. What stands there is compared with what npm laid down before any of it runs.
 */
@Injectable()
export class PackageFolders {
  private readonly log = new Logger('Plugins');
  private readonly root: string;

  constructor(
    config: Config,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly box: SecretBox,
  ) {
    this.root = join(config.dataFolder, 'plugins', 'packages');
  }

  /**
   * The folder of a package, laid out if it is not here yet, and checked.
   * @throws PackageFault
   */
  async ready(sha512: string): Promise<string> {
    const folder = this.folderOf(sha512);
    if (!(await exists(join(folder, SEAL)))) await this.fetch(sha512);
    return this.checked(sha512);
  }

  /** Unpacks a tarball of this machine; gives npm's lock. @throws NpmFailed */
  async unpack(tarball: string, sha512: string, name: string, lock: string | null, onLine?: (line: string) => void): Promise<string> {
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    const work = join(this.root, `.new-${process.pid}-${randomBytes(6).toString('hex')}`);
    await mkdir(work, { mode: 0o700 });
    try {
      await copyFile(tarball, join(work, TARBALL));
      await writeFile(join(work, 'package.json'), JSON.stringify({ private: true, dependencies: { [name]: `file:${TARBALL}` } }));
      if (lock !== null) await writeFile(join(work, LOCK), lock);
      const args = [
        '--omit=dev',
        '--omit=peer',
        '--legacy-peer-deps',
        '--no-bin-links',
        '--no-workspaces',
        '--no-global',
        '--package-lock',
      ];
      await runNpm({ folder: work, args: [lock === null ? 'install' : 'ci', ...args], ...(onLine ? { onLine } : {}) });
      const files = await digestsOf(work, peerPaths(name));
      const signature = this.box.sign(JSON.stringify([sha512, name, files]), SEAL);
      await writeFile(join(work, SEAL), JSON.stringify({ sha512, name, files, signature }));
      await rename(work, this.folderOf(sha512)).catch((error: unknown) => {
        // Another process of this machine was faster.
        if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST') && !hasCode(error, 'EPERM')) throw error;
      });
      return await readFile(join(this.folderOf(sha512), LOCK), 'utf8');
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  /** Removes the folders of packages that the database does not know any more. */
  async sweep(): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    if (names.length === 0) return;
    const known = await this.database.read((em) => em.execute<{ sha512: string }[]>('select sha512 from plugin_package'));
    const kept = new Set(known.map((row) => folderName(row.sha512)));
    for (const name of names) {
      const path = join(this.root, name);
      // What is being unpacked is nobody's yet.
      const isYoung = Date.now() - (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs < 3_600_000;
      if (kept.has(name) || (name.startsWith('.new-') && isYoung)) continue;
      await rm(path, { recursive: true, force: true });
      this.log.log(`Removed the unpacked plugin package ${name}.`);
    }
  }

  /** Removes the folder of one package. */
  async remove(sha512: string): Promise<void> {
    await rm(this.folderOf(sha512), { recursive: true, force: true });
  }

  private async fetch(sha512: string): Promise<void> {
    const [row] = await this.database.read((em) =>
      em.execute<PackageRow[]>('select name, tarball_key, lock_key from plugin_package where sha512 = ?', [sha512]),
    );
    if (!row) throw new PackageFault('package_missing', 'The package is not in the database any more. Install it again.');
    const scratch = await this.storage.scratch('plugin-package');
    try {
      const tarball = join(scratch, TARBALL);
      await pipeline(await this.storage.read(row.tarball_key), createWriteStream(tarball));
      if ((await sha512Of(tarball)) !== sha512)
        throw new PackageFault(
          'package_changed',
          'The stored tarball is not the one that was confirmed: its SHA-512 differs. Install it again.',
        );
      const lock = Buffer.concat(await (await this.storage.read(row.lock_key)).toArray()).toString('utf8');
      await this.unpack(tarball, sha512, row.name, lock);
    } catch (error) {
      if (error instanceof PackageFault) throw error;
      if (error instanceof NpmFailed) throw new PackageFault(error.code, error.message, error);
      throw new PackageFault('package_missing', 'The package could not be fetched from the storage. Install it again.', error);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  private async checked(sha512: string): Promise<string> {
    const folder = this.folderOf(sha512);
    const changed = (what: string) =>
      new PackageFault(
        'package_changed',
        `${what} on this machine is not what was installed. Find out who changed it, then install the plugin again.`,
      );
    const seal = Seal.safeParse(parseJson(await readFile(join(folder, SEAL), 'utf8').catch(() => '')));
    if (!seal.success) throw changed('The seal of the package');
    const { name, files, signature } = seal.data;
    if (seal.data.sha512 !== sha512 || signature !== this.box.sign(JSON.stringify([sha512, name, files]), SEAL))
      throw changed('The seal of the package');
    if ((await sha512Of(join(folder, TARBALL)).catch(() => '')) !== sha512) throw changed('The tarball');
    const found = await digestsOf(folder, peerPaths(name));
    delete found[SEAL];
    const different = firstDifference(files, found);
    if (different !== undefined) throw changed(different);
    const plugin = join(folder, 'node_modules', name);
    const own = Owned.parse(JSON.parse(await readFile(join(plugin, 'package.json'), 'utf8')));
    await linkPeers(join(folder, 'node_modules'), name, Object.keys(own.dependencies));
    return plugin;
  }

  private folderOf(sha512: string): string {
    return join(this.root, folderName(sha512));
  }
}

const folderName = (sha512: string): string => sha512.slice(0, 32);

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
