import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ExperimentsService } from '../../../src/experiments/experiments.service.js';
import { RunFieldsReader } from '../../../src/experiments/fields/run-fields-reader.js';
import { RunInputs } from '../../../src/experiments/inputs/run-inputs.js';
import { ada, TrackingWorld, type TrackingProcess } from './tracking-world.js';

jest.setTimeout(120_000);

describe(ExperimentsService.name, () => {
  let world: TrackingWorld;
  let process: TrackingProcess;

  beforeAll(async () => {
    world = await TrackingWorld.open();
    process = await world.process();
  });
  afterAll(() => world.close());

  const lifecycles = async (...runs: string[]) =>
    (await world.query<{ lifecycle: string }>('select lifecycle from run where id = any($1::text[]) order by id', [runs])).map(
      (row) => row.lifecycle,
    );

  it('has the experiment 0 called Default that every client expects', async () => {
    expect(await process.experiments.get('0')).toMatchObject({ name: 'Default', number: 0, lifecycle: 'active' });
  });

  it('is found by id, number and name', async () => {
    const made = await process.experiments.create(ada, { name: 'by all', description: 'why', tags: { a: 'b' } });
    for (const key of [made.id, String(made.number), 'by all']) expect((await process.experiments.get(key)).id).toBe(made.id);
    expect(made).toMatchObject({ description: 'why', tags: { a: 'b', 'mlflow.note.content': 'why' }, runs: 0 });
    await expect(process.experiments.create(ada, { name: 'by all', description: '', tags: {} })).rejects.toThrow('already');
  });

  it('is renamed, described and tagged; a null takes a tag away', async () => {
    const { id } = await process.experiments.create(ada, { name: 'before', description: 'x', tags: { a: '1', b: '2' } });
    const changed = await process.experiments.update(ada, id, { name: 'after', description: '', tags: { a: null, c: '3' } });
    expect(changed).toMatchObject({ name: 'after', description: '', tags: { b: '2', c: '3' } });
    await expect(process.experiments.update(ada, id, { name: 'Default' })).rejects.toThrow('already');
  });

  it('takes its runs along when it is deleted, and brings back those that were not deleted before', async () => {
    const experiment = await process.newExperiment();
    const [own, along] = [await process.newRun({}, experiment), await process.newRun({}, experiment)];
    await world.query(`update run set lifecycle = 'deleted', deleted_at = now() - interval '1 hour' where id = $1`, [own]);
    await process.experiments.delete(ada, experiment);
    expect(await lifecycles(own, along)).toEqual(['deleted', 'deleted']);
    const described = await process.experiments.get(experiment);
    expect(Date.parse(described.removedAfter ?? '') - Date.parse(described.deletedAt ?? '')).toBe(30 * 24 * 60 * 60 * 1000);
    expect(await process.runs.create(ada, { experiment, name: 'r', user: '', startTime: '0', tags: {} })).toEqual({ kind: 'deleted' });
    await process.experiments.restore(ada, experiment);
    expect(await lifecycles(own, along)).toEqual(['deleted', 'active']);
    expect(await process.experiments.get(experiment)).toMatchObject({ lifecycle: 'active', removedAfter: null, runs: 1 });
  });

  it('says what its runs have logged', async () => {
    const experiment = await process.newExperiment();
    for (const [i, depth] of ['3', '3', '12'].entries()) {
      const run = await process.newRun({ team: 'risk' }, experiment);
      await process.logger.log(run, [{ name: 'auc', step: 0, at: 1, value: i }], { depth, note: `n ${i}` }, {});
      await new RunInputs(process.statements).add(
        run,
        [
          {
            name: 'd',
            digest: '1',
            sourceType: 'http',
            source: '{}',
            schema: null,
            profile: null,
            tags: { 'mlflow.data.context': 'training' },
          },
        ],
        [],
      );
    }
    const fields = await new RunFieldsReader(process.database, process.statements, process.experiments).read(experiment);
    expect(fields).toEqual({
      runs: 3,
      metrics: [{ name: 'auc', runs: 3, min: 0, max: 2 }],
      params: [
        { name: 'depth', runs: 3, numeric: true, distinct: 2, values: ['3', '12'] },
        { name: 'note', runs: 3, numeric: false, distinct: 3, values: ['n 0', 'n 1', 'n 2'] },
      ],
      tags: [{ name: 'team', runs: 3, values: ['risk'] }],
      datasets: [{ name: 'd', digest: '1', context: 'training' }],
      truncated: false,
    });
  });

  it('keeps one row of a data set however often it is named, and the first tags of an input', async () => {
    const experiment = await process.newExperiment();
    const [one, two] = [await process.newRun({}, experiment), await process.newRun({}, experiment)];
    const inputs = new RunInputs(process.statements);
    const dataset = (source: string, context: string) => ({
      name: 'same',
      digest: '1',
      sourceType: 'http',
      source,
      schema: null,
      profile: null,
      tags: { 'mlflow.data.context': context },
    });
    await Promise.all([one, two, one].map((run, i) => inputs.add(run, [dataset(String(i), 'training')], [])));
    await inputs.add(one, [dataset('later', 'eval')], []);
    expect(await world.query(`select count(*)::int as n from input_dataset where name = 'same'`)).toEqual([{ n: 1 }]);
    expect(await inputs.datasets([experiment])).toEqual([{ experiment, name: 'same', digest: '1', context: 'training' }]);
    expect(await inputs.add('run_00000000000000000000000000', [], [])).toBe('missing');
  });
});
