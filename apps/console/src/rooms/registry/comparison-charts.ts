import type { ComparisonResult } from '@crisol/contracts';
import { pointsOf, type ChartSeries, type ChartSpec } from '../../shared/charts/chart-spec';
import { t } from '../../shared/i18n/messages';

type Curves = ComparisonResult['curves'][number];
type Slot = 1 | 2 | 3 | 4 | 5 | 6;
const slots = [1, 2, 3, 4, 5, 6] as const;
/** The colour of a candidate, the same in every chart of the page. */
export const slotOf = (candidate: number): Slot => slots[candidate % slots.length] ?? 1;

interface Kind {
  readonly id: string;
  readonly title: string;
  readonly x: ChartSpec['x'];
  readonly y: ChartSpec['y'];
  readonly points: (curves: Curves) => Float64Array | null;
  readonly reference?: { readonly name: string; readonly points: Float64Array };
}
const share = { min: 0, max: 1 };
const diagonal = pointsOf([0, 1], [0, 1]);
const xy = (curve: { x: readonly number[]; y: readonly number[] } | null): Float64Array | null => curve && pointsOf(curve.x, curve.y);
const kinds = (): Kind[] => [
  {
    id: 'roc',
    title: t('comparison.roc'),
    x: { label: t('comparison.fpr'), ...share },
    y: { label: t('comparison.tpr'), ...share },
    points: (curves) => xy(curves.roc),
    reference: { name: t('comparison.chance'), points: diagonal },
  },
  {
    id: 'pr',
    title: t('comparison.pr'),
    x: { label: t('comparison.recall'), ...share },
    y: { label: t('comparison.precision'), ...share },
    points: (curves) => xy(curves.precisionRecall),
  },
  {
    id: 'lift',
    title: t('comparison.lift'),
    x: { label: t('comparison.shareOfRows'), ...share },
    y: { label: t('comparison.lift') },
    points: (curves) => xy(curves.lift),
    reference: { name: t('comparison.chance'), points: pointsOf([0, 1], [1, 1]) },
  },
  {
    id: 'calibration',
    title: t('comparison.calibration'),
    x: { label: t('comparison.predicted'), ...share },
    y: { label: t('comparison.observed'), ...share },
    points: ({ calibration }) =>
      calibration &&
      pointsOf(
        calibration.map((bin) => bin.predicted),
        calibration.map((bin) => bin.observed),
      ),
    reference: { name: t('comparison.perfect'), points: diagonal },
  },
  {
    id: 'residuals',
    title: t('comparison.residuals'),
    x: { label: t('comparison.residual') },
    y: { label: t('comparison.rows'), min: 0 },
    // A bin is drawn over its middle: several histograms as lines stay legible over each other.
    points: ({ residuals }) =>
      residuals &&
      pointsOf(
        residuals.counts.map((_, bin) => ((residuals.edges[bin] ?? 0) + (residuals.edges[bin + 1] ?? 0)) / 2),
        residuals.counts,
      ),
  },
];

/** The curves of all candidates over each other; kinds that no candidate has are left out. */
export function comparisonCharts(result: ComparisonResult, labels: readonly string[]): { id: string; spec: ChartSpec }[] {
  return kinds().flatMap((kind) => {
    const series = result.curves.flatMap((curves): ChartSeries[] => {
      const points = kind.points(curves);
      return points?.length ? [{ name: labels[curves.candidate] ?? '', points, slot: slotOf(curves.candidate) }] : [];
    });
    if (!series.length) return [];
    if (kind.reference) series.push({ ...kind.reference, slot: 'reference' });
    return [{ id: kind.id, spec: { title: kind.title, x: kind.x, y: kind.y, series } }];
  });
}
