import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { EventBus } from '../../platform/events/event-bus.js';

/** Milliseconds between two pieces of news of all runs: charts that move once a second are live, and a run may log thousands. */
const everyMs = 1000;
/** More runs than this at once are not watched one by one. */
const maxRuns = 200;

/** Tells the console that runs have changed, at most once a second for each. */
@Injectable()
export class RunNews implements OnApplicationShutdown {
  private readonly waiting = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly events: EventBus) {}

  changed(runId: string): void {
    if (this.waiting.size < maxRuns) this.waiting.add(runId);
    this.timer ??= setTimeout(() => this.tell(), everyMs).unref();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  private tell(): void {
    this.timer = undefined;
    for (const id of this.waiting) this.events.publish({ topic: `runs.${id}`, type: 'run.logged', data: { id } });
    this.waiting.clear();
  }
}
