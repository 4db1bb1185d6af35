import type { Job, JobError, JobKind, Scope } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import type { Actor } from '../auth/actor.js';

/** What a handler sees of the ledger's row. */
export interface ClaimedJob<Input> {
  readonly id: string;
  readonly attempt: number;
  readonly name: string;
  readonly input: Input;
  readonly createdBy: string | null;
  /** Ids that earlier phases noted with `note`, such as the run of a training. Survives a retry. */
  readonly notes: Readonly<Record<string, string>>;
}

/**
 * How one kind of job is done, in phases, so that the heavy part runs in a child process that has no database, no
 * environment and no secrets:
 *
 * 1. `plan`: at submission, in the submitting transaction. Checks every reference, pins what may move (a data set's
 *    version), names the job. Throws problems to the submitter.
 * 2. `prepare`: in the worker, when claimed. Gathers plain data for the child: local paths, parameters. It may be called
 *    again for a later attempt.
 * 3. `program`: a module (path below the server's `dist`, such as `training/train.program.js`) that exports
 *    `run(prepared, context)`; see `JobProgram`. Runs in a child process of its own.
 * 4. `complete`: in the worker, in the transaction that ends the job; refused when the attempt is not current any more,
 *    so its effects happen at most once. Gives the job's outputs.
 * 5. `failed`: in the transaction that ends the job as failed or cancelled.
 */
export interface JobHandler<Input, Prepared, Result> {
  readonly kind: JobKind;
  readonly scope: Scope;
  readonly input: z.ZodType<Input>;
  readonly program: string;
  /** Milliseconds that one attempt may take. Default 24 h. */
  readonly deadlineMs?: number;
  /** Attempts before a crash is final. A problem thrown by the program is final at once. Default 3. */
  readonly maxAttempts?: number;
  /** Memory limit of the child in MiB (heap and buffers, watched by the parent). Default 4096. */
  readonly memoryMb?: number;
  plan(em: EntityManager, actor: Actor, input: Input): Promise<{ readonly name: string; readonly input: Input }>;
  prepare(job: ClaimedJob<Input>, workFolder: string): Promise<Prepared>;
  complete(em: EntityManager, job: ClaimedJob<Input>, result: Result, workFolder: string): Promise<Readonly<Record<string, string>>>;
  failed?(em: EntityManager, job: ClaimedJob<Input>, error: JobError, state: 'failed' | 'cancelled'): Promise<void>;
  /** Called in the worker for each batch of points that the program reports; attempt-fenced by the caller. */
  metrics?(em: EntityManager, job: ClaimedJob<Input>, points: readonly MetricPoint[]): Promise<void>;
}

export interface MetricPoint {
  readonly name: string;
  readonly step: number;
  readonly value: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/** The face of the server that a program sees, inside the child. */
export interface JobContext {
  /** Private folder of this attempt; also the working directory. Files left here can be adopted by `complete`. */
  readonly workFolder: string;
  readonly signal: AbortSignal;
  progress(ratio: number, message: string, step?: string): void;
  metric(name: string, step: number, value: number): void;
  log(level: 'info' | 'warn' | 'error', message: string): void;
  /** Keeps a small state (at most 16 MiB) from which a later attempt may go on. */
  saveCheckpoint(bytes: Uint8Array): Promise<void>;
  readonly checkpoint: Uint8Array | null;
  readonly limits: { readonly memoryMb: number; readonly deadlineMs: number };
  /**
   * Asks the worker something that this process cannot do by itself, such as to keep a value. Plain data of at most 1 MiB
   * each way; what is larger goes by file in the work folder.
   * @throws QuestionRefused with the code of whoever answers
   */
  ask(topic: string, body: unknown): Promise<unknown>;
}

/** Why the worker gave no answer. */
export class QuestionRefused extends Error {
  override readonly name = 'QuestionRefused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What a program's module exports. The result is plain data (structured clone), at most 64 MiB. */
export interface JobProgram<Prepared, Result> {
  run(prepared: Prepared, context: JobContext): Promise<Result>;
}

/** A failure that the program explains; ends the job with this code and is not retried. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
  constructor(
    readonly code: string,
    message: string,
    readonly issues: readonly { readonly pointer: string; readonly code: string; readonly message: string }[] = [],
  ) {
    super(message);
  }
}

/** The ledger as rooms see it. */
export abstract class Jobs {
  /** Registers a handler; every room does it once, when its module starts. */
  abstract register<Input, Prepared, Result>(handler: JobHandler<Input, Prepared, Result>): void;
  /** Plans and writes the row in the caller's transaction, and rings after its commit. */
  abstract submit(em: EntityManager, actor: Actor, kind: JobKind, input: unknown): Promise<Job>;
  /** Notes an id on the job's row (fenced by the attempt); handlers read it back in `notes`. */
  abstract note(em: EntityManager, job: { readonly id: string; readonly attempt: number }, key: string, value: string): Promise<void>;
}
