import { BarChart, CustomChart, LineChart, ParallelChart, ScatterChart } from 'echarts/charts';
import { DatasetComponent, GridComponent, ParallelComponent, TooltipComponent } from 'echarts/components';
import { connect, init, use, type ECharts } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { decimal, duration, metric, timeOfDay } from '../i18n/format';
import type { ChartAxis, ChartSeries, ChartSpec } from './chart-spec';
import type { ParallelSpec } from './parallel-spec';

use([
  LineChart,
  BarChart,
  ScatterChart,
  CustomChart,
  ParallelChart,
  GridComponent,
  ParallelComponent,
  DatasetComponent,
  TooltipComponent,
  CanvasRenderer,
]);

type Option = Parameters<ECharts['setOption']>[0];
export interface Pointed {
  readonly x: number;
}
export interface PointedItem {
  readonly series: number;
  readonly index: number;
}
export interface PaintHandlers {
  readonly onPoint?: (pointed: Pointed | null) => void;
  readonly onItem?: (item: PointedItem | null) => void;
  readonly onPick?: (item: PointedItem) => void;
  readonly onBrush?: (axis: string, range: readonly [number, number] | null) => void;
  /** Charts of one group share their cross-hair. */
  readonly group?: string;
}
const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
export const seriesColor = (slot: string | number): string => token(slot === 'reference' ? 'series-reference' : `series-${slot}`);
const dashes = ['solid', [6, 3], [2, 2]] as const;

/** A point without neighbours has no line to be seen by. */
function hasLonelyPoint(points: Float64Array): boolean {
  const finite = (index: number): boolean => Number.isFinite(points[index] ?? Number.NaN);
  for (let i = 1; i < points.length; i += 2) if (finite(i) && !finite(i - 2) && !finite(i + 2)) return true;
  return false;
}

export function axisText(axis: ChartAxis, value: number): string {
  if (axis.categories) return axis.categories[value] ?? '';
  if (axis.time) return timeOfDay(value);
  if (axis.elapsed) return duration(value);
  return Math.abs(value) >= 0.001 || value === 0 ? decimal(value) : metric(value);
}
const text = () => ({ color: token('text-3'), fontFamily: 'Inter Variable', fontSize: 12 });

function axisOption(axis: ChartAxis): object {
  return {
    type: axis.time ? 'time' : axis.log ? 'log' : 'value',
    ...(axis.whole || axis.categories ? { minInterval: 1 } : {}),
    ...(axis.min === undefined ? {} : { min: axis.min }),
    ...(axis.max === undefined ? {} : { max: axis.max }),
    axisLabel: { ...text(), hideOverlap: true, formatter: (value: number) => axisText(axis, value) },
  };
}

function seriesOption(series: ChartSeries, index: number): object {
  const color = series.token ? token(series.token) : seriesColor(series.slot ?? (index % 6) + 1);
  const shared = { name: series.name, data: series.points, dimensions: ['x', 'y'], animation: false, itemStyle: { color } };
  if (series.kind === 'bar') return { ...shared, type: 'bar', barMaxWidth: 24 };
  if (series.kind === 'scatter')
    return {
      ...shared,
      type: 'scatter',
      symbolSize: series.dotSize ?? 5,
      large: series.points.length > 4000,
      itemStyle: { color, opacity: 0.65 },
    };
  return {
    ...shared,
    type: 'line',
    showSymbol: !series.faint && hasLonelyPoint(series.points),
    symbolSize: 5,
    sampling: 'lttb',
    silent: series.faint === true,
    lineStyle: {
      color,
      width: series.faint ? 1 : 1.5,
      opacity: series.faint ? 0.25 : 1,
      type: series.slot === 'reference' ? [4, 3] : dashes[series.dash ?? 0],
    },
    ...(series.area ? { areaStyle: { color, opacity: 0.12 } } : {}),
  };
}

/** The band around a line, drawn as one shape, since stacked areas know no logarithm. */
function bandOption(series: ChartSeries, index: number): object[] {
  const { band } = series;
  if (!band) return [];
  const color = series.token ? token(series.token) : seriesColor(series.slot ?? (index % 6) + 1);
  const edge = (offset: 1 | 2, coord: (point: [number, number]) => number[]): number[][] => {
    const points: number[][] = [];
    for (let i = 0; i < band.length; i += 3) {
      const y = band[i + offset] ?? Number.NaN;
      if (Number.isFinite(y)) points.push(coord([band[i] ?? Number.NaN, y]));
    }
    return points;
  };
  return [
    {
      type: 'custom',
      silent: true,
      clip: true,
      animation: false,
      data: [[band[0] ?? 0, band[1] ?? 0]],
      renderItem: (_: unknown, api: { coord: (point: [number, number]) => number[] }) => ({
        type: 'polygon',
        shape: { points: [...edge(1, api.coord), ...edge(2, api.coord).toReversed()] },
        style: { fill: color, opacity: 0.14 },
      }),
    },
  ];
}

function option(spec: ChartSpec): Option {
  const bars = spec.series.some((series) => series.kind === 'bar');
  const items = spec.series.length > 0 && spec.series.every((series) => series.kind === 'scatter');
  const ends = spec.x.time || spec.x.log ? {} : { min: 'dataMin' as const, max: 'dataMax' as const };
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 12, bottom: 8, containLabel: true },
    tooltip: { trigger: items ? 'item' : 'axis', showContent: false, axisPointer: { lineStyle: { color: token('border-control') } } },
    xAxis: {
      ...ends,
      ...axisOption(spec.x),
      axisLine: { lineStyle: { color: token('border') } },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: {
      scale: !bars,
      ...axisOption(spec.y),
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: token('border') } },
    },
    series: [...spec.series.map(seriesOption), ...spec.series.flatMap(bandOption)],
  };
}

function parallelOption(spec: ParallelSpec): Option {
  const rows = spec.groups.reduce((sum, group) => sum + group.rows.length, 0);
  return {
    animation: false,
    parallel: { left: 48, right: 72, top: 36, bottom: 20 },
    parallelAxis: spec.axes.map((axis, dim) => ({
      dim,
      z: 5,
      // The brush counts when it is let go: drawing anew in the middle would take it from the hand.
      realtime: false,
      id: axis.id,
      name: axis.title,
      nameLocation: 'end',
      nameGap: 14,
      nameTruncate: { maxWidth: 110 },
      nameTextStyle: { ...text(), color: token('text-2') },
      type: axis.categories ? 'category' : 'value',
      ...(axis.categories ? { data: [...axis.categories] } : { min: axis.min, max: axis.max, interval: (axis.max - axis.min) / 4 }),
      axisLabel: {
        ...text(),
        textBorderColor: token('raised'),
        textBorderWidth: 3,
        width: 80,
        overflow: 'truncate',
        formatter: (value: number | string) => (typeof value === 'number' ? metric(axis.log ? 10 ** value : value) : value),
      },
      axisLine: { lineStyle: { color: token('border-control') } },
      axisTick: { show: false },
      areaSelectStyle: { width: 16, borderWidth: 1, borderColor: token('accent'), color: token('accent'), opacity: 0.25 },
    })),
    series: spec.groups.map((group) => ({
      type: 'parallel',
      name: group.name,
      animation: false,
      progressive: 400,
      inactiveOpacity: 0.02,
      activeOpacity: Math.min(0.6, Math.max(0.06, 600 / rows)),
      lineStyle: { width: 1, color: token(group.token), opacity: Math.min(0.5, Math.max(0.03, 300 / rows)) },
      data: group.rows.map((row) => [...row]),
    })),
  };
}

/** Paints a chart into an element and keeps it right while the element changes its size. */
export function paint(element: HTMLElement, handlers: PaintHandlers) {
  const chart = init(element, undefined, { renderer: 'canvas' });
  const observer = new ResizeObserver(() => chart.resize());
  observer.observe(element);
  if (handlers.group) {
    chart.group = handlers.group;
    connect(handlers.group);
  }
  chart.on('updateAxisPointer', (event) => {
    // ECharts types this event as unknown; only the field read here is used.
    const { axesInfo } = event as { axesInfo?: { value: number }[] };
    const [axis] = axesInfo ?? [];
    handlers.onPoint?.(axis ? { x: axis.value } : null);
  });
  chart.on('mouseover', (event) => handlers.onItem?.({ series: event.seriesIndex ?? 0, index: event.dataIndex }));
  chart.on('mouseout', () => handlers.onItem?.(null));
  chart.on('click', (event) => handlers.onPick?.({ series: event.seriesIndex ?? 0, index: event.dataIndex }));
  let restoring = false;
  chart.on('axisareaselected', (event) => {
    if (restoring) return;
    // ECharts types this event as unknown; only the fields read here are used.
    const { parallelAxisId, intervals } = event as { parallelAxisId?: string; intervals?: number[][] };
    const [interval] = intervals ?? [];
    const [from, to] = interval ?? [];
    if (parallelAxisId) handlers.onBrush?.(parallelAxisId, from === undefined || to === undefined ? null : [from, to]);
  });
  return {
    draw: (spec: ChartSpec) => chart.setOption(option(spec), { notMerge: true }),
    drawParallel(spec: ParallelSpec) {
      chart.setOption(parallelOption(spec), { notMerge: true });
      restoring = true;
      for (const axis of spec.axes)
        if (axis.brush) chart.dispatchAction({ type: 'axisAreaSelect', parallelAxisId: axis.id, intervals: [[...axis.brush]] });
      restoring = false;
    },
    /** The x that stands at a pixel of the element. */
    xAt(pixel: number): number | null {
      const point = chart.convertFromPixel({ gridIndex: 0 }, [pixel, 20]);
      return Array.isArray(point) && typeof point[0] === 'number' && Number.isFinite(point[0]) ? point[0] : null;
    },
    png: (): string => chart.getDataURL({ type: 'png', pixelRatio: 2, backgroundColor: token('raised') }),
    dispose() {
      observer.disconnect();
      chart.dispose();
    },
  };
}
