import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Alias, CheckTypeList, Gate, HistoryEventPage, Job, JobPage, JudgementList, PluginDetail, Problem } from '@crisol/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { GateWorld } from './gate-world.js';

jest.setTimeout(180_000);
let world: GateWorld;
beforeAll(async () => {
  world = await GateWorld.open();
  await world.makeDataset('churn', 1_200);
  // Version 1 sees little, version 2 sees what matters.
  await world.train({ dataset: 'churn', columns: ['weak'] });
  await world.train({ dataset: 'churn', columns: ['weak', 'strong'] });
}, 180_000);
afterAll(() => world?.close(), 60_000);

const better = {
  alias: 'champion',
  validator: 'metric-gate',
  checks: [{ type: 'metric_change', kwargs: { metric: 'roc_auc' } }],
};
const championOf = async (): Promise<number> => (await world.ask<Alias>('GET', 'models/churn/aliases/champion')).body.version;

describe('gates of a model', () => {
  it('are offered by the validators beside the checks of tables', async () => {
    const { body } = await world.ask<CheckTypeList>('GET', 'check-types');
    const targets = new Map(body.data.map(({ type, target }) => [type, target]));
    expect([targets.get('metric_change'), targets.get('group_parity'), targets.get('match_schema'), targets.get('same_inputs_as')]).toEqual(
      ['model', 'model', 'data', 'model'],
    );
  });

  it('are refused when their check is not one of versions, with a pointer', async () => {
    const answer = await world.ask<Problem>('PUT', 'models/churn/gates/odd', {
      validator: 'metric-gate',
      checks: [{ type: 'metric_change', kwargs: { metric: 'auc', alpha: 7 } }, { type: 'expect_column_to_exist' }],
    });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'check_invalid', errors: [{ pointer: '/checks/0/kwargs/alpha' }, { pointer: '/checks/1/type' }] },
    });
  });

  it('are made, changed under their revision, listed and taken away', async () => {
    const made = await world.ask<Gate>('PUT', 'models/churn/gates/small', {
      validator: 'latency',
      checks: [{ type: 'size_limit', kwargs: { max_bytes: 10 } }],
      alias: 'tiny',
    });
    expect(made).toMatchObject({
      status: 201,
      etag: '"r1"',
      body: { name: 'small', alias: 'tiny', required: true, enabled: true, revision: 1 },
    });
    const body = { validator: 'latency', checks: [{ type: 'size_limit', kwargs: { max_bytes: 20 } }], alias: 'tiny', required: false };
    expect(await world.ask('PUT', 'models/churn/gates/small', body, { 'if-match': '"r9"' })).toMatchObject({ status: 412 });
    expect(await world.ask('PUT', 'models/churn/gates/small', body, { 'if-match': '"r1"' })).toMatchObject({
      status: 200,
      body: { revision: 2 },
    });
    expect(await world.ask('GET', 'models/churn/gates')).toMatchObject({ body: { data: [{ name: 'small', required: false }] } });
    // A gate that is not required reports, and lets the alias move.
    const { judgements } = await world.judge(1, 'tiny');
    expect(judgements.data[0]).toMatchObject({ verdict: 'failed', alias: 'tiny' });
    expect(await world.move(1, 'tiny')).toMatchObject({ status: 201 });
    expect(await world.ask('DELETE', 'models/churn/gates/small')).toMatchObject({ status: 204 });
    expect(await world.ask('GET', 'models/churn/gates/small')).toMatchObject({ status: 404 });
  });
});

describe('an alias with a gate', () => {
  beforeAll(async () => {
    await world.ask('PUT', 'models/churn/gates/better', better);
  });

  it('stays until the gate has judged, and says what to run', async () => {
    const refused = await world.move<Problem>(1);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'gate_failed', errors: [{ pointer: '/version', code: 'gate_missing' }] },
    });
    expect(refused.body.detail).toContain('lacks 1 of 1 gates of champion: better (missing)');
    expect(refused.body.detail).toContain('POST /api/v1/models/churn/versions/1/judgements');
  });

  it('takes its first version with a note, and keeps the verdict as evidence', async () => {
    const { job, judgements } = await world.judge(1);
    expect(job).toMatchObject({ state: 'succeeded', kind: 'model.judge', outputs: { 'gate.better': 'passed' } });
    expect(judgements).toMatchObject({
      data: [
        {
          verdict: 'passed',
          incumbent: null,
          gate: { name: 'better', revision: 1, validator: 'metric-gate' },
          findings: [{ outcome: 'passed', message: expect.stringContaining('No version holds the alias yet') }],
          facts: { testRows: 240, notes: [expect.stringContaining('No version has held the alias yet')] },
        },
        { alias: 'tiny' },
      ],
      standings: [{ gate: 'better', standing: 'passed' }],
    });
    expect(await world.move(1)).toMatchObject({ status: 201 });
    const { body } = await world.ask<HistoryEventPage>('GET', 'models/churn/history');
    expect(body.data[0]?.evidence).toMatchObject({ gates: [{ gate: 'better', verdict: 'passed', judgement: judgements.data[0]?.id }] });
  });

  it('moves to a version that is better beyond chance, on the rows that its training kept out', async () => {
    expect(await world.move(2)).toMatchObject({ status: 409 });
    const { judgements } = await world.judge(2);
    expect(judgements.data[0]).toMatchObject({ verdict: 'passed', incumbent: 1, facts: { testRows: 240, incumbentScored: true } });
    expect(judgements.data[0]?.findings[0]?.message).toMatch(
      /^roc_auc 0\.\d+ is 0\.\d+ better than version 1's 0\.\d+ \(95 % interval .* by DeLong, 240 test rows\)/,
    );
    // What the gate measured is what the training measured: they are the same rows.
    const version = await world.ask<{ metrics: Record<string, number> }>('GET', 'models/churn/versions/2');
    const observed = judgements.data[0]?.findings[0]?.observed;
    expect(observed).toMatchObject({ candidate: expect.closeTo(version.body.metrics['auc'] ?? 0, 6) });
    expect(await world.move(2)).toMatchObject({ status: 200, body: { version: 2 } });
  });

  it('does not go back to a version whose verdict was against another, nor to one that is worse', async () => {
    expect(await world.move<Problem>(1)).toMatchObject({ status: 409, body: { errors: [{ code: 'gate_outdated' }] } });
    const { job } = await world.judge(1);
    expect(job).toMatchObject({ state: 'succeeded', outputs: { 'gate.better': 'failed' } });
    const refused = await world.move<Problem>(1);
    expect(refused).toMatchObject({ status: 409, body: { errors: [{ code: 'gate_failed' }] } });
    expect(refused.body.errors?.[0]?.message).toContain("worse than version 2's");
    expect(await championOf()).toBe(2);
  });

  it('cannot be freed of its comparison by taking it away and making it again', async () => {
    const { etag } = await world.ask('GET', 'models/churn/aliases/champion');
    expect(await world.ask('DELETE', 'models/churn/aliases/champion', undefined, { 'if-match': etag ?? '' })).toMatchObject({
      status: 204,
    });
    expect(await world.move<Problem>(1)).toMatchObject({ status: 409, body: { errors: [{ code: 'gate_failed' }] } });
    // The version that held it last is not compared with itself.
    await world.judge(2);
    expect(await world.move(2)).toMatchObject({ status: 201 });
  });

  it('is not handed to a training that asks for it: the gates judge first, and move it when they pass', async () => {
    const { version: third } = await world.train({ dataset: 'churn', columns: ['weak'], register: { model: 'churn', alias: 'champion' } });
    expect(await judgedAfterAdmission(third)).toMatchObject({ state: 'succeeded', outputs: { alias: 'not moved: better failed' } });
    expect(await championOf()).toBe(2);
    await world.ask('PUT', 'models/churn/gates/better', {
      ...better,
      checks: [{ type: 'metric_threshold', kwargs: { metric: 'accuracy', min: 0.6 } }],
    });
    const { version: fourth } = await world.train({
      dataset: 'churn',
      columns: ['strong'],
      register: { model: 'churn', alias: 'champion' },
    });
    expect(await judgedAfterAdmission(fourth)).toMatchObject({
      state: 'succeeded',
      outputs: { alias: 'champion', 'gate.better': 'passed' },
    });
    expect(await championOf()).toBe(fourth);
    // The gate has changed since it judged version 2.
    expect(await world.ask<JudgementList>('GET', 'models/churn/versions/2/judgements')).toMatchObject({
      body: { standings: [{ gate: 'better', standing: 'outdated' }] },
    });
  });

  it('says errored, not passed, for a version without rows that it has not seen', async () => {
    await world.ask('PUT', 'models/churn/gates/better', better);
    const { version } = await world.train({ dataset: 'churn', columns: ['strong', 'weak'], split: { kind: 'kfold', folds: 3, seed: 1 } });
    const { judgements } = await world.judge(version);
    expect(judgements.data[0]).toMatchObject({
      verdict: 'errored',
      facts: { testRows: null, notes: [expect.stringContaining('fitted on all rows')] },
      findings: [{ outcome: 'errored' }],
    });
    expect(await world.move<Problem>(version)).toMatchObject({ status: 409, body: { errors: [{ code: 'gate_errored' }] } });
  });

  it('may ask about a column that the model does not take', async () => {
    await world.ask('PUT', 'models/churn/gates/better', {
      validator: 'fairness',
      checks: [{ type: 'group_parity', kwargs: { column: 'sex', max_difference: 0.5 } }],
    });
    const { judgements } = await world.judge(2);
    expect(judgements.data[0]).toMatchObject({
      verdict: 'passed',
      findings: [{ slices: [{ name: expect.stringMatching(/^[FM]$/) }, { name: expect.stringMatching(/^[FM]$/) }] }],
    });
  });
});

describe('the plugin behind a gate', () => {
  it('names the gate on its page, and finds the same in a process of its own', async () => {
    await world.ask('PUT', 'models/churn/gates/better', better);
    const inProcess = (await world.judge(2)).judgements.data[0];
    const plugin = await world.ask<PluginDetail>('GET', 'plugins/validator-metric-gate');
    expect(plugin.body.usedBy).toContainEqual(expect.objectContaining({ kind: 'gate', name: 'churn/better' }));
    const moved = await world.ask<PluginDetail>(
      'PUT',
      'plugins/validator-metric-gate/isolation',
      { mode: 'isolated' },
      { 'if-match': plugin.etag ?? '' },
    );
    expect(moved).toMatchObject({ status: 200, body: { isolation: 'isolated' } });
    const isolated = (await world.judge(2)).judgements.data[0];
    expect(isolated?.findings).toEqual(inProcess?.findings);
    expect(isolated?.verdict).not.toBe('errored');
  });

  it('leaves the gate shut while it is disabled', async () => {
    const { version } = await world.train({ dataset: 'churn', columns: ['strong'] });
    await world.ask('POST', 'plugins/validator-metric-gate/disable');
    const { judgements } = await world.judge(version);
    expect(judgements.data[0]).toMatchObject({
      verdict: 'errored',
      findings: [{ message: expect.stringContaining('No active plugin brings the validator metric-gate') }],
    });
    expect(await world.move(version)).toMatchObject({ status: 409 });
    await world.ask('POST', 'plugins/validator-metric-gate/enable');
  });
});

describe('a gate of callers', () => {
  it('names the key that a new required input would break', async () => {
    await world.ask('DELETE', 'models/churn/gates/better');
    await world.move(1);
    await world.serving.endpoint('churn', [{ name: 'main', model: 'churn', version: 1, share: 100 }]);
    const shop = await world.serving.key(['endpoints:predict'], { name: 'shop' });
    for (let i = 0; i < 3; i++) expect((await world.serving.predict('churn', [{ weak: 0.5 }, { weak: null }], {}, shop)).status).toBe(200);
    await world.ask('PUT', 'models/churn/gates/callers', {
      validator: 'signature',
      checks: [{ type: 'callers_compatible' }, { type: 'signature_kept', severity: 'warning' }],
    });
    const { judgements } = await world.judge(2);
    expect(judgements.data[0]).toMatchObject({
      verdict: 'failed',
      findings: [
        {
          outcome: 'failed',
          message: '1 of 1 caller would break: shop does not send strong, which is required.',
          slices: [{ name: 'shop' }],
        },
        { outcome: 'failed' },
      ],
    });
    expect(await world.move(2)).toMatchObject({ status: 409 });
  });
});

describe('an alias that promotes by itself', () => {
  it('has a newly admitted version judged, and takes it when its gate passes', async () => {
    await world.ask('PUT', 'models/churn/gates/able', {
      alias: 'auto',
      validator: 'metric-gate',
      checks: [{ type: 'metric_threshold', kwargs: { metric: 'accuracy', min: 0.6 } }],
    });
    expect((await world.ask('PUT', 'models/churn/policies/auto', { autoPromote: true })).status).toBe(200);
    const { version } = await world.train({ dataset: 'churn', columns: ['strong'] });
    expect(await judgedAfterAdmission(version)).toMatchObject({
      state: 'succeeded',
      createdBy: null,
      input: { alias: 'auto', moveWhenPassed: false },
      outputs: { alias: 'auto', 'gate.able': 'passed' },
    });
    const { body } = await world.ask<HistoryEventPage>('GET', 'models/churn/history?alias=auto&limit=1');
    expect(body.data).toMatchObject([
      {
        kind: 'alias_moved',
        to: String(version),
        actorName: 'system',
        comment: 'Promoted by policy: its gates have judged it, and nothing stood in the way.',
        evidence: { gates: [{ gate: 'able', verdict: 'passed', findings: [{ check: 'metric_threshold', outcome: 'passed' }] }] },
      },
    ]);
    await world.ask('DELETE', 'models/churn/policies/auto');
  });
});

describe('a judging that does not end well', () => {
  it('leaves its gates shut and says why among the verdicts', async () => {
    const { version } = await world.train({ dataset: 'churn', columns: ['strong'] });
    await world.ask('PUT', 'models/churn/gates/callers', {
      validator: 'latency',
      checks: [{ type: 'size_limit', kwargs: { max_bytes: 10_000_000 }, severity: 'warning' }],
    });
    await world.serving.command('loseFile', { model: 'churn', version });
    const { job, judgements } = await world.judge(version);
    expect(job.state).toBe('failed');
    expect(judgements.data[0]).toMatchObject({
      verdict: 'errored',
      findings: [{ message: expect.stringContaining('The judging did not end well') }],
    });
    expect(await world.move(version)).toMatchObject({ status: 409 });
  });
});

/** The judging that an admission started. */
async function judgedAfterAdmission(version: number): Promise<Job> {
  for (;;) {
    const { body } = await world.ask<JobPage>('GET', 'jobs?kind=model.judge&limit=50');
    const found = body.data.find((job) => job.input['version'] === version);
    if (found) return world.finished(found);
    await delay(50);
  }
}
