import { Injectable } from '@nestjs/common';
import { Statements } from '../../platform/database/statements.js';
import { RunNews } from '../runs/run-news.js';
import { writePoints } from './metric-points.js';
import type { Point, RunPoints } from './point.js';

/** One call that waits to be written: all of its points, or none. */
interface Waiting extends RunPoints {
  readonly written: (there: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** Points of one statement. A client's largest batch is 1,000. */
const maxPoints = 4000;
/** Statements at a time in a process. Calls for one run always take the same way, so that they do not wait for each other's rows. */
const lanes = 2;

/**
 * Writes points of metrics. Calls that come while a statement is under way go together in the next one: many clients cost
 * little more than one, and each is answered only after its points are committed.
 */
@Injectable()
export class MetricWriter {
  private readonly queues = Array.from({ length: lanes }, (): { waiting: Waiting[]; busy: boolean } => ({ waiting: [], busy: false }));

  constructor(
    private readonly statements: Statements,
    private readonly news: RunNews,
  ) {}

  /** Whether the run is there and active; if not, nothing was written. */
  add(runId: string, points: readonly Point[]): Promise<boolean> {
    return new Promise((written, failed) => {
      const lane = laneOf(runId);
      const queue = this.queues[lane];
      if (!queue) return failed(new RangeError(`There is no lane ${lane}.`));
      queue.waiting.push({ runId, points, written, failed });
      if (queue.busy) return;
      queue.busy = true;
      // What else arrives in this turn of the event loop goes along.
      setImmediate(() => void this.drain(queue));
    });
  }

  private async drain(queue: { waiting: Waiting[]; busy: boolean }): Promise<void> {
    while (queue.waiting.length > 0) {
      const batch = takeBatch(queue.waiting);
      try {
        await this.write(batch);
      } catch (error) {
        // One call may be at fault, or the connection: alone, each gets its own answer.
        if (batch.length === 1) batch[0]?.failed(error);
        else for (const call of batch) await this.write([call]).catch((own: unknown) => call.failed(own));
      }
    }
    queue.busy = false;
  }

  private async write(batch: readonly Waiting[]): Promise<void> {
    const active = await writePoints(this.statements, batch);
    for (const call of batch) {
      const there = active.has(call.runId);
      if (there) this.news.changed(call.runId);
      call.written(there);
    }
  }
}

/** A run's lane: the end of an id is random. */
const laneOf = (runId: string): number => runId.charCodeAt(runId.length - 1) % lanes;

function takeBatch(waiting: Waiting[]): Waiting[] {
  let points = 0;
  let calls = 0;
  for (const call of waiting) {
    if (calls > 0 && points + call.points.length > maxPoints) break;
    points += call.points.length;
    calls++;
  }
  return waiting.splice(0, calls);
}
