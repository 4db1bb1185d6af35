import type { FeatureValue } from '@crisol/plugin-api';
import { Injectable } from '@nestjs/common';
import { Counter, Histogram, register } from 'prom-client';

const durationName = 'crisol_feature_lookup_duration_seconds';
const valuesName = 'crisol_feature_values_total';
// One process may hold several applications (tests do); a metric exists once in its registry.
const duration =
  // Both names are only made here, so the registry holds these classes under them.
  (register.getSingleMetric(durationName) as Histogram | undefined) ??
  new Histogram({
    name: durationName,
    help: 'Time of one look-up of features for a prediction',
    labelNames: ['feature_view', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  });
const values =
  // As above.
  (register.getSingleMetric(valuesName) as Counter | undefined) ??
  new Counter({ name: valuesName, help: 'Values that look-ups of features found', labelNames: ['feature_view', 'status'] });

/** The figures that look-ups give to Prometheus. */
@Injectable()
export class LookupMetrics {
  note(features: readonly string[], vectors: readonly (readonly FeatureValue[])[], seconds: number): void {
    const views = features.map(viewOf);
    for (const view of new Set(views)) duration.observe({ feature_view: view, status: 'ok' }, seconds);
    for (const [f, view] of views.entries()) {
      const counts = new Map<string, number>();
      for (const vector of vectors) {
        const status = vector[f]?.status ?? 'not_found';
        counts.set(status, (counts.get(status) ?? 0) + 1);
      }
      for (const [status, count] of counts) values.inc({ feature_view: view, status }, count);
    }
  }

  failed(features: readonly string[], seconds: number): void {
    for (const view of new Set(features.map(viewOf))) duration.observe({ feature_view: view, status: 'failed' }, seconds);
  }
}

function viewOf(feature: string): string {
  return feature.slice(0, feature.indexOf(':'));
}
