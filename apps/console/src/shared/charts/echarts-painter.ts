import { BarChart, LineChart, ScatterChart } from 'echarts/charts';
import { DatasetComponent, GridComponent, TooltipComponent } from 'echarts/components';
import { init, use, type ECharts } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { decimal, timeOfDay } from '../i18n/format';
import type { ChartSpec } from './chart-spec';

use([LineChart, BarChart, ScatterChart, GridComponent, DatasetComponent, TooltipComponent, CanvasRenderer]);

export interface Pointed {
  readonly x: number;
  readonly index: number;
}
const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
export const seriesColor = (slot: string | number): string => token(slot === 'reference' ? 'series-reference' : `series-${slot}`);

/** A point without neighbours has no line to be seen by. */
function hasLonelyPoint(points: Float64Array): boolean {
  const finite = (index: number): boolean => Number.isFinite(points[index] ?? Number.NaN);
  for (let i = 1; i < points.length; i += 2) if (finite(i) && !finite(i - 2) && !finite(i + 2)) return true;
  return false;
}

function option(spec: ChartSpec): Parameters<ECharts['setOption']>[0] {
  const text = { color: token('text-3'), fontFamily: 'Inter Variable', fontSize: 12 };
  const bars = spec.series.some((series) => series.kind === 'bar');
  return {
    animation: false,
    grid: { left: 8, right: 16, top: 12, bottom: 8, containLabel: true },
    tooltip: { trigger: 'axis', showContent: false, axisPointer: { lineStyle: { color: token('border-control') } } },
    xAxis: {
      type: spec.x.time ? 'time' : 'value',
      ...(spec.x.whole ? { minInterval: 1 } : {}),
      ...(spec.x.min === undefined ? (spec.x.time ? {} : { min: 'dataMin' as const }) : { min: spec.x.min }),
      ...(spec.x.max === undefined ? (spec.x.time ? {} : { max: 'dataMax' as const }) : { max: spec.x.max }),
      axisLabel: { ...text, hideOverlap: true, formatter: (value: number) => (spec.x.time ? timeOfDay(value) : decimal(value)) },
      axisLine: { lineStyle: { color: token('border') } },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: spec.y.log ? 'log' : 'value',
      scale: !bars,
      ...(spec.y.min === undefined ? {} : { min: spec.y.min }),
      ...(spec.y.max === undefined ? {} : { max: spec.y.max }),
      axisLabel: { ...text, formatter: (value: number) => decimal(value) },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: token('border') } },
    },
    series: spec.series.map((series, index) => {
      const color = seriesColor(series.slot ?? (index % 6) + 1);
      const shared = { name: series.name, data: series.points, dimensions: ['x', 'y'], animation: false, itemStyle: { color } };
      if (series.kind === 'bar') return { ...shared, type: 'bar' as const, barMaxWidth: 24 };
      if (series.kind === 'scatter') return { ...shared, type: 'scatter' as const, symbolSize: 4, itemStyle: { color, opacity: 0.7 } };
      return {
        ...shared,
        type: 'line' as const,
        showSymbol: hasLonelyPoint(series.points),
        symbolSize: 5,
        sampling: 'lttb' as const,
        lineStyle: { color, width: 1.5, ...(series.slot === 'reference' ? { type: [4, 3] } : {}) },
        ...(series.area ? { areaStyle: { color, opacity: 0.12 } } : {}),
      };
    }),
  };
}

/** Paints a chart into an element and keeps it right while the element changes its size. */
export function paint(element: HTMLElement, onPoint: (pointed: Pointed | null) => void) {
  const chart = init(element, undefined, { renderer: 'canvas' });
  const observer = new ResizeObserver(() => chart.resize());
  observer.observe(element);
  chart.on('updateAxisPointer', (event) => {
    // ECharts types this event as unknown; only the two fields read here are used.
    const { dataIndex, axesInfo } = event as { dataIndex?: number; axesInfo?: { value: number }[] };
    const [axis] = axesInfo ?? [];
    onPoint(axis && dataIndex !== undefined ? { x: axis.value, index: dataIndex } : null);
  });
  return {
    draw: (spec: ChartSpec) => chart.setOption(option(spec), { notMerge: true }),
    dispose() {
      observer.disconnect();
      chart.dispose();
    },
  };
}
