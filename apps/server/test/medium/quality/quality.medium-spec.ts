import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Job, Validation } from '@crisol/contracts';
import { EventBus, type DomainEvent } from '../../../src/platform/events/event-bus.js';
import { openDataWorld, type DataWorld } from '../datasets/data-world.js';

jest.setTimeout(120_000);
let world: DataWorld;
const told: DomainEvent[] = [];
beforeAll(async () => {
  world = await openDataWorld();
  world.app.get(EventBus).onPublished('*', (event) => told.push(event));
  await world.finished(JSON.parse(await (await world.request('POST', '/datasets/samples/penguins')).text()));
});
afterAll(() => world.close());

async function validate(suite: string): Promise<{ job: Job; validation: Validation }> {
  const started = await world.request(
    'POST',
    '/jobs',
    { kind: 'suite.validate', input: { suite } },
    { 'idempotency-key': `validate-${suite}-${Math.random()}` },
  );
  const job = await world.finished(JSON.parse(await started.text()));
  return { job, validation: JSON.parse(await (await world.request('GET', `/validations/${job.outputs['validation'] ?? 'none'}`)).text()) };
}

describe('quality', () => {
  it('lists the check types of the active validators with the schema of their arguments', async () => {
    const list = await world.json('GET', '/check-types');
    const type = list['data'].find((candidate: { type: string }) => candidate.type === 'expect_column_values_to_be_between');
    expect(type).toMatchObject({ validator: 'expectations', kwargsSchema: { type: 'object', required: ['column'] } });
  });

  it('refuses a suite with a wrong argument, and points at it', async () => {
    const answer = await world.json('POST', '/suites', {
      name: 'wrong',
      dataset: 'penguins',
      checks: [{ type: 'expect_column_values_to_not_be_null', kwargs: { column: 'sex', mostly: 2 } }, { type: 'nope' }],
    });
    expect(answer).toMatchObject({
      code: 'check_invalid',
      errors: [{ pointer: '/checks/0/kwargs/mostly' }, { pointer: '/checks/1/type' }],
    });
  });

  it('fails on a critical check, keeps what it found, and shows the rows that broke it', async () => {
    const created = await world.request('POST', '/suites', {
      name: 'strict',
      dataset: 'penguins',
      checks: [
        { type: 'expect_column_values_to_not_be_null', kwargs: { column: 'sex' } },
        { type: 'expect_column_values_to_be_in_set', kwargs: { column: 'species', value_set: ['Adelie', 'Gentoo'] }, severity: 'warning' },
        { type: 'expect_column_values_to_be_unique', kwargs: { column: 'nope' } },
        { type: 'expect_column_mean_to_be_between', kwargs: { column: 'body_mass_g', min_value: 4000, max_value: 5000 } },
      ],
    });
    expect(created.status).toBe(201);
    const { job, validation } = await validate('strict');
    expect(job).toMatchObject({ state: 'succeeded', outputs: { outcome: 'failed' } });
    expect(validation).toMatchObject({ outcome: 'failed', version: 1, statistics: { evaluated: 4, successful: 1, unsuccessful: 3 } });
    expect(validation.results).toMatchObject([
      { outcome: 'failed', unexpectedCount: 11, elementCount: 344, message: '11 of 344 values in "sex" are null; none may.' },
      { outcome: 'failed', unexpectedCount: 68, unexpectedValues: [{ value: 'Chinstrap', count: 68 }] },
      { outcome: 'errored', message: expect.stringContaining('"species", "island"') },
      { outcome: 'passed' },
    ]);
    const rows = await world.json('GET', `/validations/${validation.id}/failing-rows?check=0&offset=0&limit=2`);
    expect(rows).toMatchObject({
      total: 11,
      rowNumbers: [3, 8],
      rows: [['Adelie', 'Torgersen', null, null, null, null, null, 2007], expect.anything()],
    });
    expect(told).toContainEqual(
      expect.objectContaining({ topic: 'validations', type: 'validation.failed', data: expect.objectContaining({ id: validation.id }) }),
    );
    expect(await world.json('GET', '/datasets/penguins')).toMatchObject({
      lastValidation: { id: validation.id, outcome: 'failed', version: 1 },
    });
  });

  it('suggests checks that the version passes', async () => {
    const suggested = await world.json('POST', '/suites/suggest', { dataset: 'penguins' });
    const checks: { check: unknown }[] = suggested['checks'];
    expect(checks.length).toBeGreaterThan(20);
    await world.json('POST', '/suites', { name: 'suggested', dataset: 'penguins', checks: checks.map(({ check }) => check) });
    const { validation } = await validate('suggested');
    expect(validation.results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    expect(validation.outcome).toBe('passed');
  });

  it('keeps SQL of a check inside of the table', async () => {
    const queries = [
      `SELECT * FROM {batch} WHERE bill_length_mm > 59`,
      `SELECT * FROM read_csv('/etc/passwd'), {batch}`,
      `SELECT * FROM '/etc/passwd', {batch}`,
      `COPY {batch} TO '/tmp/x'`,
      `SELECT 1 FROM {batch}; DROP VIEW data`,
    ];
    await world.json('POST', '/suites', {
      name: 'sql',
      dataset: 'penguins',
      checks: queries.map((query) => ({ type: 'unexpected_rows_expectation', kwargs: { unexpected_rows_query: query } })),
    });
    const { validation } = await validate('sql');
    expect(validation.results.map(({ outcome }) => outcome)).toEqual(['failed', 'errored', 'errored', 'errored', 'errored']);
    expect(JSON.stringify(validation)).not.toMatch(/root:|\/tmp\/crisol/);
  });

  it('keeps a data set that a suite is about', async () => {
    const answer = await world.json('DELETE', '/datasets/penguins');
    expect(answer).toMatchObject({
      code: 'still_in_use',
      usedBy: expect.arrayContaining([expect.objectContaining({ kind: 'suite', name: 'strict' })]),
    });
  });
});
