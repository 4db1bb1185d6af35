import type { PluginBackground } from '@crisol/plugin-api';
import { setTimeout as delay } from 'node:timers/promises';

const endMs = 5_000;

/** The tasks that a plugin runs between calls. They wait for `start`, so that none runs before `setup` has ended. */
export class BackgroundTasks implements PluginBackground {
  private readonly abort = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private waiting: (() => void)[] | undefined = [];

  /** @param onFault - told of each task that threw; nobody else hears of it */
  constructor(private readonly onFault: (task: string, error: unknown) => void) {}

  run(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    if (this.abort.signal.aborted) return;
    const begin = (): void => this.begin(name, task);
    if (this.waiting) this.waiting.push(begin);
    else begin();
  }

  start(): void {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    for (const begin of waiting) begin();
  }

  /** Aborts the tasks and waits until they have ended, but not for ever. */
  async end(waitMs = endMs): Promise<void> {
    this.waiting = undefined;
    this.abort.abort();
    await Promise.race([Promise.all(this.running), delay(waitMs, undefined, { ref: false })]);
  }

  private begin(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.abort;
    const done = (async () => task(signal))()
      .catch((error: unknown) => {
        // What an aborted task throws is how it ends.
        if (!signal.aborted) this.onFault(name, error);
      })
      .finally(() => this.running.delete(done));
    this.running.add(done);
  }
}
