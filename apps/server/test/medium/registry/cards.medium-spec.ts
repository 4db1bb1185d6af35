import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ModelCard, PutModelCard } from '@crisol/contracts';
import MarkdownIt from 'markdown-it';
import { LineageService } from '../../../src/lineage/lineage.service.js';
import { Database } from '../../../src/platform/database/database.js';
import { newId } from '../../../src/platform/database/new-id.js';
import { PolicyWorld, type Caller } from './policy-world.js';

let world: PolicyWorld;
let ada: Caller;
beforeAll(async () => {
  world = await PolicyWorld.open();
  ada = await world.person('ada');
}, 120_000);
afterAll(() => world?.close(), 60_000);

const card = (model: string, version: number) => world.ask<ModelCard>(ada, 'GET', `models/${model}/versions/${version}/card`);
const put = (model: string, version: number, body: Partial<PutModelCard>, headers = {}) =>
  world.ask<ModelCard>(ada, 'PUT', `models/${model}/versions/${version}/card`, body, headers);
const textOf = (card: ModelCard, key: string) => card.sections.find((section) => section.key === key)?.text;

describe('the card of a version', () => {
  it('holds what is known, and all eight sections, empty at first', async () => {
    const version = await world.version('facts', { by: ada.id, draft: { metrics: { rmse: 1.5, odd: 'NaN' } } });
    await world.make(ada, 'facts', version);
    await world.endpoint('facts', 'shop');
    await world.verdict('facts', version);
    const [row] = await world.sql<{ id: string }[]>(
      `select id from model_version where model_id = (select id from model where name = 'facts')`,
    );
    await world
      .part(Database)
      .transaction((em) =>
        world
          .part(LineageService)
          .link(
            em,
            { kind: 'run', id: newId('run'), name: 'training 7' },
            { kind: 'model_version', id: row?.id ?? '', name: 'facts v1' },
            'registered as',
          ),
      );
    const { body, etag } = await card('facts', version);
    expect(etag).toBe('"r0"');
    expect(body).toMatchObject({
      model: 'facts',
      version: 1,
      facts: {
        task: 'regression',
        metrics: { rmse: 1.5, odd: null },
        aliases: ['champion'],
        endpoints: ['shop'],
        gates: [{ gate: 'fair', verdict: 'failed' }],
        slices: [{ gate: 'fair', slice: 'F', rows: 12, value: 0.5, passed: false }],
        fairness: [{ check: 'group_parity', outcome: 'failed', message: 'F is below M.' }],
        inputs: [{ name: 'x', type: 'number' }],
        limits: ['group_parity of gate fair failed: F is below M.', expect.stringContaining('fewer than 30 rows of F (12)')],
        lineage: [{ kind: 'run', name: 'training 7' }],
        sizeBytes: 10,
        createdBy: 'ada',
      },
      owner: '',
      inheritedFrom: null,
      updatedAt: null,
      revision: 0,
    });
    expect(body.sections).toHaveLength(8);
    expect(body.sections.every(({ text }) => text === '')).toBe(true);
  });

  it('keeps the words that people write, under their revision, and later versions inherit them until they have their own', async () => {
    for (let i = 0; i < 3; i++) await world.version('words');
    expect(
      await put('words', 2, { owner: 'risk team', licence: 'MIT', sections: [{ key: 'summary', text: 'Tells *risk*.' }] }),
    ).toMatchObject({
      status: 200,
      etag: '"r1"',
      body: { owner: 'risk team', licence: 'MIT', inheritedFrom: null, revision: 1, updatedBy: expect.stringMatching(/^key_/) },
    });
    expect((await card('words', 1)).body).toMatchObject({ owner: '', inheritedFrom: null });
    const inherited = (await card('words', 3)).body;
    expect(inherited).toMatchObject({ owner: 'risk team', inheritedFrom: 2, revision: 0, updatedAt: null });
    expect(textOf(inherited, 'summary')).toBe('Tells *risk*.');
    expect(await put('words', 3, { sections: [] }, { 'if-match': '"r1"' })).toMatchObject({ status: 412 });
    expect(await put('words', 3, { owner: 'ada', sections: [] }, { 'if-match': '"r0"' })).toMatchObject({
      status: 200,
      body: { revision: 1 },
    });
    expect(textOf((await card('words', 3)).body, 'summary')).toBe('');
    expect(await put('words', 2, {}, { 'if-match': '"r1"' })).toMatchObject({ status: 200, body: { revision: 2 } });
  });

  it('takes each section once', async () => {
    const summary = { key: 'summary' as const, text: 'twice' };
    expect(await put('words', 1, { sections: [summary, summary] })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/sections/1/key' }] },
    });
  });
});

describe('an exported card', () => {
  const nasty = `<script>alert(1)</script>|"'&<img src=x onerror=alert(2)> [x](javascript:alert(3)) ![i](http://evil.example/i.png)`;

  beforeAll(async () => {
    await world.version('export', { draft: { metrics: { [`m|<b>*x*`]: 1 }, origin: nasty } });
    await put('export', 1, {
      owner: nasty,
      licence: '`MIT`',
      sections: [{ key: 'summary', text: `# Big\n\n**bold** ${nasty}\n\n- one\n- two` }],
    });
  });

  it('as HTML escapes everything, runs nothing and loads nothing', async () => {
    const response = await fetch(`${world.server.url}/api/v1/models/export/versions/1/card.html`, {
      headers: { authorization: `Bearer ${ada.key}` },
    });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await response.text();
    expect(text).not.toMatch(/<script|<img|href="javascript|<b>\*x/);
    expect(text).not.toMatch(/src="?http/);
    expect(text).toContain('<strong>bold</strong>');
    expect(text).toContain('<li>one</li>');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;|&quot;&#39;&amp;&lt;img');
    expect(text).toContain('m|&lt;b&gt;*x*');
  });

  it('as Markdown shows facts as they are, in tables that they cannot leave', async () => {
    const response = await fetch(`${world.server.url}/api/v1/models/export/versions/1/card.md`, {
      headers: { authorization: `Bearer ${ada.key}` },
    });
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    const text = await response.text();
    expect(text.split('\n')[0]).toBe('# export v1');
    expect(text).toContain('## Summary\n\n# Big\n\n**bold**');
    const html = new MarkdownIt({ html: true }).render(text.replace(/## Summary[\s\S]*?(?=\n## Metrics)/, ''));
    expect(html).not.toMatch(/<script|<img|<b>|<em>|<a /);
    const rows = [...html.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = '']) => [...row.matchAll(/<td[^>]*>([\s\S]*?)<\/td>/g)].length);
    expect(rows.filter((cells) => cells > 0).every((cells) => cells === 2)).toBe(true);
    expect(html).toContain('m|&lt;b&gt;*x*');
  });
});
