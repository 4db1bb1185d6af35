import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Alias, AliasPolicy, ApprovalList, Problem } from '@crisol/contracts';
import { PolicyWorld, type Caller } from './policy-world.js';

let world: PolicyWorld;
let ada: Caller;
let ben: Caller;
let cleo: Caller;
beforeAll(async () => {
  world = await PolicyWorld.open();
  ada = await world.person('ada');
  ben = await world.person('ben');
  cleo = await world.person('cleo');
}, 120_000);
afterAll(() => world?.close(), 60_000);

/** A model whose champion is version 1, with a version 2 that ada made. */
async function withIncumbent(model: string, policy: object): Promise<void> {
  await world.version(model);
  await world.version(model, { by: ada.id });
  expect((await world.make(cleo, model, 1)).status).toBe(201);
  expect((await world.policy(cleo, model, policy)).status).toBe(200);
}
const championOf = async (model: string): Promise<number> =>
  (await world.ask<Alias>(ada, 'GET', `models/${model}/aliases/champion`)).body.version;
const codesOf = async (who: Caller, model: string, version: number): Promise<string[]> =>
  (await world.check(who, model, version)).blockers.map(({ code }) => code);

describe('a policy', () => {
  it('is the defaults until somebody sets it, and again when it is taken away; its revisions go on counting', async () => {
    await world.version('plain');
    const before = await world.ask<AliasPolicy>(ada, 'GET', 'models/plain/policies/champion');
    expect(before).toMatchObject({ status: 200, etag: '"r0"', body: { approvals: 0, updatedAt: null, revision: 0 } });
    const set = await world.ask(ada, 'PUT', 'models/plain/policies/champion', { approvals: 1 }, { 'if-match': '"r0"' });
    expect(set).toMatchObject({
      status: 200,
      etag: '"r1"',
      body: { approvals: 1, selfApproval: false, updatedBy: expect.stringMatching(/^key_/) },
    });
    expect(await world.ask(ada, 'PUT', 'models/plain/policies/champion', {}, { 'if-match': '"r0"' })).toMatchObject({ status: 412 });
    expect(await world.ask(ada, 'GET', 'models/plain/policies')).toMatchObject({ body: { data: [{ alias: 'champion' }] } });
    expect(await world.ask(ada, 'DELETE', 'models/plain/policies/champion', undefined, { 'if-match': '"r1"' })).toMatchObject({
      status: 204,
    });
    expect(await world.ask(ada, 'GET', 'models/plain/policies')).toMatchObject({ body: { data: [] } });
    expect(await world.ask(ada, 'GET', 'models/plain/policies/champion')).toMatchObject({
      body: { approvals: 0, updatedAt: null, revision: 2 },
    });
    expect(await world.ask(ada, 'DELETE', 'models/plain/policies/champion')).toMatchObject({ status: 404 });
  });

  it('that nobody can ever meet is refused with pointers', async () => {
    expect(await world.policy(ada, 'plain', { approvers: ['ada', 'nobody'] })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/approvers/1', code: 'not_found' }] },
    });
    expect(await world.policy(ada, 'plain', { approvals: 2, approvers: ['ada', ada.id] })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/approvals' }] },
    });
    expect(
      await world.policy(ada, 'plain', { guardrail: { maxErrorShare: null, maxP95Ms: null, minRequests: 1, watchMinutes: 1 } }),
    ).toMatchObject({ status: 422 });
  });
});

describe('an alias that asks for approvals', () => {
  it('stays until so many different people have approved, and the check says the same as the move', async () => {
    await withIncumbent('two', { approvals: 2 });
    const refused = await world.move<Problem>(cleo, 'two', 2);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'approval_missing', errors: [{ pointer: '/version', code: 'approval_missing' }] },
    });
    const before = await world.check(cleo, 'two', 2);
    expect(before).toMatchObject({ allowed: false, incumbent: 1, aliasRevision: 1, approvalsNeeded: 2, approvals: [] });
    expect(before.blockers.map(({ message }) => message).join(' ')).toBe(refused.body.detail);
    expect(refused.body.detail).toContain('lacks 2 of 2 approvals for champion; none counts.');
    await world.say(ben, 'two', 2, 'approved');
    // The same person again, and once more by a service key of theirs.
    await world.say(ben, 'two', 2, 'approved');
    await world.say(await world.service('bens-robot', ben), 'two', 2, 'approved');
    const once = await world.check(cleo, 'two', 2);
    expect(once).toMatchObject({ allowed: false, blockers: [{ code: 'approval' }] });
    expect(once.approvals.map(({ counts, byName }) => [byName, counts])).toEqual([
      ['ben', false],
      ['ben', false],
      ['ben', true],
    ]);
    const dora = await world.person('dora');
    await world.say(dora, 'two', 2, 'approved', 'read the report');
    expect(await world.check(cleo, 'two', 2)).toMatchObject({ allowed: true, blockers: [] });
    expect(await world.move(cleo, 'two', 2)).toMatchObject({ status: 200, body: { version: 2 } });
    const [event] = (await world.history(ada, 'two')).data;
    expect(event?.evidence).toMatchObject({
      approvals: [{ byName: 'ben' }, { byName: 'dora', comment: 'read the report' }],
      policy: { revision: 1, approvals: 2 },
    });
  });

  it('does not count who made the version, nor who moves, unless the policy says so', async () => {
    await withIncumbent('self', { approvals: 1 });
    expect(await world.say(ada, 'self', 2, 'approved')).toMatchObject({ status: 403, body: { code: 'approval_refused' } });
    expect(await world.check(ada, 'self', 2)).toMatchObject({ mayApprove: false });
    await world.say(ben, 'self', 2, 'approved');
    expect(await world.move(ben, 'self', 2)).toMatchObject({ status: 409, body: { code: 'approval_missing' } });
    expect(await world.check(ben, 'self', 2)).toMatchObject({ allowed: false, approvals: [{ counts: false }], mayApprove: true });
    expect(await world.check(cleo, 'self', 2)).toMatchObject({ allowed: true, approvals: [{ counts: true }] });
    await world.policy(cleo, 'self', { approvals: 1, selfApproval: true });
    expect(await world.check(ben, 'self', 2)).toMatchObject({ allowed: true });
    expect((await world.say(ada, 'self', 2, 'approved')).status).toBe(201);
    expect(await world.move(ada, 'self', 2)).toMatchObject({ status: 200 });
  });

  it('hears only those whom the policy names, by id or by name, also when it names them later', async () => {
    await withIncumbent('named', { approvals: 1 });
    await world.say(ben, 'named', 2, 'approved');
    await world.policy(ada, 'named', { approvals: 1, approvers: ['CLEO'] });
    expect(await codesOf(ada, 'named', 2)).toEqual(['approval']);
    expect(await world.say(ben, 'named', 2, 'approved')).toMatchObject({
      status: 403,
      body: { detail: 'ben may not approve moves of champion; CLEO may.' },
    });
    expect((await world.say(cleo, 'named', 2, 'approved')).status).toBe(201);
    expect(await codesOf(ada, 'named', 2)).toEqual([]);
  });

  it('needs the scope models:promote of who approves', async () => {
    const eve = await world.person('eve', ['models:read'], 'viewer');
    await withIncumbent('scoped', { approvals: 1 });
    expect(await world.say(eve, 'scoped', 2, 'approved')).toMatchObject({ status: 403, body: { code: 'missing_scope' } });
    expect(await world.check(eve, 'scoped', 2)).toMatchObject({ mayApprove: false });
  });

  it('forgets an approval that was withdrawn', async () => {
    await withIncumbent('back', { approvals: 1 });
    expect(await world.say(ben, 'back', 2, 'withdrawn')).toMatchObject({ status: 404 });
    await world.say(ben, 'back', 2, 'approved');
    expect(await codesOf(cleo, 'back', 2)).toEqual([]);
    const said = await world.say(ben, 'back', 2, 'withdrawn');
    expect((said.body as ApprovalList).data.map(({ decision, counts }) => [decision, counts])).toEqual([
      ['approved', false],
      ['withdrawn', false],
    ]);
    expect(await codesOf(cleo, 'back', 2)).toEqual(['approval']);
  });

  it('asks again when another version holds it, or the version was taken back', async () => {
    await withIncumbent('fresh', { approvals: 1 });
    await world.version('fresh');
    await world.say(ben, 'fresh', 2, 'approved');
    await world.say(ben, 'fresh', 3, 'approved');
    expect(await world.move(cleo, 'fresh', 3)).toMatchObject({ status: 200 });
    expect(await codesOf(cleo, 'fresh', 2)).toEqual(['approval']);
    // Going back is free, and so is nothing that follows it.
    expect(await world.move(cleo, 'fresh', 1)).toMatchObject({ status: 200 });
    expect(await codesOf(cleo, 'fresh', 3)).toEqual(['approval']);
    expect(await codesOf(cleo, 'fresh', 2)).toEqual(['approval']);
  });

  it('stays while somebody who may approve rejects, until they think better of it', async () => {
    await withIncumbent('no', { approvals: 1 });
    await world.say(ben, 'no', 2, 'approved');
    await world.say(ada, 'no', 2, 'rejected', 'trained on last year');
    const refused = await world.move<Problem>(cleo, 'no', 2);
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'version_rejected', detail: 'ada rejected version 2 for champion: trained on last year' },
    });
    expect(await codesOf(cleo, 'no', 2)).toEqual(['rejected']);
    await world.say(ada, 'no', 2, 'withdrawn');
    expect(await world.move(cleo, 'no', 2)).toMatchObject({ status: 200 });
  });

  it('keeps what was said: nobody changes it, and it stands in the history', async () => {
    await withIncumbent('kept', { approvals: 1 });
    await world.say(ben, 'kept', 2, 'approved', 'fine');
    expect((await world.history(ada, 'kept', '?version=2')).data.map(({ kind, comment }) => [kind, comment])).toEqual([
      ['approved', 'fine'],
      ['version_admitted', ''],
      ['version_created', ''],
    ]);
    await expect(world.sql(`update approval set decision = 'rejected'`)).rejects.toThrow('append-only');
    await expect(world.sql('delete from alias_event')).rejects.toThrow('append-only');
    await expect(world.sql('delete from registry_event')).rejects.toThrow('append-only');
    await expect(world.sql(`update evidence_bundle set signature = ''`)).rejects.toThrow('append-only');
  });
});

describe('an alias that cools down', () => {
  it('stays for its time, says until when, and goes back at once', async () => {
    await withIncumbent('hot', { coolDownMinutes: 60 });
    const refused = await world.move<Problem>(cleo, 'hot', 2);
    expect(refused).toMatchObject({ status: 409, body: { code: 'cooling_down', retryable: true } });
    expect(Number(refused.retryAfter)).toBeGreaterThan(3_500);
    expect(await world.check(cleo, 'hot', 2)).toMatchObject({ blockers: [{ code: 'cool_down', until: expect.stringMatching(/Z$/) }] });
    await world.age('hot', 61);
    expect(await world.move(cleo, 'hot', 2)).toMatchObject({ status: 200 });
    expect(await world.check(cleo, 'hot', 1)).toMatchObject({ allowed: true });
    expect(await world.move(cleo, 'hot', 1)).toMatchObject({ status: 200 });
    // To have it again is a move forward.
    expect(await world.move(cleo, 'hot', 2)).toMatchObject({ status: 409, body: { code: 'cooling_down' } });
  });

  it('goes back one version after the other, and no further', async () => {
    await withIncumbent('pile', {});
    await world.version('pile');
    await world.move(cleo, 'pile', 2);
    await world.move(cleo, 'pile', 3);
    await world.policy(cleo, 'pile', { approvals: 1, coolDownMinutes: 60 });
    expect(await codesOf(cleo, 'pile', 1)).toEqual(['approval', 'cool_down']);
    expect(await world.move(cleo, 'pile', 2)).toMatchObject({ status: 200 });
    expect(await codesOf(cleo, 'pile', 3)).toEqual(['approval', 'cool_down']);
    expect(await world.move(cleo, 'pile', 1)).toMatchObject({ status: 200 });
    expect(await codesOf(cleo, 'pile', 2)).toEqual(['approval', 'cool_down']);
  });

  it('is not freed by taking the alias away; putting it back where it was is', async () => {
    await withIncumbent('gone', { coolDownMinutes: 60 });
    const { etag } = await world.ask(ada, 'GET', 'models/gone/aliases/champion');
    await world.ask(ada, 'DELETE', 'models/gone/aliases/champion', undefined, { 'if-match': etag ?? '' });
    expect(await world.make(ada, 'gone', 2)).toMatchObject({ status: 409, body: { code: 'cooling_down' } });
    expect(await world.make(ada, 'gone', 1)).toMatchObject({ status: 201 });
  });
});

describe('the admission of a version', () => {
  it('is asked for, but for stored ones that no endpoint answers with', async () => {
    await world.version('files', { state: 'stored' });
    await world.version('files', { state: 'refused' });
    await world.version('files', { state: 'pending' });
    expect(await world.check(ada, 'files', 1)).toMatchObject({ allowed: true, incumbent: null, aliasRevision: null });
    expect(await world.make(ada, 'files', 1)).toMatchObject({ status: 201 });
    expect(await codesOf(ada, 'files', 2)).toEqual(['not_admitted']);
    expect(await world.move(ada, 'files', 3)).toMatchObject({ status: 409, body: { code: 'version_not_admitted' } });
    const stored = await world.version('files', { state: 'stored' });
    await world.endpoint('files', 'shop');
    expect(await world.check(ada, 'files', stored)).toMatchObject({
      endpoints: ['shop'],
      blockers: [
        { code: 'not_servable', message: `Version ${stored} has no ONNX file, so it cannot serve, and shop answers with champion.` },
      ],
    });
    expect(await world.move(ada, 'files', stored)).toMatchObject({ status: 409, body: { code: 'version_not_admitted' } });
    expect(await championOf('files')).toBe(1);
  });

  it('and a version that holds the alias already is no move', async () => {
    await withIncumbent('same', { coolDownMinutes: 60 });
    expect(await codesOf(ada, 'same', 1)).toEqual(['same_version']);
    expect(await world.move(ada, 'same', 1)).toMatchObject({ status: 200, body: { revision: 1 } });
  });
});

describe('what a promotion check shows', () => {
  it('compares metrics and signature with those of the incumbent', async () => {
    await world.version('wide', { draft: { metrics: { rmse: 2, only: 1, odd: 'NaN' } } });
    await world.version('wide', {
      draft: {
        metrics: { rmse: 1 },
        signature: {
          task: 'regression',
          target: 'y',
          labels: null,
          inputs: [
            { name: 'x', type: 'text', nullable: false },
            { name: 'z', type: 'number', nullable: false },
            { name: 'w', type: 'number', nullable: true },
          ],
        },
      },
    });
    await world.make(ada, 'wide', 1);
    expect(await world.check(ada, 'wide', 2)).toMatchObject({
      metrics: [
        { name: 'odd', incumbent: null, candidate: null },
        { name: 'only', incumbent: 1, candidate: null },
        { name: 'rmse', incumbent: 2, candidate: 1 },
      ],
      signature: {
        compatible: false,
        changes: [
          { column: 'x', change: 'changed', breaking: true, detail: 'x was number and is text' },
          { column: 'z', change: 'added', breaking: true },
          { column: 'w', change: 'added', breaking: false },
        ],
      },
    });
  });
});
