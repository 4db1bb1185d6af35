import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { FromChild, ToChild } from './child/job-messages.js';

export type Outcome =
  | { readonly type: 'result'; readonly result: unknown }
  | Extract<FromChild, { type: 'failure' | 'fault' }>
  | { readonly type: 'memory' | 'deadline' | 'killed' }
  | { readonly type: 'ended'; readonly detail: string };

export interface JobChildOptions {
  /** Path below the server's `dist`, or absolute. */
  readonly program: string;
  readonly prepared: unknown;
  readonly workFolder: string;
  readonly checkpoint: Uint8Array | null;
  readonly memoryMb: number;
  readonly deadlineMs: number;
  readonly onMessage: (message: Extract<FromChild, { type: 'progress' | 'metrics' | 'log' | 'checkpoint' | 'question' }>) => void;
}

// Built code runs in the child, also when a test runs the parent from its sources.
const distFolder = fileURLToPath(new URL('../../', import.meta.url)).replace(/([\\/])src([\\/])$/, '$1dist$2');
const entry = resolve(distFolder, 'platform/jobs/child/main.js');
const memoryWatchMs = 250;
const graceMs = 5_000;
/** What Node itself takes of RLIMIT_DATA before the first line of a program, with room for its threads (seen: 0.5 to 1 GiB). */
const runtimeMb = 2_048;
const keptOutputCharacters = 8_000;

/** One child process for one attempt: its own folder, nearly no environment, limits, a deadline. */
export class JobChild {
  readonly outcome: Promise<Outcome>;
  readonly #process: ChildProcess;
  readonly #timers: NodeJS.Timeout[] = [];
  #settle: (outcome: Outcome) => void = () => undefined;
  #output = '';
  #aborted = false;

  constructor(private readonly options: JobChildOptions) {
    this.outcome = new Promise((settle) => {
      this.#settle = settle;
    });
    void this.outcome.then(() => this.#end());
    this.#process = spawnLimited(options);
    this.#process.on('message', (message: FromChild) => this.#take(message));
    this.#process.on('error', (error) => this.#settle({ type: 'ended', detail: `it could not start: ${error.message}` }));
    this.#process.on('exit', (code, signal) => this.#settle({ type: 'ended', detail: signal ? `signal ${signal}` : `exit code ${code}` }));
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-keptOutputCharacters);
      });
    this.#timers.push(
      setTimeout(() => this.#settle({ type: 'deadline' }), Math.min(options.deadlineMs, 2 ** 31 - 1)),
      setInterval(() => void this.#watchMemory(), memoryWatchMs),
    );
  }

  /** The last that it wrote to its own standard output and error; for the server's log only. */
  get output(): string {
    return this.#output;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  send(message: ToChild): void {
    // A child that died is heard of through its exit.
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Asks it to stop, and kills it when it has not after the grace time. */
  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.send({ type: 'abort' });
    this.#timers.push(setTimeout(() => this.kill(), graceMs));
  }

  kill(): void {
    this.#settle({ type: 'killed' });
  }

  #take(message: FromChild): void {
    switch (message.type) {
      case 'ready': {
        if (this.#aborted) return this.kill();
        const { program, prepared, workFolder, checkpoint, memoryMb, deadlineMs } = this.options;
        return this.send({
          type: 'start',
          program: pathToFileURL(resolve(distFolder, program)).href,
          prepared,
          workFolder,
          checkpoint,
          limits: { memoryMb, deadlineMs },
        });
      }
      case 'result':
      case 'failure':
      case 'fault':
        return this.#settle(message);
      default:
        return this.options.onMessage(message);
    }
  }

  async #watchMemory(): Promise<void> {
    const { pid } = this.#process;
    if (pid === undefined) return;
    const rssMb = await residentMb(pid).catch(() => 0);
    if (rssMb > this.options.memoryMb) this.#settle({ type: 'memory' });
  }

  /** Everything that matters has come by now; native threads may hang an orderly exit. */
  #end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#process.kill('SIGKILL');
  }
}

function spawnLimited({ workFolder, memoryMb, deadlineMs }: JobChildOptions): ChildProcess {
  const node = [process.execPath, `--max-old-space-size=${memoryMb}`, '--no-warnings', entry];
  const limits = [
    'ulimit -c 0',
    'ulimit -n 1024',
    `ulimit -d ${(memoryMb + runtimeMb) * 1024}`,
    // Processor seconds over all cores, only to stop what outlived its parent and its deadline.
    `ulimit -t ${Math.ceil((deadlineMs / 1000) * availableParallelism()) + 60}`,
  ].join('; ');
  // The shell replaces itself, so the limits hold for Node and the process id is Node's.
  const [command, args]: [string, string[]] =
    process.platform === 'win32' ? [node[0] ?? '', node.slice(1)] : ['/bin/sh', ['-c', `${limits}; exec "$@"`, 'sh', ...node]];
  return spawn(command, args, {
    cwd: workFolder,
    env: { HOME: workFolder, TMPDIR: workFolder, TZ: 'UTC', LANG: 'C.UTF-8', NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    windowsHide: true,
  });
}

const run = promisify(execFile);

async function residentMb(pid: number): Promise<number> {
  if (process.platform === 'linux') {
    const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]);
    return (pages * 4_096) / 1_048_576;
  }
  if (process.platform === 'win32') return 0;
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout.trim()) / 1_024;
}
