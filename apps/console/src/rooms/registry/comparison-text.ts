import type { ComparisonResult } from '@crisol/contracts';
import { metric } from '../../shared/i18n/format';

type Loose = number | string | null | undefined;
/** A p-value as papers print it. */
export function pText(p: Loose): string {
  if (typeof p !== 'number') return metric(p);
  return p < 0.001 ? `< ${metric(0.001)}` : metric(Number(p.toPrecision(3)));
}
/** A difference with its sign and direction. */
export function signedText(difference: Loose): string {
  if (typeof difference !== 'number') return metric(difference);
  if (difference === 0) return metric(0);
  return difference > 0 ? `▲ +${metric(difference)}` : `▼ ${metric(difference)}`;
}

type Figure = ComparisonResult['metrics'][number];
/** The figures by metric, the one that decides first. */
export function figuresByMetric(result: Pick<ComparisonResult, 'metrics' | 'metric'>): { metric: string; figures: Figure[] }[] {
  const names = [...new Set([result.metric, ...result.metrics.map((figure) => figure.metric)])];
  return names
    .map((name) => ({ metric: name, figures: result.metrics.filter((figure) => figure.metric === name) }))
    .filter(({ figures }) => figures.length > 0);
}

/** Where the other candidate is clearly worse or better: the interval of the difference leaves zero out. */
export const isClear = ({ low, high }: { low: Loose; high: Loose }): boolean =>
  typeof low === 'number' && typeof high === 'number' && (low > 0 || high < 0);
