import type { JobContext } from '../../src/platform/jobs/job-handler.js';

/** What a job's program sees, with nothing behind it. */
export function aJobContext(changes: Partial<JobContext> = {}): JobContext {
  return {
    workFolder: '/nonexistent',
    signal: new AbortController().signal,
    checkpoint: null,
    limits: { memoryMb: 1_024, deadlineMs: 60_000 },
    progress: () => undefined,
    metric: () => undefined,
    log: () => undefined,
    saveCheckpoint: () => Promise.resolve(),
    ask: () => Promise.resolve(null),
    ...changes,
  };
}
