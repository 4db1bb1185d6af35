import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { problem } from '../../platform/http/problem.js';

const lookEveryMs = 1_000;
/** A loop that is this late for a whole second answers nobody in time. */
const lateMs = 100;

/** Refuses predictions while this process cannot keep up, so that those it takes are answered in time. */
@Injectable()
export class LoadShedder implements OnModuleInit, OnApplicationShutdown {
  private histogram: IntervalHistogram | undefined;
  private timer: NodeJS.Timeout | undefined;
  private shedding = false;

  onModuleInit(): void {
    this.histogram = monitorEventLoopDelay({ resolution: 20 });
    this.histogram.enable();
    this.timer = setInterval(() => {
      if (!this.histogram) return;
      this.shedding = this.histogram.percentile(50) / 1e6 > lateMs;
      this.histogram.reset();
    }, lookEveryMs);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.histogram?.disable();
  }

  check(): void {
    if (this.shedding)
      throw problem('overloaded', {
        detail: 'This process is behind with its work. Try again in a moment.',
        retryAfterSeconds: 1 + Math.random(),
      });
  }
}
