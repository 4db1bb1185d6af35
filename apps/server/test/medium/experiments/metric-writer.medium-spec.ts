import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { MetricWriter } from '../../../src/experiments/metrics/metric-writer.js';
import { ada, TrackingWorld, type TrackingProcess } from './tracking-world.js';

jest.setTimeout(120_000);

const point = (name: string, step: number, value = step * 0.5) => ({ name, step, at: 1_700_000_000_000 + step, value });

describe(MetricWriter.name, () => {
  let world: TrackingWorld;
  let one: TrackingProcess;
  let other: TrackingProcess;

  beforeAll(async () => {
    world = await TrackingWorld.open();
    [one, other] = [await world.process(), await world.process()];
  });
  afterAll(() => world.close());

  it('loses and repeats none of 10,000 points that many clients of two processes log to one run at once', async () => {
    const run = await one.newRun();
    const writes = Array.from({ length: 10_000 }, (_, step) => (step % 2 ? one : other).metrics.add(run, [point('loss', step)]));
    expect(new Set(await Promise.all(writes))).toEqual(new Set([true]));
    expect(await world.counts(run)).toEqual([{ name: 'loss', rows: 10_000, different: 10_000, counted: 10_000, last: 4999.5 }]);
  });

  it('adds nothing when a batch is sent again, and only what is new when half of it is', async () => {
    const run = await one.newRun();
    const batch = Array.from({ length: 100 }, (_, step) => point('a', step));
    await one.metrics.add(run, batch);
    await one.metrics.add(run, batch);
    await other.metrics.add(run, [...batch.slice(50), point('a', 100), point('b', 1)]);
    expect(await world.counts(run)).toEqual([
      { name: 'a', rows: 101, different: 101, counted: 101, last: 50 },
      { name: 'b', rows: 1, different: 1, counted: 1, last: 0.5 },
    ]);
  });

  it('counts every point once when two processes send the same batches at the same time', async () => {
    const run = await one.newRun();
    const batches = Array.from({ length: 20 }, (_, b) =>
      Array.from({ length: 50 }, (_, i) => point(`k${i % 5}`, b * 25 + Math.floor(i / 5))),
    );
    await Promise.all([...batches, ...batches].map((batch, i) => (i % 2 ? one : other).metrics.add(run, batch)));
    const distinct = new Set(batches.flat().map((p) => `${p.name} ${p.step}`)).size;
    const counts = await world.counts(run);
    expect(counts.map((row) => [row.rows, row.counted])).toEqual(counts.map((row) => [row.different, row.different]));
    expect(counts.reduce((sum, row) => sum + row.different, 0)).toBe(distinct);
  });

  it('says of each call whether its run is there, and writes the neighbours', async () => {
    const [here, deleted] = [await one.newRun(), await one.newRun()];
    await world.query(`update run set lifecycle = 'deleted' where id = $1`, [deleted]);
    const answers = await Promise.all([
      one.metrics.add(here, [point('a', 1)]),
      one.metrics.add(deleted, [point('a', 1)]),
      one.metrics.add('run_00000000000000000000000000', [point('a', 1)]),
      one.metrics.add(here, [point('a', 2)]),
    ]);
    expect(answers).toEqual([true, false, false, true]);
    expect(await world.counts(here)).toMatchObject([{ rows: 2 }]);
    expect(await world.counts(deleted)).toEqual([]);
  });

  it('lets a call that PostgreSQL refuses fail alone', async () => {
    const run = await one.newRun();
    const [good, bad, fine] = await Promise.allSettled([
      one.metrics.add(run, [point('a', 1)]),
      one.metrics.add(run, [{ ...point('a', 2), step: 2n ** 70n }]),
      one.metrics.add(run, [point('a', 3)]),
    ]);
    expect([good.status, bad.status, fine.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await world.counts(run)).toMatchObject([{ rows: 2, counted: 2 }]);
  });

  it('writes all of a batch or none when the connection is killed in the middle of it', async () => {
    const run = await one.newRun();
    await one.metrics.add(run, [point('a', 0)]);
    const holder = await world.connect();
    await holder.query('begin');
    await holder.query('select from metric_series s join run r on r.num = s.run_num where r.id = $1 for update', [run]);
    const batch = Array.from({ length: 1000 }, (_, i) => point('a', i + 1));
    const writing = Promise.allSettled([one.metrics.add(run, batch)]);
    const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query like '%metric_point%'`;
    const deadline = Date.now() + 10_000;
    let found: { pid: number }[] = [];
    while (found.length === 0 && Date.now() < deadline) {
      found = await world.query<{ pid: number }>(waiting);
      await delay(5);
    }
    expect(found).toHaveLength(1);
    await world.query('select pg_terminate_backend($1)', [found[0]?.pid]);
    const [told] = await writing;
    await holder.query('rollback');
    await holder.end();
    expect(told.status).toBe('rejected');
    expect(await world.counts(run)).toMatchObject([{ rows: 1, counted: 1 }]);
    expect(await one.metrics.add(run, batch)).toBe(true);
    expect(await world.counts(run)).toMatchObject([{ rows: 1001, counted: 1001 }]);
  });

  it('keeps the last value by step, then time, then value, whatever the order of arrival', async () => {
    const run = await one.newRun();
    await one.metrics.add(run, [{ name: 'w', step: 5, at: 200, value: 1.5 }]);
    await other.metrics.add(run, [{ name: 'w', step: 4, at: 300, value: 2.5 }]);
    await one.metrics.add(run, [{ name: 'w', step: 5, at: 200, value: 1.25 }]);
    expect(await world.counts(run)).toMatchObject([{ rows: 3, last: 1.5 }]);
    await one.metrics.add(run, [{ name: 'w', step: 5, at: 200, value: Number.NaN }]);
    expect((await world.counts(run))[0]?.last).toBe(1.5);
    await one.metrics.add(run, [{ name: 'w', step: 6, at: 0, value: Number.NaN }]);
    expect((await world.counts(run))[0]?.last).toBeNaN();
  });
});

describe('RunLogger', () => {
  let world: TrackingWorld;
  let process: TrackingProcess;

  beforeAll(async () => {
    world = await TrackingWorld.open();
    process = await world.process();
  });
  afterAll(() => world.close());

  it('refuses a batch as a whole when one parameter would change', async () => {
    const run = await process.newRun();
    expect(await process.logger.log(run, [], { a: '1' }, {})).toBeNull();
    const refusal = await process.logger.log(run, [point('m', 1)], { a: '2', b: '1' }, { t: 'x' });
    expect(refusal).toEqual({ kind: 'param_fixed', params: [{ key: 'a', old: '1', new: '2' }] });
    expect(await world.query('select params, tags from run where id = $1', [run])).toEqual([{ params: { a: '1' }, tags: {} }]);
    expect(await world.counts(run)).toEqual([]);
  });

  it('lets only one of many clients set a parameter for the first time', async () => {
    const run = await process.newRun();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => process.logger.log(run, [], { seed: String(i) }, { [`t${i}`]: 'x' })),
    );
    expect(answers.filter((answer) => answer === null)).toHaveLength(1);
    const [row] = await world.query<{ tags: object }>('select tags from run where id = $1', [run]);
    expect(Object.keys(row?.tags ?? {})).toHaveLength(1);
  });

  it('refuses metrics of a logged model that is not there, with everything that came along', async () => {
    const run = await process.newRun();
    const answer = await process.logger.log(run, [{ ...point('m', 1), model: `m-${'0'.repeat(32)}` }], { p: '1' }, {});
    expect(answer).toBe('no_model');
    expect(await world.counts(run)).toEqual([]);
    expect(await world.query('select params from run where id = $1', [run])).toEqual([{ params: {} }]);
  });

  it('keeps a deleted run as it is', async () => {
    const run = await process.newRun();
    await world.query(`update run set lifecycle = 'deleted' where id = $1`, [run]);
    expect(await process.logger.log(run, [point('m', 1)], { p: '1' }, {})).toEqual({ kind: 'deleted' });
    expect(await process.runs.setTags(run, { a: 'b' })).toEqual({ kind: 'deleted' });
    expect(await process.runs.removeTag(run, 'a')).toEqual({ kind: 'deleted' });
    expect(await process.runs.setInfo(run, { state: 'failed' })).toEqual({ kind: 'deleted' });
    expect(await process.runs.create(ada, { experiment: '424242', name: 'r', user: '', startTime: '0', tags: {} })).toEqual({
      kind: 'missing',
    });
  });
});
