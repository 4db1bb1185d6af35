import type { PluginMetrics } from '@crisol/plugin-api';
import { Counter, register, Summary } from 'prom-client';

const name = (kind: string) => `crisol_plugin_own_${kind}`;
const existing = register.getSingleMetric(name('total'));
// The registry's type does not know which class stands behind a name; both names are only made here.
const counter =
  (existing as Counter | undefined) ?? new Counter({ name: name('total'), help: 'Counters of plugins', labelNames: ['plugin', 'name'] });
const timings =
  // As above.
  (register.getSingleMetric(name('seconds')) as Summary | undefined) ??
  new Summary({ name: name('seconds'), help: 'Durations that plugins measure', labelNames: ['plugin', 'name'], percentiles: [0.5, 0.99] });

const MOST_NAMES = 50;

/** A plugin's own metrics, under its id; at most 50 names, so that no plugin floods the registry. */
export function pluginMetrics(plugin: string): PluginMetrics {
  const names = new Set<string>();
  const allowed = (metric: string): boolean => names.has(metric) || (names.size < MOST_NAMES && names.add(metric).has(metric));
  return {
    count: (metric, by = 1) => {
      if (allowed(metric)) counter.inc({ plugin, name: metric }, by);
    },
    observe: (metric, seconds) => {
      if (allowed(metric)) timings.observe({ plugin, name: metric }, seconds);
    },
  };
}
