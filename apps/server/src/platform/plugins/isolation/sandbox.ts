import type { PluginContainment, PluginPermissions } from '@crisol/contracts';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, sep } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The environment of the tools that lead to the plugin's process; the process itself gets the same and nothing more. */
const toolPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const namespaces = ['--user', '--map-root-user', '--net', '--pid', '--mount', '--ipc', '--fork', '--kill-child'];
/** What Node itself takes of RLIMIT_DATA before the first line of a program, with room for its threads (seen: 0.5 to 1 GiB). */
const runtimeMb = 2_048;
const mostHidden = 50;

/** Which means of keeping a process apart this machine has. */
export interface Machine {
  readonly hasShell: boolean;
  readonly hasNamespaces: boolean;
  readonly hasParentSignal: boolean;
  readonly hasTaskset: boolean;
}
export const bareMachine: Machine = { hasShell: false, hasNamespaces: false, hasParentSignal: false, hasTaskset: false };

let probed: Promise<Machine> | undefined;
/** Tried once for each process, by doing it. */
export function probeMachine(): Promise<Machine> {
  probed ??= probe();
  return probed;
}

async function probe(): Promise<Machine> {
  if (process.platform === 'win32') return bareMachine;
  const works = (command: string, args: readonly string[]): Promise<boolean> =>
    run(command, [...args, 'true'], { env: { PATH: toolPath }, timeout: 5_000 }).then(
      () => true,
      () => false,
    );
  const [hasShell, hasParentSignal, hasTaskset, hasNamespaces] = await Promise.all([
    works('/bin/sh', ['-c', 'exec "$@"', 'sh']),
    works('setpriv', ['--pdeathsig', 'KILL']),
    works('taskset', ['-c', String(lastProcessors(1))]),
    works('unshare', namespaces),
  ]);
  return { hasShell, hasParentSignal, hasTaskset, hasNamespaces };
}

export interface SandboxOptions {
  readonly permissions: Pick<PluginPermissions, 'memoryMb' | 'cpus'>;
  readonly readable: readonly string[];
  /** The one folder that it may write to; its working directory. */
  readonly scratchFolder: string;
  readonly program: string;
  /** 0 for as important as the host itself. */
  readonly niceness: number;
}
export interface SandboxCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the process that is started is the parent of Node, and not Node itself. */
  readonly isWrapped: boolean;
}

/** The command line of a plugin's process: limits, then namespaces, then Node with its permission model. */
export function sandboxCommand(machine: Machine, options: SandboxOptions): SandboxCommand {
  const { permissions, readable, scratchFolder, program, niceness } = options;
  const node = [
    process.execPath,
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--allow-fs-read=${scratchFolder}`,
    `--allow-fs-write=${scratchFolder}`,
    `--max-old-space-size=${permissions.memoryMb}`,
    `--v8-pool-size=${permissions.cpus}`,
    // SQLite opens, attaches and writes files that the permission model never hears of.
    '--no-experimental-sqlite',
    '--no-warnings',
    program,
  ];
  const env = {
    PATH: toolPath,
    HOME: scratchFolder,
    TMPDIR: scratchFolder,
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    NODE_ENV: 'production',
    UV_THREADPOOL_SIZE: String(Math.max(2, permissions.cpus)),
  };
  if (!machine.hasShell) return { command: process.execPath, args: node.slice(1), env, isWrapped: false };
  const limits = [
    'ulimit -c 0',
    'ulimit -n 256',
    `ulimit -d ${(permissions.memoryMb + runtimeMb) * 1024}`,
    // 512 bytes each: no file of more than 256 MiB.
    'ulimit -f 524288',
  ].join('; ');
  const chain = [
    ...(niceness > 0 ? ['nice', '-n', String(niceness)] : []),
    ...(machine.hasTaskset && permissions.cpus < availableParallelism() ? ['taskset', '-c', lastProcessors(permissions.cpus)] : []),
    ...(machine.hasParentSignal ? ['setpriv', '--pdeathsig', 'KILL'] : []),
    ...(machine.hasNamespaces ? ['unshare', ...namespaces, ...hiding(socketFolders([...readable, scratchFolder]))] : []),
    ...node,
  ];
  return { command: '/bin/sh', args: ['-c', `${limits}; unset PWD; exec "$@"`, 'sh', ...chain], env, isWrapped: machine.hasNamespaces };
}

/** Covers folders with an empty one, inside the plugin's own view of the file system. */
function hiding(folders: readonly string[]): string[] {
  const script =
    'n=$1; shift; while [ $n -gt 0 ]; do mount -t tmpfs -o size=4k,mode=000 none "$1" 2>/dev/null; shift; n=$((n-1)); done; unset PWD; exec "$@"';
  return ['/bin/sh', '-c', script, 'sh', String(folders.length), ...folders];
}

/** Where services of this machine listen in the file system, such as PostgreSQL or Docker: no network namespace covers those. */
function socketFolders(needed: readonly string[]): string[] {
  let table: string;
  try {
    table = readFileSync('/proc/net/unix', 'utf8');
  } catch {
    return [];
  }
  const folders = new Set(
    table.split('\n').flatMap((line) => (/ (\/\S.*)$/.exec(line)?.[1] ? [dirname(/ (\/\S.*)$/.exec(line)?.[1] ?? '')] : [])),
  );
  folders.add('/run');
  const holds = (folder: string) => folder === '/' || needed.some((path) => path === folder || path.startsWith(folder + sep));
  return [...folders]
    .filter((folder) => !holds(folder) && !holds(dirname(process.execPath)) && !process.execPath.startsWith(folder + sep))
    .slice(0, mostHidden);
}

/** The server itself tends to run on the first ones. */
function lastProcessors(count: number): string {
  let allowed: number[];
  try {
    const list = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    allowed = list.split(',').flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
  } catch {
    allowed = [0];
  }
  return allowed.slice(-count).join(',');
}

/** What isolation contains on this machine, for the plugin's page and for the guide. */
export function describeContainment(machine: Machine): PluginContainment {
  const { hasNamespaces, hasShell, hasParentSignal, hasTaskset } = machine;
  const fact = (name: string, contained: boolean, how: string) => ({ name, contained, how });
  const isLinux = process.platform === 'linux';
  return {
    facts: [
      fact('environment', true, 'Nothing is inherited: seven fixed variables, no settings and no secrets of the server.'),
      fact(
        'files',
        true,
        "Node's permission model: it reads its own package, what it depends on and the program that runs it, and writes to a scratch folder of its own.",
      ),
      fact('processes', true, "Node's permission model refuses child processes, worker threads, add-ons and WASI."),
      fact(
        'signals',
        hasNamespaces,
        hasNamespaces
          ? 'A namespace of its own: it sees no other process.'
          : 'Refused by code in its own process only; this machine gives no process namespace.',
      ),
      fact(
        'network',
        hasNamespaces,
        hasNamespaces
          ? 'A network namespace without any interface; HttpClient goes through the host, to declared hosts.'
          : 'Refused by code in its own process only; this machine gives no network namespace.',
      ),
      fact(
        'local sockets',
        hasNamespaces,
        hasNamespaces
          ? 'Refused by code in its own process, and the folders of sockets that were there at its start are covered.'
          : 'Refused by code in its own process only.',
      ),
      fact(
        'memory',
        isLinux,
        isLinux
          ? 'Heap limit, limit of data, and a watch of its resident memory four times a second.'
          : 'A heap limit; memory outside of the heap is not limited on this system.',
      ),
      fact(
        'processors',
        hasTaskset,
        hasTaskset
          ? 'Bound to as many as it declares, at lower priority.'
          : hasShell
            ? 'Lower priority only; taskset is missing.'
            : 'Not limited on this system.',
      ),
      fact('time', true, 'Every call has a deadline; a process that does not end an aborted call is killed.'),
      fact('answers', true, 'A message over its limit is refused by its header, before it is read; every answer is checked.'),
      fact('output', true, 'At most 100 lines and 256 kB a second are taken; a flood holds itself back.'),
      fact(
        'end of the server',
        hasParentSignal || hasNamespaces,
        hasParentSignal
          ? 'The system ends it with the server, even one that computes.'
          : 'It ends when its pipe closes; one that computes without a pause goes on.',
      ),
      fact(
        'disk',
        hasShell,
        hasShell
          ? 'No file of more than 256 MiB; the number of files in its scratch folder is not limited.'
          : 'Not limited on this system.',
      ),
    ],
  };
}
