import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import type { JobContext, JobProgram } from '../job-handler.js';
import { Questions } from './questions.js';
import { maxCheckpointBytes, maxLogCharacters, maxResultBytes, type FromChild, type ToChild } from './job-messages.js';

interface Parent {
  on(event: 'message', listener: (message: ToChild) => void): unknown;
  send?(message: FromChild): boolean;
}

type Start = Extract<ToChild, { type: 'start' }>;

const metricBatchMs = 100;

/** The child's side of a job: waits for the start, runs the program once, sends its result or failure. */
export function runProgram(parent: Parent): void {
  const abort = new AbortController();
  const kept = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  const send = (message: FromChild): void => void parent.send?.(message);
  const questions = new Questions(send);

  parent.on('message', (message) => {
    if (message.type === 'start') void run(message, abort.signal, kept, questions, send);
    else if (message.type === 'abort') abort.abort(new DOMException('The job was cancelled.', 'AbortError'));
    else if (message.type === 'answer' || message.type === 'refusal') questions.take(message);
    else {
      const waiting = kept.get(message.number);
      kept.delete(message.number);
      if (message.error) waiting?.reject(new Error(message.error));
      else waiting?.resolve();
    }
  });
  send({ type: 'ready' });
}

async function run(
  start: Start,
  signal: AbortSignal,
  kept: Map<number, { resolve: () => void; reject: (error: Error) => void }>,
  questions: Questions,
  send: (message: FromChild) => void,
): Promise<void> {
  const metrics = new MetricBuffer(send);
  let checkpoints = 0;
  const context: JobContext = {
    workFolder: start.workFolder,
    signal,
    checkpoint: start.checkpoint,
    limits: start.limits,
    ask: (topic, body) => questions.ask(topic, body),
    progress: (ratio, message, step = '') =>
      send({
        type: 'progress',
        ratio: Math.min(1, Math.max(0, Number.isFinite(ratio) ? ratio : 0)),
        message: message.slice(0, 500),
        step: step.slice(0, 200),
      }),
    metric: (name, step, value) => metrics.add({ name: name.slice(0, 250), step, value, at: Date.now() }),
    log: (level, message) => send({ type: 'log', level, message: message.slice(0, maxLogCharacters) }),
    saveCheckpoint: async (bytes) => {
      if (bytes.byteLength > maxCheckpointBytes)
        throw new RangeError(`A checkpoint has at most ${maxCheckpointBytes} bytes, this one ${bytes.byteLength}.`);
      const number = ++checkpoints;
      const path = await writeCheckpoint(start.workFolder, number, bytes);
      const done = new Promise<void>((resolve, reject) => kept.set(number, { resolve, reject }));
      metrics.flush();
      send({ type: 'checkpoint', number, path });
      await done;
    },
  };
  try {
    const program: JobProgram<unknown, unknown> = await import(start.program);
    // An abort that came during the import would never reach a listener of the program.
    signal.throwIfAborted();
    const result = await program.run(start.prepared, context);
    metrics.flush();
    const sizeBytes = serialize(result).byteLength;
    if (sizeBytes > maxResultBytes) throw new RangeError(`A result has at most ${maxResultBytes} bytes, this one ${sizeBytes}.`);
    send({ type: 'result', result });
  } catch (error) {
    metrics.flush();
    send(toFailure(error));
  }
}

/** Metrics go in batches: a learner may report thousands a second. */
class MetricBuffer {
  #points: { name: string; step: number; value: number; at: number }[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly send: (message: FromChild) => void) {}

  add(point: { name: string; step: number; value: number; at: number }): void {
    this.#points.push(point);
    // A program that computes without a pause never lets a timer run.
    if (this.#points.length >= 500) return this.flush();
    this.#timer ??= setTimeout(() => this.flush(), metricBatchMs);
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#points.length > 0) this.send({ type: 'metrics', points: this.#points });
    this.#points = [];
  }
}

/** A reader sees the whole file or none: it is synced before it gets its name, and its folder after. */
async function writeCheckpoint(folder: string, number: number, bytes: Uint8Array): Promise<string> {
  const path = join(folder, `.checkpoint-${number}`);
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  if (process.platform !== 'win32') {
    const directory = await open(folder, 'r');
    await directory.sync().finally(() => directory.close());
  }
  return path;
}

/** Told by its shape: a plugin's program may carry its own copy of the class. */
function toFailure(error: unknown): FromChild {
  if (error instanceof Error && error.name === 'JobFailure' && 'code' in error && typeof error.code === 'string')
    return { type: 'failure', code: error.code, message: error.message, issues: issuesOf(error) };
  const fault = error instanceof Error ? error : new Error(String(error));
  return {
    type: 'fault',
    message: `${fault.name}: ${fault.message}`.slice(0, maxLogCharacters),
    stack: (fault.stack ?? '').slice(0, 16_000),
  };
}

function issuesOf(error: Error): { pointer: string; code: string; message: string }[] {
  if (!('issues' in error) || !Array.isArray(error.issues)) return [];
  return error.issues.slice(0, 100).map((issue: { pointer?: unknown; code?: unknown; message?: unknown }) => ({
    pointer: String(issue.pointer ?? ''),
    code: String(issue.code ?? ''),
    message: String(issue.message ?? '').slice(0, 1_000),
  }));
}
