import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { killMarked, residentMbOf } from './process-tree.js';

export interface LimitedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Working directory, home and folder for temporary files. Nobody else uses it: processes are found again by it. */
  readonly folder: string;
  /** Where a command that is a plain name is looked up. */
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly signal: AbortSignal;
}
export interface CommandEnd {
  readonly endedBy: 'exit' | 'signal' | 'memory' | 'deadline' | 'abort';
  readonly exitCode: number | null;
  readonly errorTail: string;
}

/** There is no such program. */
export class NoSuchCommand extends Error {
  override readonly name = 'NoSuchCommand';
}

const longestLine = 16_384;
const tailCharacters = 8_000;
const watchMs = 200;
/** Shorter than the time in which the worker kills this process after an abort, so that its last words still come. */
const graceMs = 3_000;
const closeMs = 2_000;
/** What runtimes take of RLIMIT_DATA beyond what they use, as for the job's own process. */
const runtimeMb = 2_048;
const largestFileMb = 16_384;

/**
 * Runs one command in a process group of its own, without a shell that reads it, with limits, and with nothing of it left
 * when this resolves. The group also dies when this process does, however that ends: a guard in it reads from a pipe of
 * which only this process holds the other end.
 * @throws NoSuchCommand
 */
export async function runCommand(request: LimitedCommand): Promise<CommandEnd> {
  request.signal.throwIfAborted();
  const program = await locate(request.command, request.path);
  return new RunningCommand(request, program).ended;
}

async function locate(command: string, path: string): Promise<string> {
  if (command.includes('/') && !isAbsolute(command)) throw new NoSuchCommand(`"${command}" must be a plain name or an absolute path.`);
  const candidates = isAbsolute(command) ? [command] : path.split(delimiter).map((folder) => join(folder, command));
  for (const candidate of candidates) {
    const isProgram = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram) return candidate;
  }
  throw new NoSuchCommand(`There is no program ${command} on this machine.`);
}

class RunningCommand {
  readonly ended: Promise<CommandEnd>;
  readonly #child: ChildProcess;
  readonly #timers: NodeJS.Timeout[] = [];
  #endedBy: CommandEnd['endedBy'] | undefined;
  #errorTail = '';
  #listenerError: unknown;

  constructor(
    private readonly request: LimitedCommand,
    program: string,
  ) {
    this.#child = start(request, program);
    const lines = [new Lines((line) => this.#tell(line, 'stdout')), new Lines((line) => this.#tell(line, 'stderr'))];
    this.#child.stdout?.on('data', (bytes: Buffer) => lines[0]?.take(bytes));
    this.#child.stderr?.on('data', (bytes: Buffer) => {
      this.#errorTail = (this.#errorTail + bytes.toString('utf8')).slice(-tailCharacters);
      lines[1]?.take(bytes);
    });
    const abort = (): void => this.#stop('abort');
    request.signal.addEventListener('abort', abort, { once: true });
    this.#timers.push(
      setTimeout(() => this.#stop('deadline'), Math.min(request.timeoutMs, 2 ** 31 - 1)),
      setInterval(() => this.#watchMemory(), watchMs),
    );
    this.ended = this.#exit().then(async ([exitCode]) => {
      for (const timer of this.#timers) clearTimeout(timer);
      request.signal.removeEventListener('abort', abort);
      await this.#clearUp();
      for (const stream of lines) stream.end();
      if (this.#listenerError !== undefined) throw this.#listenerError;
      return { endedBy: this.#endedBy ?? (exitCode === null ? 'signal' : 'exit'), exitCode, errorTail: this.#errorTail };
    });
  }

  #exit(): Promise<[number | null]> {
    return new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code) => resolve([code]));
    });
  }

  /** A command may have left processes behind, in its group or outside of it; they hold the pipes, and they cost. */
  async #clearUp(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#signal('SIGKILL');
    // There is nothing left to guard; an open end would hold back `close`.
    this.#child.stdio[3]?.destroy();
    await killMarked(this.request.folder);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([closed, new Promise<void>((resolve) => (timer = setTimeout(resolve, closeMs)))]);
    clearTimeout(timer);
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  #tell(line: string, stream: 'stdout' | 'stderr'): void {
    if (this.#listenerError !== undefined) return;
    try {
      this.request.onLine(line, stream);
    } catch (error) {
      this.#listenerError = error;
      this.#signal('SIGKILL');
    }
  }

  #stop(why: 'deadline' | 'abort'): void {
    this.#endedBy ??= why;
    this.#signal('SIGTERM');
    this.#timers.push(setTimeout(() => this.#signal('SIGKILL'), graceMs));
  }

  #watchMemory(): void {
    const { pid } = this.#child;
    if (pid === undefined || residentMbOf(pid) <= this.request.memoryMb) return;
    this.#endedBy ??= 'memory';
    this.#signal('SIGKILL');
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is empty.
    }
  }
}

function start({ args, folder, path, environment, memoryMb, timeoutMs }: LimitedCommand, program: string): ChildProcess {
  const limits = [
    'ulimit -c 0',
    'ulimit -n 1024',
    // Half-kilobyte blocks.
    `ulimit -f ${largestFileMb * 2_048}`,
    `ulimit -d ${(memoryMb + runtimeMb) * 1_024}`,
    // Processor seconds of one process, only to stop what outlived its deadline.
    `ulimit -t ${Math.ceil(timeoutMs / 1_000) * 64 + 60}`,
  ].map((limit) => `${limit} 2>/dev/null`);
  // The shell reads nothing of the request: it becomes the program. What it leaves behind is the guard of the group.
  const guard = '{ while read -r _; do :; done <&3; kill -s KILL -- -$$; } >/dev/null 2>&1 &';
  return spawn('/bin/sh', ['-c', `${limits.join('; ')}; ${guard} exec "$@" 3<&-`, 'sh', program, ...args], {
    cwd: folder,
    env: { ...environment, PATH: path, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
}

/** Cuts a stream into lines; of a line that is too long only the start is kept. */
class Lines {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(private readonly tell: (line: string) => void) {}

  take(bytes: Buffer): void {
    const parts = this.#decoder.write(bytes).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      this.tell((this.#rest + part.slice(0, longestLine)).slice(0, longestLine).replace(/\r$/, ''));
      this.#rest = '';
    }
    this.#rest = (this.#rest + last.slice(0, longestLine)).slice(0, longestLine);
  }

  end(): void {
    if (this.#rest !== '') this.tell(this.#rest);
    this.#rest = '';
  }
}
