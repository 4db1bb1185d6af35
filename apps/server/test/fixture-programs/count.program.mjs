// Counts to `until`, a checkpoint at each step, and appends a line to a file outside for each step that it did.
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export async function run({ until, stepMs, trace }, context) {
  const first = context.checkpoint ? Number(Buffer.from(context.checkpoint).toString()) + 1 : 1;
  for (let step = first; step <= until; step++) {
    context.signal.throwIfAborted();
    if (stepMs > 0) await wait(stepMs);
    appendFileSync(trace, `${process.pid} ${step}\n`);
    context.progress(step / until, `step ${step}`);
    context.metric('count', step, step);
    if (stepMs > 0) await context.saveCheckpoint(Buffer.from(String(step)));
  }
  return { counted: until, startedAt: first };
}
