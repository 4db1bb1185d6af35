import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { problem } from '../../platform/http/problem.js';
import type { Feed, TensorData } from '../predict/instance-encoder.js';
import type { Lane, LaneAnswer, OutputNames } from './lane.js';
import type { FromLaneChild, ToLaneChild } from './lane-messages.js';

/** Rows that travel together. */
const mostRowsInBatch = 4096;
/** Requests that may wait; more are refused, since they would wait for longer than anybody does. */
const mostWaiting = 512;
/** A request that waited for so long is refused: whoever sent it has gone. */
const longestWaitMs = 30_000;
const loadDeadlineMs = 30_000;
const runDeadlineMs = 10_000;
/** Crashes within this time that quarantine a version. */
const crashWindowMs = 60_000;
const crashesToQuarantine = 3;

interface Waiting {
  readonly feeds: readonly Feed[];
  readonly rows: number;
  readonly since: number;
  resolve(answer: LaneAnswer): void;
  reject(error: Error): void;
}
export interface IsolatedLaneOptions {
  /** Local path of the model. */
  readonly path: string;
  readonly outputs: OutputNames;
  readonly chunkRows: number;
  /** Working directory of the child: an empty folder. */
  readonly folder: string;
  onCrash(reason: string): void;
  /** The third crash within a minute. */
  onQuarantine(reason: string): void;
}

/**
 * Runs in a child process of its own. What comes in while a batch is out is put together and goes next. A child that dies
 * or hangs takes only its in-flight requests with it (503 with Retry-After), and is replaced at once; three times within a
 * minute quarantines the version.
 */
export class IsolatedLane implements Lane {
  readonly kind = 'isolated';
  private child: ChildProcess | undefined;
  private starting: Promise<void> | undefined;
  private waiting: Waiting[] = [];
  private inFlight: readonly Waiting[] = [];
  private deadline: NodeJS.Timeout | undefined;
  private nextId = 1;
  private crashes: number[] = [];
  private quarantined: string | undefined;
  private closed = false;

  private constructor(private readonly options: IsolatedLaneOptions) {}

  static async open(options: IsolatedLaneOptions): Promise<IsolatedLane> {
    const lane = new IsolatedLane(options);
    await lane.ensureChild();
    return lane;
  }

  /** Process number of the child, for tests and for people. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  async run(feeds: readonly Feed[], rows: number): Promise<LaneAnswer> {
    if (this.quarantined)
      throw problem('version_quarantined', {
        detail: `It was stopped after ${crashesToQuarantine} crashes: ${this.quarantined}`,
        retryAfterSeconds: 60,
      });
    if (this.closed) throw problem('lane_unavailable', { retryAfterSeconds: 1 });
    if (this.waiting.length >= mostWaiting)
      throw problem('overloaded', { detail: 'Too many predictions wait for this version.', retryAfterSeconds: 1 });
    const answer = new Promise<LaneAnswer>((resolve, reject) =>
      this.waiting.push({ feeds, rows, since: performance.now(), resolve, reject }),
    );
    this.pump();
    return answer;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const request of this.waiting.splice(0)) request.reject(problem('lane_unavailable', { retryAfterSeconds: 1 }));
    clearTimeout(this.deadline);
    this.child?.kill('SIGKILL');
  }

  private pump(): void {
    this.refuseLate();
    if (this.inFlight.length > 0 || this.waiting.length === 0 || this.closed) return;
    if (!this.child) {
      this.ensureChild().then(
        () => this.pump(),
        (error: unknown) => this.refuseAll(error instanceof Error ? error.message : String(error)),
      );
      return;
    }
    const batch: Waiting[] = [];
    let rows = 0;
    while (this.waiting[0] && (batch.length === 0 || rows + this.waiting[0].rows <= mostRowsInBatch)) {
      const next = this.waiting.shift();
      if (!next) break;
      batch.push(next);
      rows += next.rows;
    }
    this.inFlight = batch;
    const id = this.nextId++;
    this.deadline = setTimeout(() => this.child?.kill('SIGKILL'), runDeadlineMs);
    this.send({
      type: 'run',
      id,
      rows,
      feeds: batch.length === 1 ? (batch[0]?.feeds ?? []) : joinFeeds(batch.map((request) => request.feeds)),
    });
  }

  private ensureChild(): Promise<void> {
    this.starting ??= this.start().finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  private start(): Promise<void> {
    const child = fork(join(import.meta.dirname, 'lane-child.js'), [], {
      cwd: this.options.folder,
      // Nothing of this process's surroundings is a model's business.
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error('The model took too long to load.'));
      }, loadDeadlineMs);
      let loaded = false;
      child.on('message', (message: FromLaneChild) => {
        if (message.type === 'loaded') {
          loaded = true;
          clearTimeout(timer);
          this.child = child;
          resolve();
        } else if (message.type === 'refused') {
          clearTimeout(timer);
          child.kill('SIGKILL');
          reject(new Error(message.message));
        } else this.settle(message);
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        if (!loaded) reject(new Error(`The process ended while loading (${signal ?? code}).`));
        else this.crashed(signal ?? `exit ${code}`);
      });
      child.send({
        type: 'load',
        path: this.options.path,
        outputs: this.options.outputs,
        chunkRows: this.options.chunkRows,
      } satisfies ToLaneChild);
    });
  }

  private send(message: ToLaneChild): void {
    // A failed write means that the child is gone; its exit event settles what was in flight.
    this.child?.send(message, () => undefined);
  }

  private settle(message: Extract<FromLaneChild, { id: number }>): void {
    clearTimeout(this.deadline);
    const batch = this.inFlight;
    this.inFlight = [];
    if (message.type === 'failed') {
      for (const request of batch) request.reject(new Error(message.message));
    } else {
      let row = 0;
      const total = batch.reduce((sum, request) => sum + request.rows, 0);
      for (const request of batch) {
        request.resolve(sliceAnswer(message.answer, row, request.rows, total));
        row += request.rows;
      }
    }
    this.pump();
  }

  private crashed(reason: string): void {
    clearTimeout(this.deadline);
    this.child = undefined;
    const lost = this.inFlight;
    this.inFlight = [];
    for (const request of lost)
      request.reject(
        problem('lane_unavailable', {
          detail: 'The process of this model ended while it was predicting; it is being replaced.',
          retryAfterSeconds: 1,
        }),
      );
    if (this.closed) return;
    this.options.onCrash(reason);
    const now = Date.now();
    this.crashes = [...this.crashes.filter((at) => now - at < crashWindowMs), now];
    if (this.crashes.length >= crashesToQuarantine) {
      this.quarantined = `the process ended with ${reason}`;
      this.options.onQuarantine(this.quarantined);
      this.refuseAll(this.quarantined);
      return;
    }
    this.ensureChild().then(
      () => this.pump(),
      (error: unknown) => this.refuseAll(error instanceof Error ? error.message : String(error)),
    );
  }

  private refuseLate(): void {
    const before = performance.now() - longestWaitMs;
    while (this.waiting[0] && this.waiting[0].since < before)
      this.waiting.shift()?.reject(problem('overloaded', { detail: 'The prediction waited for too long.', retryAfterSeconds: 2 }));
  }

  private refuseAll(reason: string): void {
    for (const request of this.waiting.splice(0))
      request.reject(
        problem('lane_unavailable', {
          detail: 'The process of this model could not be started again.',
          cause: new Error(reason),
          retryAfterSeconds: 5,
        }),
      );
  }
}

/** Puts the rows of several requests under each other. */
export function joinFeeds(parts: readonly (readonly Feed[])[]): Feed[] {
  const first = parts[0] ?? [];
  return first.map((feed, index) => {
    const pieces = parts.map((part) => part[index]?.data ?? []);
    const rows = parts.reduce((sum, part) => sum + (part[index]?.shape[0] ?? 0), 0);
    return { ...feed, data: joinData(feed.data, pieces), shape: [rows, ...feed.shape.slice(1)] };
  });
}

function joinData(like: TensorData, pieces: readonly (TensorData | readonly never[])[]): TensorData {
  if (Array.isArray(like)) return pieces.flatMap((piece) => (Array.isArray(piece) ? piece : []));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (like instanceof BigInt64Array) {
    const joined = new BigInt64Array(length);
    let at = 0;
    for (const piece of pieces) {
      if (piece instanceof BigInt64Array) joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  }
  const joined =
    like instanceof Float32Array
      ? new Float32Array(length)
      : like instanceof Float64Array
        ? new Float64Array(length)
        : like instanceof Int32Array
          ? new Int32Array(length)
          : new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    if (!Array.isArray(piece) && !(piece instanceof BigInt64Array) && 'BYTES_PER_ELEMENT' in piece) joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function sliceAnswer(answer: LaneAnswer, start: number, rows: number, total: number): LaneAnswer {
  if (rows === total) return answer;
  if (answer.scores === null) return { scores: null, labels: (answer.labels ?? []).slice(start, start + rows) };
  const width = total === 0 ? 0 : answer.scores.length / total;
  return { scores: answer.scores.slice(start * width, (start + rows) * width), labels: null };
}
