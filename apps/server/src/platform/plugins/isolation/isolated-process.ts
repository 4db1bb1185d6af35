import { isPluginError, PluginError } from '@crisol/plugin-api';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Duplex } from 'node:stream';
import { z } from 'zod';
import { ProblemError } from '../../http/problem.js';
import type { PluginPackage } from '../discovery/read-manifest.js';
import { words } from '../lifecycle/load-plugin.js';
import type { ScopeParts } from '../scope/plugin-scope.js';
import { Channel, type FrameLimits } from './channel.js';
import type { FromPlugin, PluginRequest, ToPlugin } from './child/child-messages.js';
import { encode } from './codec.js';
import { HandedFiles, ownFolder } from './handed-files.js';
import { answerAsk, takeTell, type CallContext } from './host-services.js';
import { FromPluginMessage } from './messages.js';
import { OutputFlow } from './output-flow.js';
import { childProgram, packageFolder, readablePaths } from './readable-paths.js';
import { sandboxCommand, type Machine } from './sandbox.js';
import { Turns } from './turns.js';
import { fromWireError, toWireError } from './wire-error.js';

const readyMs = 15_000;
const graceMs = 2_000;
const memoryWatchMs = 250;
/** Typed arrays from this size on go through a file: the pipe would take many small steps for them. */
const fileFromBytes = 262_144;
const mostAsksAtOnce = 256;
/** Answers that may be as large as a table are fetched so many at a time, and not while others wait to be read. */
const mostLargeAsks = 4;
const largeAsks: ReadonlySet<string> = new Set(['artifacts.get', 'datasets.read', 'table.query', 'table.read']);
/** What waits to be read by a process that reads nothing. */
const mostUnreadBytes = 256 * 1_048_576;

/** Thrown to the calls that were under way when a plugin's process ended. */
export class PluginProcessEnded extends Error {
  override readonly name = 'PluginProcessEnded';
}

export interface RequestOptions {
  /** In words, such as `send`. */
  readonly what: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly context?: CallContext;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  readonly context: CallContext;
  readonly asks: AbortController;
}

export interface ProcessOptions {
  readonly found: PluginPackage;
  readonly machine: Machine;
  readonly limits: FrameLimits;
  readonly niceness: number;
}
/** Whom a process tells what happens outside of calls. */
export interface ProcessListener {
  /** A line of its output, or what the host has to say of it. */
  onOutput(line: string): void;
  /** A fault outside of any call. */
  onFault(cause: string): void;
}

/** One process with one plugin in it. Nothing that it sends is believed, and its end is only ever its own. */
export class IsolatedProcess {
  /** Why it ended, in words; never rejects. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private readonly channel: Channel;
  private readonly pipe: Duplex;
  private readonly pending = new Map<number, Pending>();
  private readonly asks = new Map<number, AbortController>();
  private readonly output: OutputFlow;
  private readonly ready = Promise.withResolvers<void>();
  private readonly memoryWatch: NodeJS.Timeout;
  private parts: ScopeParts | undefined;
  private listener: ProcessListener | undefined;
  private cause: string | undefined;
  private settleEnd: (cause: string) => void = () => undefined;
  private nextId = 1;
  private watchedPid: number | undefined;
  private askedBytes = 0;
  private readonly largeTurns = new Turns(mostLargeAsks);

  static async spawn(options: ProcessOptions): Promise<IsolatedProcess> {
    const readable = await readablePaths(await packageFolder(options.found.entry));
    const process_ = new IsolatedProcess(options, readable, new HandedFiles(), ownFolder(tmpdir()));
    const timer = setTimeout(() => process_.kill(`it did not start within ${readyMs / 1000} s`), readyMs);
    try {
      await process_.ready.promise;
      return process_;
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(
    private readonly options: ProcessOptions,
    readable: readonly string[],
    private readonly files: HandedFiles,
    private readonly scratchFolder: string,
  ) {
    const { found, machine, limits, niceness } = options;
    const sandbox = sandboxCommand(machine, {
      permissions: found.manifest.permissions,
      readable: [...readable, files.folder],
      scratchFolder,
      program: childProgram,
      niceness,
    });
    this.child = spawn(sandbox.command, sandbox.args, {
      cwd: scratchFolder,
      env: { ...sandbox.env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const pipe = this.child.stdio[3];
    if (!(pipe instanceof Duplex)) throw new PluginProcessEnded('The process has no pipe.');
    this.pipe = pipe;
    this.ended = new Promise((resolve) => {
      this.settleEnd = resolve;
    });
    this.ready.promise.catch(() => undefined);
    this.output = new OutputFlow((line) => this.listener?.onOutput(line));
    for (const stream of [this.child.stdout, this.child.stderr]) if (stream) this.output.drain(stream);
    // What cannot be written to a process that has gone is told by its exit.
    pipe.on('error', () => undefined);
    this.channel = new Channel(pipe, {
      limits,
      busyShare: 0.5,
      onMessage: (message, bytes) => this.take(message, bytes),
      onViolation: (reason) => this.kill(reason),
    });
    this.child.on('error', (error) => this.end(`it could not start: ${error.message}`));
    this.child.on('exit', (code, signal) => this.exited(code, signal));
    if (!sandbox.isWrapped) this.watchedPid = this.child.pid;
    this.memoryWatch = setInterval(() => void this.watchMemory(), memoryWatchMs);
    this.memoryWatch.unref();
  }

  get isAlive(): boolean {
    return this.cause === undefined;
  }
  /** Whether it belongs to an instance. */
  get isServed(): boolean {
    return this.parts !== undefined;
  }
  get callsUnderWay(): number {
    return this.pending.size;
  }
  /** Of the process that was started; for tests and for people. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** What the plugin may ask for from now on, and who hears of it. What it wrote before is told now. */
  serve(parts: ScopeParts, listener: ProcessListener): void {
    this.parts = parts;
    this.listener = listener;
    for (const line of this.output.tail) listener.onOutput(line);
  }

  async request(request: PluginRequest, { what, deadlineMs, signal, context = {} }: RequestOptions): Promise<unknown> {
    signal?.throwIfAborted();
    if (this.cause !== undefined) throw new PluginProcessEnded(this.cause);
    const id = this.nextId++;
    const answer = Promise.withResolvers<unknown>();
    const asks = new AbortController();
    // It may end while a table is still on its way into a file.
    answer.promise.catch(() => undefined);
    this.pending.set(id, { resolve: answer.resolve, reject: answer.reject, context, asks });
    const timers: NodeJS.Timeout[] = [];
    let isSent = false;
    const giveUp = (): void => {
      asks.abort();
      if (!isSent) return signal?.aborted ? answer.reject(abortedBy(signal)) : this.kill('it does not read what the host sends');
      this.send({ t: 'abort', id });
      timers.push(setTimeout(() => this.kill(`it did not end ${what} within ${graceMs / 1000} s of being told to`), graceMs));
    };
    timers.push(setTimeout(giveUp, deadlineMs));
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await Promise.race([this.files.room(), answer.promise]);
      isSent = true;
      await this.sendLarge({ t: 'request', id, request });
      return await answer.promise;
    } catch (error) {
      throw this.cause === undefined ? error : new PluginProcessEnded(this.endedWith(this.cause));
    } finally {
      this.pending.delete(id);
      asks.abort();
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Ends it now. The first cause counts. */
  kill(cause: string): void {
    this.end(cause);
    this.child.kill('SIGKILL');
  }

  private send(message: ToPlugin): void {
    if (this.pipe.writableLength > mostUnreadBytes) return this.kill('it does not read what the host sends');
    this.channel.send(message);
  }

  private async sendLarge(message: ToPlugin): Promise<void> {
    const encoded = encode([message, null], fileFromBytes);
    if (encoded.fileSections.length === 0) return this.channel.write(encoded);
    const path = await this.files.write(encoded.fileSections);
    // The pair's second half, which was null: it is the last thing in the JSON.
    this.channel.write({ ...encoded, json: `${encoded.json.slice(0, -'null]'.length)}${JSON.stringify(path)}]` });
  }

  private take(raw: unknown, bytes: number): void {
    const parsed = FromPluginMessage.safeParse(raw);
    if (!parsed.success) return this.kill('it sent a message that is none');
    const message = parsed.data;
    switch (message.t) {
      case 'ready':
        return this.ready.resolve();
      case 'answer':
        return this.pending.get(message.id)?.resolve(message.value);
      case 'error':
        return this.pending.get(message.id)?.reject(fromWireError(message.error));
      case 'ask':
        return void this.answer(message, bytes);
      case 'ask-abort':
        return this.asks.get(message.id)?.abort();
      case 'tell':
        return this.hear(message);
      case 'free':
        return void this.files.free(message.file);
      case 'fault':
        return this.listener?.onFault(message.cause);
    }
  }

  private async answer({ id, call, of, method, args }: Extract<FromPlugin, { t: 'ask' }>, bytes: number): Promise<void> {
    if (this.asks.size >= mostAsksAtOnce || this.asks.has(id)) return this.kill(`it asks for more than ${mostAsksAtOnce} things at once`);
    const pending = this.pending.get(call);
    const abort = new AbortController();
    this.asks.set(id, abort);
    this.askedBytes += bytes;
    const signal = pending ? AbortSignal.any([abort.signal, pending.asks.signal]) : abort.signal;
    const onLine = (line: string, stream: 'stdout' | 'stderr'): void => this.send({ t: 'line', id, line, stream });
    const { parts } = this;
    const reply = async (): Promise<void> => {
      signal.throwIfAborted();
      if (!parts) throw new PluginError('rejected', 'A plugin asks for nothing before it has been started.');
      const value = await answerAsk(parts, of, method, args, { ...pending?.context, signal, onLine });
      await this.sendLarge({ t: 'reply', id, value });
    };
    try {
      const { jsonBytes, binaryBytes } = this.options.limits;
      // Each is held until it is done with; a message of any size that is taken at all has room beside another.
      if (this.askedBytes > 2 * (jsonBytes + binaryBytes)) throw new PluginError('retry', 'The plugin sends too much at once.');
      if (!largeAsks.has(`${of}.${method}`)) return await reply();
      await this.largeTurns.take(async () => {
        await this.files.room();
        await reply();
      });
    } catch (error) {
      this.send({ t: 'reply-error', id, error: toWireError(forPlugin(error)) });
    } finally {
      this.asks.delete(id);
      this.askedBytes -= bytes;
    }
  }

  private hear({ call, of, method, args }: Extract<FromPlugin, { t: 'tell' }>): void {
    if (!this.parts) return;
    try {
      takeTell(this.parts, of, method, args, this.pending.get(call)?.context ?? {});
    } catch (error) {
      this.listener?.onOutput(`The host did not take ${of}.${method}: ${words(error).slice(0, 500)}`);
    }
  }

  private exited(code: number | null, signal: string | null): void {
    const how = signal ? `signal ${signal}` : `exit code ${code}`;
    // Its last words are still in the pipes for a moment.
    const settle = (): void => this.end(`it ended with ${how}${this.lastWords()}`);
    const timer = setTimeout(settle, 200);
    this.child.once('close', () => {
      clearTimeout(timer);
      settle();
    });
  }

  private lastWords(): string {
    const line = this.output.tail.findLast((candidate) => /\b\w*Error\b|FATAL|heap/.test(candidate));
    return line ? ` (${line.trim().slice(0, 300)})` : '';
  }

  private end(cause: string): void {
    if (this.cause !== undefined) return;
    this.cause = cause;
    clearInterval(this.memoryWatch);
    const error = new PluginProcessEnded(this.endedWith(cause));
    this.ready.reject(error);
    for (const { reject } of this.pending.values()) reject(error);
    for (const abort of this.asks.values()) abort.abort();
    this.pipe.destroy();
    this.output.end();
    this.files.close();
    rmSync(this.scratchFolder, { recursive: true, force: true });
    this.settleEnd(cause);
  }

  private endedWith(cause: string): string {
    return `The process of plugin ${this.options.found.manifest.id} is gone: ${cause}.`;
  }

  private async watchMemory(): Promise<void> {
    const { memoryMb } = this.options.found.manifest.permissions;
    if (process.platform !== 'linux' || this.child.pid === undefined) return;
    try {
      this.watchedPid ??= Number((await readFile(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8')).trim()) || undefined;
      if (this.watchedPid === undefined) return;
      const pages = Number((await readFile(`/proc/${this.watchedPid}/statm`, 'utf8')).split(' ')[1]);
      if ((pages * 4_096) / 1_048_576 > memoryMb) this.kill(`it needs more than its ${memoryMb} MiB of memory`);
    } catch {
      // It has just gone; its exit says so.
    }
  }
}

function abortedBy({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new DOMException('The call was given up.', 'AbortError');
}

/** Problems of the host are no plugin errors, but a plugin acts on those only. */
function forPlugin(error: unknown): unknown {
  if (error instanceof ProblemError) return new PluginError('retry', error.message);
  if (error instanceof z.ZodError)
    return new PluginError('invalid_input', `The arguments do not fit: ${z.prettifyError(error).slice(0, 1_000)}`);
  if (isPluginError(error)) return error;
  return new PluginError('retry', 'The host could not do this; its log says more.');
}
