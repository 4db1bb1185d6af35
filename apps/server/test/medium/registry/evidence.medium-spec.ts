import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalJson, type EvidenceBundle, type EvidenceKeyList, type HistoryEvent, type Model, type ModelAsOf } from '@crisol/contracts';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { GuardrailWatch } from '../../../src/registry/policies/guardrail-watch.js';
import { newId } from '../../../src/platform/database/new-id.js';
import { PolicyWorld, type Caller } from './policy-world.js';

let world: PolicyWorld;
let ada: Caller;
let ben: Caller;
beforeAll(async () => {
  world = await PolicyWorld.open();
  ada = await world.person('ada');
  ben = await world.person('ben');
}, 120_000);
afterAll(() => world?.close(), 60_000);

const lastOf = async (model: string, kind: HistoryEvent['kind']): Promise<HistoryEvent> => {
  const found = (await world.history(ada, model)).data.find((event) => event.kind === kind);
  if (!found) throw new Error(`${model} has no ${kind}`);
  return found;
};
const bundleOf = async (model: string, event: string): Promise<EvidenceBundle> =>
  (await world.ask<EvidenceBundle>(ada, 'GET', `models/${model}/history/${event}/evidence`)).body;
async function isValid(bundle: EvidenceBundle): Promise<boolean> {
  const { body } = await world.ask<EvidenceKeyList>(ada, 'GET', 'evidence-keys');
  const key = body.data.find(({ keyId }) => keyId === bundle.signature.keyId);
  if (!key) return false;
  return verify(
    null,
    Buffer.from(canonicalJson(bundle.statement)),
    createPublicKey(key.publicKeyPem),
    Buffer.from(bundle.signature.value, 'base64'),
  );
}

describe('the evidence of a move', () => {
  it('is signed when it is made, says what spoke for it, and a changed byte makes it invalid', async () => {
    await world.version('signed', { draft: { metrics: { rmse: 2, share: 1e21, tiny: 1e-7, none: 'NaN' } } });
    await world.policy(ada, 'signed', { approvals: 1 });
    await world.say(ben, 'signed', 1, 'approved', 'häßlich 😀 but good');
    expect((await world.make(ada, 'signed', 1)).status).toBe(201);
    const event = await lastOf('signed', 'alias_moved');
    expect(event).toMatchObject({ hasBundle: true, from: null, to: '1', version: 1, actorName: expect.stringContaining('ada') });
    const bundle = await bundleOf('signed', event.id);
    expect(bundle.statement).toMatchObject({
      type: 'crisol.alias-move.v1',
      event: { id: event.id, kind: 'moved', at: event.at },
      model: { name: 'signed' },
      revision: 1,
      from: null,
      to: 1,
      previous: null,
      evidence: {
        sha256: 'b'.repeat(64),
        metrics: { rmse: 2, share: 1e21, none: 'NaN' },
        approvals: [{ byName: 'ben', comment: 'häßlich 😀 but good' }],
        policy: { revision: 1 },
        gates: [],
        admission: { state: 'admitted' },
      },
    });
    expect(await isValid(bundle)).toBe(true);
    expect(await isValid(await bundleOf('signed', event.id))).toBe(true);
    const text = canonicalJson(bundle.statement);
    for (const at of [1, Math.floor(text.length / 3), text.indexOf('rmse'), text.length - 3]) {
      const changed = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
      expect(verify(null, Buffer.from(changed), await publicKey(), Buffer.from(bundle.signature.value, 'base64'))).toBe(false);
    }
    expect(await isValid({ ...bundle, statement: { ...bundle.statement, to: 2 } })).toBe(false);
    expect(await isValid({ ...bundle, statement: { ...bundle.statement, extra: null } })).toBe(false);
    expect(await isValid({ ...bundle, signature: { ...bundle.signature, value: `A${bundle.signature.value.slice(1)}` } })).toBe(false);
  });

  it('is signed with a key whose private part is nowhere in the open, made once', async () => {
    const { body } = await world.ask<EvidenceKeyList>(ada, 'GET', 'evidence-keys');
    expect(body.data).toHaveLength(1);
    const [key] = await world.sql<{ id: string; sealed: unknown }[]>('select * from evidence_key');
    expect(JSON.stringify(key)).not.toContain('PRIVATE');
    expect(key?.id).toBe(
      createHash('sha256')
        .update((await publicKey()).export({ type: 'spki', format: 'der' }))
        .digest('hex')
        .slice(0, 16),
    );
  });

  it('names the statement before it, so that none can be left out', async () => {
    await world.version('chain');
    await world.version('chain');
    await world.make(ada, 'chain', 1);
    const first = await lastOf('chain', 'alias_moved');
    await world.move(ada, 'chain', 2);
    const second = await bundleOf('chain', (await lastOf('chain', 'alias_moved')).id);
    const sha256 = createHash('sha256')
      .update(canonicalJson((await bundleOf('chain', first.id)).statement))
      .digest('hex');
    expect(second.statement).toMatchObject({ previous: { event: first.id, sha256 } });
  });

  it('names the data set version with its digest, or says that it is gone', async () => {
    const id = newId('dsv');
    await world.version('data', { draft: { datasetVersion: { dataset: 'lost', version: 3, id } } });
    await world.make(ada, 'data', 1);
    expect((await lastOf('data', 'alias_moved')).evidence).toMatchObject({
      datasetVersion: { dataset: 'lost', version: 3, id, sha256: null, gone: true },
    });
  });

  it('is a page for people that escapes everything and runs nothing', async () => {
    const nasty = `<script>alert(1)</script>"'&<img src=x onerror=alert(2)>`;
    await world.version('page', { draft: { metrics: { [`<b onclick="x">m`]: 1, rmse: 2 }, runId: null } });
    await world.policy(ada, 'page', { approvals: 1 });
    await world.say(ben, 'page', 1, 'approved', nasty);
    await world.ask(ada, 'PUT', 'models/page/aliases/champion', { version: 1, comment: nasty }, { 'if-none-match': '*' });
    const event = await lastOf('page', 'alias_moved');
    const response = await fetch(`${world.server.url}/api/v1/models/page/history/${event.id}/evidence.html`, {
      headers: { authorization: `Bearer ${ada.key}` },
    });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const text = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(text).not.toMatch(/<script|<img|<b |onclick="x"/);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;img src=x onerror=alert(2)&gt;');
    expect(text).toContain('&lt;b onclick=&quot;x&quot;&gt;m');
    expect(text).not.toMatch(/(src|href)=["']?(https?:)?\/\//);
    expect(text).toContain(event.id);
    expect(text).toContain((await bundleOf('page', event.id)).signature.value);
  });

  it('is there for moves only, and for those of this model', async () => {
    const event = await lastOf('page', 'approved');
    expect(await world.ask(ada, 'GET', `models/page/history/${event.id}/evidence`)).toMatchObject({ status: 404 });
    const other = await lastOf('chain', 'alias_moved');
    expect(await world.ask(ada, 'GET', `models/page/history/${other.id}/evidence`)).toMatchObject({ status: 404 });
  });
});

describe('the history of a model', () => {
  it('is one line of moves, versions, words and policies, paged without a gap', async () => {
    await world.version('line', { by: ada.id });
    await world.version('line');
    await world.make(ada, 'line', 1);
    await world.policy(ada, 'line', { approvals: 1 });
    await world.say(ben, 'line', 2, 'approved');
    await world.move(ada, 'line', 2);
    const { etag } = await world.ask(ada, 'GET', 'models/line/aliases/champion');
    await world.ask(ada, 'DELETE', 'models/line/aliases/champion', undefined, { 'if-match': etag ?? '' });
    await world.ask(ada, 'PATCH', 'models/line', { name: 'lined' });
    const whole = (await world.history(ada, 'lined')).data;
    expect(whole.map(({ kind, from, to, version }) => [kind, from, to, version])).toEqual([
      ['renamed', 'line', 'lined', null],
      ['alias_removed', '2', null, 2],
      ['alias_moved', '1', '2', 2],
      ['approved', null, null, 2],
      ['policy_changed', 'r0', 'r1', null],
      ['alias_moved', null, '1', 1],
      ['version_admitted', null, null, 2],
      ['version_created', null, null, 2],
      ['version_admitted', null, null, 1],
      ['version_created', null, null, 1],
    ]);
    expect(whole.map(({ hasBundle }) => hasBundle).filter(Boolean)).toHaveLength(2);
    const paged: HistoryEvent[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const next = await world.history(ada, 'lined', `?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...next.data);
      cursor = next.nextCursor;
    }
    expect(paged).toEqual(whole);
    expect((await world.history(ada, 'lined', '?version=1')).data.map(({ kind }) => kind)).toEqual([
      'alias_moved',
      'alias_moved',
      'version_admitted',
      'version_created',
    ]);
    expect((await world.history(ada, 'lined', '?alias=other')).data).toEqual([]);
    expect(await world.ask(ada, 'GET', 'models/lined/history?cursor=bm9uc2Vuc2U')).toMatchObject({ status: 400 });
  });

  it('tells what held at an instant', async () => {
    await world.version('past');
    await world.make(ada, 'past', 1);
    const first = await lastOf('past', 'alias_moved');
    await world.version('past');
    await world.move(ada, 'past', 2);
    const second = await lastOf('past', 'alias_moved');
    await world.stage('past', 2, 'Production');
    const at = async (asOf: string) => (await world.ask<ModelAsOf>(ada, 'GET', `models/past?asOf=${encodeURIComponent(asOf)}`)).body;
    expect(await at(first.at)).toMatchObject({
      name: 'past',
      asOf: first.at,
      aliases: [{ alias: 'champion', version: 1, event: first.id, since: first.at, movedBy: expect.stringContaining('ada') }],
      stages: [],
      versions: [1],
    });
    expect(await at(second.at)).toMatchObject({ aliases: [{ version: 2, event: second.id }], versions: [1, 2] });
    expect(await at(new Date(Date.parse(first.at) - 1).toISOString())).toMatchObject({ aliases: [] });
    expect((await world.ask<ModelAsOf>(ada, 'GET', 'models/past/as-of')).body).toMatchObject({
      aliases: [{ version: 2 }],
      stages: [{ stage: 'Production', version: 2 }],
      versions: [1, 2],
    });
    expect((await world.ask<Model>(ada, 'GET', 'models/past')).body.aliases).toEqual({ champion: 2 });
    expect((await world.ask(ada, 'DELETE', 'models/past/versions/1')).status).toBe(204);
    const deleted = await lastOf('past', 'version_deleted');
    expect(await at(second.at)).toMatchObject({ versions: [1, 2] });
    expect(await at(deleted.at)).toMatchObject({ versions: [2] });
    expect(await world.ask(ada, 'GET', 'models/past?asOf=yesterday')).toMatchObject({ status: 422 });
  });
});

describe('an alias that promotes by itself', () => {
  it('takes a version when it is admitted, and only newer ones', async () => {
    await world.version('auto');
    await world.policy(ada, 'auto', { autoPromote: true });
    await world.version('auto');
    const event = await lastOf('auto', 'alias_moved');
    expect(event).toMatchObject({
      to: '2',
      actor: null,
      actorName: 'system',
      comment: 'Promoted by policy: version 2 was admitted, and nothing stood in the way.',
      evidence: { policy: { autoPromote: true } },
    });
    await world.move(ada, 'auto', 1);
    await world.version('auto', { state: 'refused' });
    expect((await lastOf('auto', 'alias_moved')).to).toBe('1');
  });

  it('waits for the last approval', async () => {
    await world.version('patient');
    await world.policy(ada, 'patient', { autoPromote: true, approvals: 2 });
    await world.version('patient');
    await world.say(ben, 'patient', 2, 'approved');
    expect((await world.history(ada, 'patient', '?alias=champion')).data.map(({ kind }) => kind)).toEqual(['approved', 'policy_changed']);
    await world.say(ada, 'patient', 2, 'approved');
    expect(await lastOf('patient', 'alias_moved')).toMatchObject({
      to: '2',
      comment: 'Promoted by policy: ada approved it, and nothing stood in the way.',
      evidence: { approvals: [{ byName: 'ben' }, { byName: 'ada' }] },
    });
  });

  it('moves when its cool-down is over', async () => {
    await world.version('cool');
    await world.make(ada, 'cool', 1);
    await world.policy(ada, 'cool', { autoPromote: true, coolDownMinutes: 30 });
    await world.version('cool');
    const watch = world.part(GuardrailWatch);
    await watch.look();
    expect((await lastOf('cool', 'alias_moved')).to).toBe('1');
    await world.age('cool', 31);
    await watch.look();
    expect((await lastOf('cool', 'alias_moved')).to).toBe('2');
  });

  it('has its gates judge first', async () => {
    await world.version('gated');
    await world.policy(ada, 'gated', { autoPromote: true });
    await world.ask(ada, 'PUT', 'models/gated/gates/small', {
      validator: 'latency',
      checks: [{ type: 'size_limit', kwargs: { max_bytes: 10 } }],
    });
    await world.version('gated');
    const jobs = await world.sql<{ input: object; created_by: string | null }[]>(
      `select input, created_by from job where kind = 'model.judge' and input ->> 'model' = (select id from model where name = 'gated')`,
    );
    expect(jobs).toMatchObject([{ input: { version: 2, alias: 'champion' }, created_by: null }]);
    expect((await world.ask(ada, 'GET', 'models/gated/aliases/champion')).status).toBe(404);
  });
});

describe('a guardrail', () => {
  const guardrail = { maxErrorShare: 0.05, maxP95Ms: null, minRequests: 100, watchMinutes: 30 };

  async function served(model: string, policy: object): Promise<string> {
    await world.version(model);
    await world.version(model);
    await world.make(ada, model, 1);
    const endpoint = await world.endpoint(model, `at-${model}`);
    expect((await world.policy(ada, model, policy)).status).toBe(200);
    await world.move(ada, model, 2);
    await world.age(model, 5);
    return endpoint;
  }
  const traffic = (endpoint: string, minutesAgo: number, requests: number, errors: number, bin = 0): Promise<unknown> =>
    world.sql(
      `insert into endpoint_minute (endpoint_id, variant, minute, requests, rows, errors, latencies)
       select ?, 'main', date_trunc('minute', now()) - make_interval(mins => ?), ?, ?, ?, array_agg(case when i = ? then ? else 0 end order by i) from generate_series(0, 95) i`,
      [endpoint, minutesAgo, requests, requests, errors, bin, requests],
    );

  it('takes the alias back when too many requests fail, with the figures as evidence', async () => {
    const endpoint = await served('fails', { approvals: 0, guardrail });
    // Before the move, another version answered.
    await traffic(endpoint, 8, 1_000, 900);
    await traffic(endpoint, 3, 60, 6);
    const watch = world.part(GuardrailWatch);
    await watch.look();
    expect((await lastOf('fails', 'alias_moved')).to).toBe('2');
    expect((await world.history(ada, 'fails')).data.map(({ kind }) => kind)).not.toContain('demoted');
    await traffic(endpoint, 2, 40, 4);
    await watch.look();
    const event = await lastOf('fails', 'demoted');
    expect(event).toMatchObject({
      from: '2',
      to: '1',
      actorName: 'system',
      comment: 'Guardrail: version 2 was taken back, since 10 % of 100 requests failed, more than 5 %.',
      evidence: {
        guardrail: { version: 2, requests: 100, errors: 10, errorShare: 0.1, endpoints: [{ name: 'at-fails' }] },
        goingBack: true,
      },
      hasBundle: true,
    });
    expect(await isValid(await bundleOf('fails', event.id))).toBe(true);
    // It is back for good: the former version is not taken further back, nor the demoted one forth.
    await traffic(endpoint, 1, 500, 500);
    await watch.look();
    expect((await lastOf('fails', 'demoted')).id).toBe(event.id);
  });

  it('takes it back when answers take too long, and leaves it while all is well', async () => {
    const slow = await served('slow', { guardrail: { ...guardrail, maxErrorShare: null, maxP95Ms: 100 } });
    const well = await served('well', { guardrail: { ...guardrail, maxP95Ms: 100 } });
    await traffic(slow, 2, 200, 200, 60);
    await traffic(well, 2, 200, 10, 20);
    await world.part(GuardrailWatch).look();
    expect((await lastOf('slow', 'demoted')).comment).toMatch(/95 % of 200 requests took up to 1\.\d+e\+3 ms, more than 100 ms/);
    expect((await world.history(ada, 'well')).data.map(({ kind }) => kind)).not.toContain('demoted');
  });

  it('takes an alias back once: whoever goes back is not taken further back', async () => {
    const endpoint = await served('once', { guardrail });
    await world.version('once');
    expect(await world.move(ada, 'once', 3)).toMatchObject({ status: 200 });
    await world.age('once', 5);
    await traffic(endpoint, 2, 200, 100);
    const watch = world.part(GuardrailWatch);
    await watch.look();
    expect(await lastOf('once', 'demoted')).toMatchObject({ from: '3', to: '2' });
    await world.age('once', 5);
    await watch.look();
    expect((await world.ask(ada, 'GET', 'models/once/aliases/champion')).body).toMatchObject({ version: 2 });
    // A person's way back is none to be taken back either.
    await world.move(ada, 'once', 3);
    await world.move(ada, 'once', 2);
    await world.age('once', 5);
    await watch.look();
    expect((await world.history(ada, 'once')).data.filter(({ kind }) => kind === 'demoted')).toHaveLength(1);
  });

  it('never flaps: a version that was taken back comes again by a person only, through all that the policy asks', async () => {
    const endpoint = await served('flap', { autoPromote: true, guardrail });
    await traffic(endpoint, 2, 200, 100);
    const watch = world.part(GuardrailWatch);
    await watch.look();
    await watch.look();
    expect((await world.history(ada, 'flap')).data.filter(({ kind }) => kind === 'demoted')).toHaveLength(1);
    expect((await world.ask(ada, 'GET', 'models/flap/aliases/champion')).body).toMatchObject({ version: 1 });
    await world.policy(ada, 'flap', { autoPromote: true, approvals: 1, guardrail });
    expect(await world.move(ada, 'flap', 2)).toMatchObject({ status: 409, body: { code: 'approval_missing' } });
    await world.say(ben, 'flap', 2, 'approved');
    expect((await world.ask(ada, 'GET', 'models/flap/aliases/champion')).body).toMatchObject({ version: 1 });
    expect(await world.move(ada, 'flap', 2)).toMatchObject({ status: 200 });
  });

  it('watches for its time only', async () => {
    const endpoint = await served('late', { guardrail });
    await world.age('late', 30);
    await traffic(endpoint, 2, 200, 100);
    await world.part(GuardrailWatch).look();
    expect((await world.history(ada, 'late')).data.map(({ kind }) => kind)).not.toContain('demoted');
  });
});

describe('many at once', () => {
  it('move one alias in one order of revisions, without gaps, each signed after the one before', async () => {
    for (let i = 0; i < 4; i++) await world.version('busy');
    await world.make(ada, 'busy', 1);
    const moves = 1_100;
    let next = 0;
    const answers: number[] = [];
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (next < moves) {
          const version = (next++ % 4) + 1;
          answers.push((await world.move(ada, 'busy', version)).status);
        }
      }),
    );
    expect(answers.every((status) => status === 200)).toBe(true);
    const rows = await world.sql<
      { revision: number; from_version: number | null; to_version: number; at: string; sha256: string; statement: string }[]
    >(
      `select e.revision, e.from_version, e.to_version, e.at, b.sha256, b.statement from alias_event e join evidence_bundle b on b.event_id = e.id
       where e.model_id = (select id from model where name = 'busy') order by e.revision`,
    );
    expect(rows.length).toBeGreaterThan(moves / 2);
    rows.forEach((row, i) => {
      const before = rows[i - 1];
      expect(row.revision).toBe(i + 1);
      expect(row.from_version).toBe(before?.to_version ?? null);
      expect(row.from_version).not.toBe(row.to_version);
      if (before) expect(new Date(row.at).getTime()).toBeGreaterThan(new Date(before.at).getTime());
      expect(JSON.parse(row.statement)).toMatchObject({ previous: before ? { sha256: before.sha256 } : null });
    });
    expect((await world.ask(ada, 'GET', 'models/busy/aliases/champion')).body).toMatchObject({
      revision: rows.length,
      version: rows.at(-1)?.to_version,
    });
  }, 180_000);

  it('make an alias once', async () => {
    await world.version('race');
    await world.version('race');
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => world.make(ada, 'race', (i % 2) + 1)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
  });
});

async function publicKey() {
  const { body } = await world.ask<EvidenceKeyList>(ada, 'GET', 'evidence-keys');
  return createPublicKey(body.data[0]?.publicKeyPem ?? '');
}
