import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MetricHistories } from '../../../src/experiments/metrics/metric-histories.js';
import { SeriesReader } from '../../../src/experiments/metrics/series.js';
import { TrackingWorld, type TrackingProcess } from './tracking-world.js';

jest.setTimeout(120_000);

interface ReadPoint {
  readonly key: string;
  readonly value: number | string;
  readonly timestamp: number;
  readonly step: number;
}
const pointsIn = (json: string): ReadPoint[] => JSON.parse(`[${json}]`) as ReadPoint[]; // what the reader is documented to write

describe(MetricHistories.name, () => {
  let world: TrackingWorld;
  let process: TrackingProcess;

  beforeAll(async () => {
    world = await TrackingWorld.open();
    process = await world.process();
  });
  afterAll(() => world.close());

  const logged = async (points: readonly { step: number; at: number; value: number }[]) => {
    const run = await process.newRun();
    await process.metrics.add(
      run,
      points.map((point) => ({ name: 'm "q"', ...point })),
    );
    return run;
  };
  const whole = async (run: string, limit: number) => {
    const points: ReadPoint[] = [];
    let token: string | undefined;
    do {
      const page = await process.histories.page(run, 'm "q"', limit, token);
      if (!page) throw new Error('The token was refused.');
      points.push(...pointsIn(page.json));
      token = page.next ?? undefined;
    } while (token !== undefined);
    return points;
  };

  it('gives points by time, step and value, NaN behind 0, infinity as the greatest number', async () => {
    const values = [Number.NaN, 1, Number.POSITIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, -1];
    const run = await logged([...values.map((value) => ({ step: 0, at: 5, value })), { step: 9, at: 4, value: 7 }]);
    const expected = [7, -Number.MAX_VALUE, -1, 0, 'NaN', 1, Number.MAX_VALUE];
    expect((await whole(run, 100)).map((point) => point.value)).toEqual(expected);
    for (const limit of [1, 2, 3]) expect((await whole(run, limit)).map((point) => point.value)).toEqual(expected);
    expect((await whole(run, 100))[0]).toEqual({ key: 'm "q"', value: 7, timestamp: 4, step: 9 });
  });

  it('pages through a curve while points are added, without losing or repeating one', async () => {
    const run = await logged(Array.from({ length: 500 }, (_, i) => ({ step: i, at: 1000 + i, value: i })));
    const first = await process.histories.page(run, 'm "q"', 200, undefined);
    await process.metrics.add(run, [{ name: 'm "q"', step: 0, at: 1, value: 1 }]);
    const second = await process.histories.page(run, 'm "q"', 1000, first?.next ?? undefined);
    const steps = [...pointsIn(first?.json ?? ''), ...pointsIn(second?.json ?? '')].map((point) => point.step);
    expect(steps).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(second?.next).toBeNull();
  });

  it('takes no token that it did not give', async () => {
    const run = await logged([{ step: 0, at: 0, value: 1 }]);
    expect(await process.histories.page(run, 'm "q"', 5, 'garbage')).toBeUndefined();
  });

  it('has nothing of runs and metrics that are not there', async () => {
    expect(await process.histories.page('', 'm', 5, undefined)).toEqual({ json: '', next: null });
    expect(await process.histories.sampled([''], 'm', null, 5)).toBe('');
  });

  // What MLflow 3.17.2 answers.
  it.each([
    [7, 1, [6]],
    [7, 5, [0, 2, 4, 5, 6]],
    [100, 10, [0, 10, 20, 30, 40, 50, 60, 70, 80, 99]],
    [8, 5, [0, 2, 4, 6, 7]],
    [5, 5, [0, 1, 2, 3, 4]],
  ])('thins %d points out to %d as MLflow does', async (points, limit, expected) => {
    const run = await logged(Array.from({ length: points }, (_, i) => ({ step: i, at: points - i, value: i })));
    expect(pointsIn(await process.histories.sampled([run], 'm "q"', null, limit)).map((point) => point.step)).toEqual(expected);
  });

  it('thins out a stretch of steps', async () => {
    const run = await logged(Array.from({ length: 100 }, (_, i) => ({ step: i, at: i, value: i })));
    const json = await process.histories.sampled([run], 'm "q"', { start: '20', end: '40' }, 5);
    expect(pointsIn(json).map((point) => point.step)).toEqual([20, 25, 29, 33, 40]);
  });

  it('draws a curve by step, time and time since the beginning, whole or a part of it', async () => {
    const run = await process.newRun();
    await process.metrics.add(run, [
      { name: 'a', step: 2, at: 1300, value: 3 },
      { name: 'a', step: 1, at: 1200, value: Number.NaN },
      { name: 'b', step: 0, at: 1000, value: 1 },
    ]);
    const reader = new SeriesReader(process.statements);
    const ask = async (x: 'step' | 'time' | 'elapsed', more: object = {}) =>
      (await reader.read({ runs: run, metrics: 'a', x, maxPoints: 100, ...more }))[run]?.['a'];
    expect(await ask('step')).toEqual({ x: [1, 2], y: ['NaN', 3], total: 2, reduced: false });
    expect((await ask('time'))?.x).toEqual([1200, 1300]);
    expect((await ask('elapsed'))?.x).toEqual([200, 300]);
    expect(await ask('elapsed', { from: 250 })).toEqual({ x: [300], y: [3], total: 2, reduced: false });
  });
});
