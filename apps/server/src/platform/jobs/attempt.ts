import { isPluginError } from '@crisol/plugin-api';
import { Logger } from '@nestjs/common';
import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { serialize } from 'node:v8';
import { problem, ProblemError } from '../http/problem.js';
import type { ObjectStorage } from '../storage/object-storage.port.js';
import { AttemptReporter, type ReporterParts } from './attempt-reporter.js';
import type { Checkpoints } from './checkpoints.js';
import { maxOpenQuestions, maxQuestionBytes } from './child/job-messages.js';
import type { AnyHandler } from './handler-registry.js';
import type { JobAnswers } from './job-answers.js';
import { JobChild, type Outcome } from './job-child.js';
import type { JobEnder } from './job-ender.js';
import { finalError, fromProblem, jobError } from './job-errors.js';
import { toClaimedJob, type JobRow } from './job-row.js';

export interface AttemptParts extends ReporterParts {
  readonly ender: JobEnder;
  readonly checkpoints: Checkpoints;
  readonly storage: ObjectStorage;
  readonly answers: JobAnswers;
}

const defaultDeadlineMs = 86_400_000;
const defaultMemoryMb = 4_096;
const completeTries = 3;

type Stop = 'cancelled' | 'lost' | 'handed back';

/** One attempt of one job, from the claim to its end. */
export class Attempt {
  readonly id: string;
  readonly attempt: number;
  readonly #log = new Logger('Jobs');
  readonly #reporter: AttemptReporter;
  readonly #limits: { readonly memoryMb: number; readonly deadlineMs: number };
  readonly #stopped: Promise<void>;
  #wake: () => void = () => undefined;
  #stop: Stop | null = null;
  #child: JobChild | null = null;
  #openQuestions = 0;

  constructor(
    private readonly parts: AttemptParts,
    private readonly row: JobRow,
    private readonly handler: AnyHandler,
  ) {
    this.id = row.id;
    this.attempt = row.attempt;
    this.#limits = { memoryMb: handler.memoryMb ?? defaultMemoryMb, deadlineMs: handler.deadlineMs ?? defaultDeadlineMs };
    this.#reporter = new AttemptReporter(parts, row, handler, () => this.lose());
    this.#stopped = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  get childPid(): number | undefined {
    return this.#child?.pid;
  }

  /** Somebody wants it cancelled: the program is asked, and killed when it takes too long. */
  cancel(): void {
    this.#stopFor('cancelled');
    this.#child?.abort();
  }

  /** Another worker owns the job: nothing of this attempt counts any more. */
  lose(): void {
    this.#stopFor('lost');
    this.#child?.kill();
  }

  /** The worker stops: the job goes back to the queue, and the attempt does not count against it. */
  handBack(): void {
    this.#stopFor('handed back');
    this.#child?.kill();
  }

  /** Never rejects: whatever happens is written to the row or left to the lease. */
  async run(): Promise<void> {
    let workFolder: string | null = null;
    try {
      workFolder = await this.parts.storage.scratch(`job-${this.row.id}-${this.row.attempt}`);
      const outcome = await this.#work(workFolder);
      await this.#reporter.close();
      await this.#end(outcome, workFolder);
    } catch (error) {
      await this.#broke(error);
    } finally {
      if (workFolder)
        await rm(workFolder, { recursive: true, force: true }).catch((error: unknown) => this.#log.warn('A work folder stays', error));
    }
  }

  async #work(workFolder: string): Promise<Outcome> {
    const stopped = this.#stopped.then((): Outcome => ({ type: 'killed' }));
    const deadline = new AbortController();
    const late = wait(Math.min(this.#limits.deadlineMs, 2 ** 31 - 1), undefined, { signal: deadline.signal, ref: false }).then(
      (): Outcome => ({ type: 'deadline' }),
      (): Outcome => ({ type: 'killed' }),
    );
    try {
      const preparing = this.#prepare(workFolder).then((ready) => ({ type: 'ready' as const, ...ready }));
      // When the race is lost, its late failure is nobody's.
      preparing.catch(() => undefined);
      const first = await Promise.race([preparing, stopped, late]);
      if (first.type !== 'ready') return first;
      if (this.#stop) return { type: 'killed' };
      this.#child = new JobChild({
        program: this.handler.program,
        prepared: first.prepared,
        checkpoint: first.checkpoint,
        workFolder,
        ...this.#limits,
        onMessage: (message) => {
          if (message.type === 'checkpoint') void this.#keepCheckpoint(message.number, message.path);
          else if (message.type === 'question') void this.#answer(message, first.prepared, workFolder);
          else this.#reporter.take(message);
        },
      });
      return await this.#child.outcome;
    } finally {
      deadline.abort();
    }
  }

  async #prepare(workFolder: string): Promise<{ prepared: unknown; checkpoint: Uint8Array | null }> {
    await this.parts.database.transaction((em) => this.parts.ledger.setDeadline(em, this.row, this.#limits.deadlineMs));
    const prepared: unknown = await this.handler.prepare(toClaimedJob(this.row), workFolder);
    return { prepared, checkpoint: await this.parts.checkpoints.latest(this.row) };
  }

  async #keepCheckpoint(number: number, path: string): Promise<void> {
    let error: string | null = null;
    try {
      await this.parts.checkpoints.keep(this.row, path);
    } catch (cause) {
      error = 'The checkpoint could not be kept.';
      if (isLost(cause)) this.lose();
      else this.#log.warn(`A checkpoint of ${this.id} could not be kept`, cause);
    }
    this.#child?.send({ type: 'checkpoint-kept', number, error });
  }

  /** Never rejects: what goes wrong is the child's answer. */
  async #answer(
    { number, topic, body }: { number: number; topic: string; body: unknown },
    prepared: unknown,
    workFolder: string,
  ): Promise<void> {
    this.#openQuestions++;
    try {
      if (this.#openQuestions > maxOpenQuestions) throw problem('overloaded', { detail: 'The job asks more than it waits for.' });
      // An attempt that lost its job must change nothing any more, and it learns of the loss here at the latest.
      await this.parts.database.transaction((em) => this.parts.ledger.lockAttempt(em, this.row));
      const { id, attempt } = this;
      const answer = await this.parts.answers.answer(topic, { job: { id, attempt }, prepared, workFolder, body });
      if (serialize(answer).byteLength > maxQuestionBytes) throw problem('internal_error', { detail: 'The answer is too large.' });
      this.#child?.send({ type: 'answer', number, answer });
    } catch (error) {
      if (isLost(error)) return this.lose();
      if (!isPluginError(error) && !(error instanceof ProblemError))
        this.#log.warn(`A question of ${this.id} about ${topic} failed`, error);
      this.#child?.send({ type: 'refusal', number, ...refusalOf(error) });
    } finally {
      this.#openQuestions--;
    }
  }

  async #end(outcome: Outcome, workFolder: string): Promise<void> {
    if (this.#stop === 'lost') return;
    if (this.#stop === 'handed back') return this.#requeue(false, 'The worker stops; the job goes back to the queue.');
    if (this.#stop === 'cancelled')
      return this.parts.ender.fail(this.row, jobError('job_cancelled', 'Somebody cancelled it while it ran.'), 'cancelled');
    if (outcome.type === 'result') return this.#complete(outcome.result, workFolder);
    if (outcome.type !== 'failure') this.#log.warn(this.#describe(outcome));
    const error = finalError(outcome, this.#limits);
    if (error) {
      if (outcome.type === 'fault') await this.#note('error', outcome.message.replaceAll(workFolder, '.'));
      return this.parts.ender.fail(this.row, error, 'failed');
    }
    return this.#crashed(outcome.type === 'ended' ? outcome.detail : outcome.type);
  }

  /** A lost connection is tried again: the work is done, only its end is missing. */
  async #complete(result: unknown, workFolder: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.parts.ender.complete(this.row, result, workFolder);
      } catch (error) {
        if (error instanceof ProblemError || tries === completeTries) throw error;
        this.#log.warn(`The end of ${this.id} could not be written, try ${tries}`, error);
        await wait(500 * tries);
      }
    }
  }

  async #broke(error: unknown): Promise<void> {
    if (isLost(error)) return;
    try {
      await this.#reporter.close();
      if (error instanceof ProblemError) await this.parts.ender.fail(this.row, fromProblem(error), 'failed');
      else {
        this.#log.error(`An attempt of ${this.id} broke`, error);
        await this.#crashed('an unexpected error in the worker');
      }
    } catch (again) {
      // The lease runs out and another attempt begins.
      if (!isLost(again)) this.#log.error(`${this.id} could not be ended`, again);
    }
  }

  async #crashed(detail: string): Promise<void> {
    if (this.row.crashes + 1 < this.row.max_attempts)
      return this.#requeue(true, `The process that ran the job died (${detail}); it is tried again.`);
    const times = this.row.max_attempts === 1 ? 'once' : `${this.row.max_attempts} times`;
    await this.parts.ender.fail(
      this.row,
      jobError('job_crashed', `The process that ran the job died ${times}; the last time: ${detail}.`),
      'failed',
    );
  }

  async #requeue(crashed: boolean, message: string): Promise<void> {
    await this.parts.database.transaction(async (em) => {
      await this.parts.ledger.requeue(em, await this.parts.ledger.lockAttempt(em, this.row), { crashed, message });
    });
  }

  async #note(level: 'error', message: string): Promise<void> {
    await this.parts.database.transaction(async (em) => {
      const row = await this.parts.ledger.lockAttempt(em, this.row);
      await this.parts.ledger.report(em, row, [{ type: 'log', data: { level, message } }], null);
    });
  }

  #describe(outcome: Outcome): string {
    const what = outcome.type === 'fault' ? outcome.stack : outcome.type === 'ended' ? outcome.detail : outcome.type;
    return `Attempt ${this.attempt} of ${this.id} (${this.row.kind}) ended: ${what}\n${this.#child?.output ?? ''}`.trim();
  }

  #stopFor(why: Stop): void {
    this.#stop ??= why;
    // Until there is a child, nothing but the preparation waits; a child ends by itself or is killed.
    if (!this.#child) this.#wake();
  }
}

function refusalOf(error: unknown): { code: string; message: string } {
  if (isPluginError(error)) return { code: error.code, message: error.message };
  if (error instanceof ProblemError) return { code: error.code, message: error.options.detail ?? error.message };
  return { code: 'internal_error', message: 'The worker could not answer.' };
}

function isLost(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'job_lease_lost';
}
