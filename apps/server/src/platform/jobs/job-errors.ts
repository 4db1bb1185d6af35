import { errors, type JobError } from '@crisol/contracts';
import { ProblemError } from '../http/problem.js';
import type { Outcome } from './job-child.js';

/** What the job's row keeps of a failure: the code, its title, and words for its reader. */
export function jobError(code: string, detail: string, issues?: JobError['errors']): JobError {
  const title = isKnown(code) ? errors[code].title : errors.job_failed.title;
  return { code, title, detail, ...(issues?.length ? { errors: [...issues] } : {}) };
}

export function fromProblem(error: ProblemError): JobError {
  return jobError(error.code, error.options.detail ?? error.message, error.options.errors?.slice());
}

/** A failure that another attempt would only repeat, or null when the child just died. */
export function finalError(
  outcome: Exclude<Outcome, { type: 'result' }>,
  limits: { memoryMb: number; deadlineMs: number },
): JobError | null {
  switch (outcome.type) {
    case 'failure':
      return jobError(outcome.code, outcome.message, [...outcome.issues]);
    case 'fault':
      return jobError('job_failed', 'The program stopped with an unexpected error; its log has the message.');
    case 'memory':
      return jobError(
        'job_crashed',
        `The job needed more than its ${limits.memoryMb} MiB of memory. Use fewer rows or columns, or a smaller model.`,
      );
    case 'deadline':
      return jobError('job_timed_out', `The attempt ran for more than ${Math.round(limits.deadlineMs / 1000)} s.`);
    case 'ended':
    case 'killed':
      return null;
  }
}

function isKnown(code: string): code is keyof typeof errors {
  return Object.hasOwn(errors, code);
}
