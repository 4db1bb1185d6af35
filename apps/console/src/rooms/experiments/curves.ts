import type { Series } from '@crisol/contracts';
import { lookOfSeries, pointsOf, type ChartSeries } from '../../shared/charts/chart-spec';
import { meanOf } from '../../shared/charts/smoothing';

export interface CurveRun {
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  readonly live: boolean;
}

/** Lines of one metric: one for each run, or one for each group with its spread around it. A run keeps its colour in every panel. */
export function curvesOf(series: Series, metric: string, runs: readonly CurveRun[], grouped: boolean, noGroup: string): ChartSeries[] {
  const pointsFor = (run: CurveRun): Float64Array | null => {
    const curve = series[run.id]?.[metric];
    return curve && curve.x.length ? pointsOf(curve.x, curve.y) : null;
  };
  if (!grouped) {
    const names = uniqueNames(runs);
    return runs.flatMap((run, index): ChartSeries[] => {
      const points = pointsFor(run);
      return points ? [{ name: names[index] ?? run.name, points, ...lookOfSeries(index) }] : [];
    });
  }
  const groups = [...new Set(runs.map((run) => run.group))];
  return groups.flatMap((group, index): ChartSeries[] => {
    const curves = runs.filter((run) => run.group === group).flatMap((run) => pointsFor(run) ?? []);
    if (curves.length === 0) return [];
    const { mean, band } = meanOf(curves);
    return [{ name: `${group ?? noGroup} (${curves.length})`, points: mean, band, ...lookOfSeries(index) }];
  });
}

/** Two runs of one name are told apart by the end of their ids. */
function uniqueNames(runs: readonly CurveRun[]): string[] {
  const counts = new Map<string, number>();
  for (const run of runs) counts.set(run.name, (counts.get(run.name) ?? 0) + 1);
  return runs.map((run) => ((counts.get(run.name) ?? 0) > 1 ? `${run.name} …${run.id.slice(-4)}` : run.name));
}

/** Panels whose name fits the pattern: a regular expression, or plain text when it is none. */
export function matchingMetrics(names: readonly string[], pattern: string): string[] {
  const text = pattern.trim();
  if (!text) return [...names];
  try {
    const expression = new RegExp(text, 'i');
    return names.filter((name) => expression.test(name));
  } catch {
    return names.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  }
}
