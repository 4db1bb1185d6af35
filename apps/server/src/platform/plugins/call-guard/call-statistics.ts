import { Counter, Histogram, register } from 'prom-client';
import type { CallMinutes } from './call-minutes.js';

const calls = metric('crisol_plugin_calls_total', (name) => {
  return new Counter({ name, help: 'Calls into plugins', labelNames: ['plugin', 'operation', 'outcome'] });
});
const seconds = metric('crisol_plugin_call_seconds', (name) => {
  return new Histogram({
    name,
    help: 'Duration of calls into plugins',
    labelNames: ['plugin', 'operation'],
    buckets: [0.00005, 0.0005, 0.005, 0.05, 0.5, 5, 50],
  });
});

/** The metric of that name, made once in a process even when several applications live in it (as in tests). */
function metric<T>(name: string, make: (name: string) => T): T {
  // The registry's type does not know which class stands behind a name.
  return (register.getSingleMetric(name) as T | undefined) ?? make(name);
}

/** Counts the calls of one plugin in this process, by minute for the console, and for Prometheus. */
export class CallStatistics {
  constructor(
    private readonly pluginId: string,
    private readonly minutes: CallMinutes,
  ) {}

  record(operation: string, outcome: 'ok' | 'error' | 'timeout', durationMs: number): void {
    this.minutes.record(this.pluginId, Date.now(), durationMs, outcome !== 'ok');
    calls.inc({ plugin: this.pluginId, operation, outcome });
    seconds.observe({ plugin: this.pluginId, operation }, durationMs / 1000);
  }
}
