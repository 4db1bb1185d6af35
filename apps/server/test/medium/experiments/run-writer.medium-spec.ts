import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RunWriter } from '../../../src/experiments/runs/run-writer.js';
import { mlflowIdOf } from '../../../src/experiments/runs/run-ids.js';
import { TrackingWorld, type TrackingProcess } from './tracking-world.js';

jest.setTimeout(120_000);

describe(RunWriter.name, () => {
  let world: TrackingWorld;
  let process: TrackingProcess;

  beforeAll(async () => {
    world = await TrackingWorld.open();
    process = await world.process();
  });
  afterAll(() => world.close());

  const row = async (id: string) =>
    (await world.query<Record<string, unknown>>('select name, state, tags, end_time from run where id = $1', [id]))[0];

  it('writes the id of MLflow in SQL as it does in code', async () => {
    const run = await process.newRun();
    expect(await world.query('select mlflow_run_id($1) as id', [run])).toEqual([{ id: mlflowIdOf(run) }]);
  });

  it('renames a run by its tag, but for an empty one', async () => {
    const run = await process.newRun();
    await process.runs.setTags(run, { 'mlflow.runName': 'second' });
    expect(await row(run)).toMatchObject({ name: 'second' });
    await process.runs.setTags(run, { 'mlflow.runName': '' });
    expect(await row(run)).toMatchObject({ name: 'second', tags: { 'mlflow.runName': '' } });
  });

  it('changes of a run what was given, and nothing else', async () => {
    const run = await process.newRun({ a: 'b' });
    await process.runs.setInfo(run, { state: 'succeeded', endTime: '7', name: 'third' });
    expect(await row(run)).toMatchObject({ name: 'third', state: 'succeeded', end_time: '7', tags: { a: 'b', 'mlflow.runName': 'third' } });
    await process.runs.setInfo(run, { state: 'running' });
    await process.runs.setInfo(run, { name: '' });
    expect(await row(run)).toMatchObject({ name: 'third', state: 'running', end_time: '7' });
  });

  it('keeps all tags that many clients set at once', async () => {
    const run = await process.newRun();
    await Promise.all(Array.from({ length: 50 }, (_, i) => process.runs.setTags(run, { [`t${i}`]: String(i) })));
    expect(Object.keys((await row(run))?.['tags'] ?? {})).toHaveLength(50);
  });

  it('says whether a tag was there to be taken away', async () => {
    const run = await process.newRun({ a: 'b' });
    expect(await process.runs.removeTag(run, 'a')).toBe(true);
    expect(await process.runs.removeTag(run, 'a')).toBe(false);
    expect(await process.runs.removeTag('run_00000000000000000000000000', 'a')).toEqual({ kind: 'missing' });
  });

  it('tells whoever watches that a run started and ended', async () => {
    const run = await process.newRun();
    await process.runs.setInfo(run, { state: 'failed' });
    const told = process.events.published.filter((event) => event.topic === `runs.${run}`).map((event) => event.type);
    expect(told).toEqual(['run.started', 'run.finished']);
  });
});
