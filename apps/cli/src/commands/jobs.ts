import type { Job, JobEvent } from '@crisol/contracts';
import { firstArgument, firstItems, textOption, withTimeout, type Command, type Run } from '../command.js';
import { ExitError, exitCodes } from '../exit-codes.js';
import { facts, numberText, type Output } from '../output.js';

const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`.padStart(5);

/** One event as a line; null for what a reader need not see. */
export function eventText(event: JobEvent): string | null {
  const { data } = event;
  if (event.type === 'state')
    return `state     ${String(data['state'])}${Number(data['attempt']) > 1 ? ` (attempt ${String(data['attempt'])})` : ''}`;
  if (event.type === 'progress') return `progress ${percent(Number(data['ratio'] ?? 0))}  ${String(data['message'] ?? '')}`;
  if (event.type === 'metric') return `metric    ${String(data['name'])} = ${numberText(data['value'])} (step ${String(data['step'])})`;
  if (event.type === 'log') return `log       ${String(data['level'])}: ${String(data['message'])}`;
  return event.type === 'done' ? null : `${event.type.padEnd(9)} ${JSON.stringify(data)}`;
}

/** Prints a job's events until it has ended; gives the job. */
export async function follow(run: Run, id: string, signal: AbortSignal, print: (event: JobEvent, text: string) => void): Promise<Job> {
  for await (const event of run.crisol().jobs.events(id, { signal })) {
    const text = eventText(event);
    if (text !== null) print(event, text);
  }
  return run.crisol().jobs.get(id, { signal });
}

/** Waits for a job with the progress on stderr. */
export function waitFor(run: Run, id: string, signal: AbortSignal): Promise<Job> {
  let said = '';
  return run.crisol().jobs.wait(id, {
    signal,
    onProgress: (progress, state) => {
      const text = `${state} ${percent(progress.ratio)}  ${progress.message}`.trimEnd();
      if (text !== said) run.output.note(text);
      said = text;
    },
  });
}

/** @throws ExitError 6 for a job that failed or was cancelled */
export function checkSucceeded(job: Job): void {
  if (job.state === 'succeeded') return;
  const reason = job.error ? `: ${job.error.detail || job.error.title}\n  ${job.error.code}` : '.';
  throw new ExitError(exitCodes.jobFailed, `Job ${job.id} ${job.state === 'cancelled' ? 'was cancelled' : 'failed'}${reason}`);
}

export function jobText(output: Output, job: Job): string {
  const color = job.state === 'succeeded' ? 'green' : job.state === 'failed' ? 'red' : 'yellow';
  return facts([
    ['id', job.id],
    ['kind', job.kind],
    ['name', job.name],
    ['state', output.style(color, job.state)],
    ['progress', `${percent(job.progress.ratio).trim()} ${job.progress.message}`.trimEnd()],
    ['attempt', String(job.attempt)],
    ...(job.error ? [['error', `${job.error.code}: ${job.error.detail || job.error.title}`] as const] : []),
    ...Object.entries(job.outputs),
  ]);
}

const timeout = { timeout: { type: 'string' } } as const;

export const listJobs: Command = {
  name: 'jobs ls',
  synopsis: '',
  summary: 'List jobs, newest first',
  takes: 0,
  run: async ({ crisol, output, signal }) => {
    const jobs = await firstItems(crisol().jobs.list({ signal }));
    output.result(jobs, () =>
      output.table(
        ['ID', 'KIND', 'STATE', 'PROGRESS', 'NAME'],
        jobs.map((job) => [job.id, job.kind, job.state, percent(job.progress.ratio).trim(), job.name]),
      ),
    );
  },
};

export const showJob: Command = {
  name: 'jobs show',
  synopsis: 'JOB',
  summary: 'Show a job',
  takes: 1,
  run: async (run) => {
    const job = await run.crisol().jobs.get(firstArgument(run), { signal: run.signal });
    run.output.result(job, () => jobText(run.output, job));
  },
};

export const tailJob: Command = {
  name: 'jobs tail',
  synopsis: 'JOB [--timeout SECONDS]',
  summary: 'Follow a job: state, progress, metrics, log lines; ends with it (6 when it failed)',
  options: timeout,
  takes: 1,
  run: async (run) => {
    const signal = withTimeout(run.signal, textOption(run.values, 'timeout'));
    checkSucceeded(await follow(run, firstArgument(run), signal, (event, text) => run.output.line(event, text)));
  },
};

export const waitForJob: Command = {
  name: 'jobs wait',
  synopsis: 'JOB [--timeout SECONDS]',
  summary: 'Wait until a job has ended: 0 well, 6 failed, 124 not within the time',
  options: timeout,
  takes: 1,
  run: async (run) => {
    const job = await waitFor(run, firstArgument(run), withTimeout(run.signal, textOption(run.values, 'timeout')));
    run.output.result(job, () => jobText(run.output, job));
    checkSucceeded(job);
  },
};

export const cancelJob: Command = {
  name: 'jobs cancel',
  synopsis: 'JOB',
  summary: 'Ask a job to stop',
  takes: 1,
  run: async (run) => {
    const job = await run.crisol().jobs.cancel(firstArgument(run), { signal: run.signal });
    run.output.result(job, () => jobText(run.output, job));
  },
};
