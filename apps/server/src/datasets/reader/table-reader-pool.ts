import { PluginError } from '@crisol/plugin-api';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { fork, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { problem } from '../../platform/http/problem.js';
import type { CellValue } from '../duckdb/cells.js';
import type { ColumnFiles, FromReader, ReaderAnswer, ReaderTask, ToReader } from './reader-messages.js';

const poolSize = 2;
const queueLength = 100;
const deadlines: Readonly<Record<ReaderTask['kind'], number>> = { page: 20_000, numbers: 20_000, columns: 120_000, export: 300_000 };
/** A reader with nothing to do ends after this time, so that an idle server is small. */
const idleMs = 60_000;
const nodeHeapMb = 256;
// Built code runs in the child, also when a test runs the parent from its sources.
const program = fileURLToPath(new URL('./reader.main.js', import.meta.url)).replace(/([\\/])src([\\/]datasets[\\/])/, '$1dist$2');

interface Waiting {
  readonly task: ReaderTask;
  readonly resolve: (answer: ReaderAnswer) => void;
  readonly reject: (error: unknown) => void;
}
interface Reader {
  readonly child: ChildProcess;
  busy: { readonly waiting: Waiting; readonly id: number; readonly timer: NodeJS.Timeout } | null;
  idle: NodeJS.Timeout | null;
}

/**
 * Reads tables in a few long-lived child processes, so that no file that somebody uploaded is opened in the server's own
 * process. A reader that hangs past its deadline is killed and replaced; only its own request fails.
 */
@Injectable()
export class TableReaderPool implements OnApplicationShutdown {
  readonly #readers = new Set<Reader>();
  readonly #queue: Waiting[] = [];
  #lastId = 0;

  /** Rows of a page, or rows by their numbers. */
  async rows(task: Extract<ReaderTask, { kind: 'page' | 'numbers' }>): Promise<CellValue[][]> {
    const answer = await this.#enqueue(task);
    return answer && !('columns' in answer) ? answer.map((row) => [...row]) : [];
  }

  /** Columns of the first rows, in files of the task's folder. Throws a `PluginError` for what the caller did wrong. */
  async columns(task: Extract<ReaderTask, { kind: 'columns' }>): Promise<ColumnFiles> {
    const answer = await this.#enqueue(task);
    return answer && 'columns' in answer ? answer : { rows: 0, columns: [] };
  }

  /** Writes a table to a file in another format. */
  async export(task: Extract<ReaderTask, { kind: 'export' }>): Promise<void> {
    await this.#enqueue(task);
  }

  onApplicationShutdown(): void {
    for (const waiting of this.#queue.splice(0)) waiting.reject(problem('not_ready', { detail: 'The server is stopping.' }));
    for (const reader of this.#readers) reader.child.kill('SIGKILL');
  }

  #enqueue(task: ReaderTask): Promise<ReaderAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#queue.length >= queueLength)
        return reject(problem('overloaded', { detail: 'Too many tables are being read at once.', retryAfterSeconds: 2 }));
      this.#queue.push({ task, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    const waiting = this.#queue[0];
    if (!waiting) return;
    const free = [...this.#readers].find((reader) => reader.busy === null) ?? (this.#readers.size < poolSize ? this.#start() : undefined);
    if (!free) return;
    this.#queue.shift();
    this.#give(free, waiting);
  }

  #give(reader: Reader, waiting: Waiting): void {
    if (reader.idle) clearTimeout(reader.idle);
    const id = ++this.#lastId;
    const timer = setTimeout(() => reader.child.kill('SIGKILL'), deadlines[waiting.task.kind]);
    reader.busy = { waiting, id, timer };
    const message: ToReader = { id, task: waiting.task };
    // A child that died is heard of through its exit.
    reader.child.send(message, () => undefined);
  }

  #start(): Reader {
    const child = fork(program, {
      execArgv: [`--max-old-space-size=${nodeHeapMb}`, '--no-warnings'],
      env: { TZ: 'UTC', LANG: 'C.UTF-8', NODE_ENV: 'production' },
      cwd: tmpdir(),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    const reader: Reader = { child, busy: null, idle: null };
    this.#readers.add(reader);
    child.on('message', (message: FromReader) => this.#take(reader, message));
    child.on('error', () => this.#lost(reader));
    child.on('exit', () => this.#lost(reader));
    return reader;
  }

  #take(reader: Reader, message: FromReader): void {
    const { busy } = reader;
    if (busy?.id !== message.id) return;
    clearTimeout(busy.timer);
    reader.busy = null;
    reader.idle = setTimeout(() => reader.child.kill('SIGKILL'), idleMs).unref();
    if (message.refusal !== undefined) busy.waiting.reject(new PluginError('invalid_input', message.refusal));
    else if (message.fault === undefined) busy.waiting.resolve(message.answer);
    else busy.waiting.reject(problem('internal_error', { detail: 'The table could not be read.', cause: message.fault }));
    this.#next();
  }

  #lost(reader: Reader): void {
    if (!this.#readers.delete(reader)) return;
    if (reader.idle) clearTimeout(reader.idle);
    if (reader.busy) {
      clearTimeout(reader.busy.timer);
      reader.busy.waiting.reject(
        problem('request_timeout', { detail: 'Reading the table took too long and was stopped.', retryAfterSeconds: 5 }),
      );
    }
    this.#next();
  }
}
