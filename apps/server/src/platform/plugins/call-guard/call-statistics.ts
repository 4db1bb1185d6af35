import { Counter, Histogram, register } from 'prom-client';

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

const KEPT = 200;

/** Counts the calls of one plugin in this process, for the console and for Prometheus. */
export class CallStatistics {
  total = 0;
  errors = 0;
  private readonly durationsMs = new Float64Array(KEPT);

  constructor(private readonly pluginId: string) {}

  record(operation: string, outcome: 'ok' | 'error' | 'timeout', durationMs: number): void {
    this.durationsMs[this.total % KEPT] = durationMs;
    this.total++;
    if (outcome !== 'ok') this.errors++;
    calls.inc({ plugin: this.pluginId, operation, outcome });
    seconds.observe({ plugin: this.pluginId, operation }, durationMs / 1000);
  }

  /** Median of the last 200 calls. */
  p50Ms(): number | null {
    const kept = this.durationsMs.slice(0, Math.min(this.total, KEPT)).sort();
    return kept[Math.floor(kept.length / 2)] ?? null;
  }
}
