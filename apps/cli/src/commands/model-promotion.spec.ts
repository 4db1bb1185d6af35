import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '@crisol/contracts';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from '../command.js';
import { runCli } from '../run-cli.js';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: { readonly method: string; readonly path: string; readonly body: unknown; readonly headers: Headers }[];
}

/** Runs a command line against answers that were written down, by method and path. */
async function crisol(line: string, answers: Readonly<Record<string, unknown>> = {}): Promise<Ran> {
  const ran = { stdout: '', stderr: '', calls: [] as Ran['calls'] };
  const world: World = {
    environment: { CRISOL_API_KEY: 'crs_test' },
    stdout: { write: (text) => (ran.stdout += text) },
    stderr: { write: (text) => (ran.stderr += text) },
    signal: new AbortController().signal,
    readStdin: async () => '',
    fetch: async (input, init) => {
      const url = new URL(String(input));
      const path = `${url.pathname.replace('/api/v1/', '')}${url.search}`;
      const method = init?.method ?? 'GET';
      ran.calls.push({
        method,
        path,
        body: typeof init?.body === 'string' ? JSON.parse(init.body) : null,
        headers: new Headers(init?.headers),
      });
      const answer = answers[`${method} ${path}`];
      if (answer === undefined)
        return Response.json({ code: 'not_found', status: 404, title: 'No', detail: `no ${path}` }, { status: 404 });
      return typeof answer === 'string' ? new Response(answer) : Response.json(answer);
    },
  };
  return { code: await runCli(line.split(' '), world), ...ran };
}

const check = {
  model: 'penguins',
  alias: 'champion',
  version: 2,
  incumbent: 1,
  aliasRevision: 4,
  allowed: true,
  blockers: [],
  gates: [{ gate: 'better', alias: 'champion', required: true, standing: 'passed', judgement: 'jdg_1', message: '' }],
  approvals: [],
  approvalsNeeded: 0,
  mayApprove: true,
  metrics: [{ name: 'auc', incumbent: 0.9, candidate: 0.95 }],
  signature: { compatible: true, changes: [] },
  endpoints: ['shop'],
};
const shut = {
  ...check,
  allowed: false,
  blockers: [{ code: 'approval', message: 'Version 2 lacks 1 of 1 approval for champion.', until: null }],
};
const asked = 'GET models/penguins/versions/2/promotion?alias=champion';

describe('models promote', () => {
  it('moves the alias that it has looked at, with the reason', async () => {
    const ran = await crisol('models promote penguins 2 --comment better', {
      [asked]: check,
      'PUT models/penguins/aliases/champion': { model: 'penguins', alias: 'champion', version: 2 },
    });
    expect(ran).toMatchObject({ code: 0, stdout: 'penguins@champion names version 2 now, before it version 1.\n' });
    expect(ran.calls[1]?.body).toEqual({ version: 2, comment: 'better' });
    expect(ran.calls[1]?.headers.get('if-match')).toBe('"r4"');
  });

  it('makes an alias that is not there yet', async () => {
    const ran = await crisol('models promote penguins 2', {
      [asked]: { ...check, incumbent: null, aliasRevision: null },
      'PUT models/penguins/aliases/champion': { model: 'penguins', alias: 'champion', version: 2 },
    });
    expect(ran.calls[1]?.headers.get('if-none-match')).toBe('*');
    expect(ran.stdout).toBe('penguins@champion names version 2 now.\n');
  });

  it('says what stands in the way, and moves nothing', async () => {
    const ran = await crisol('models promote penguins 2', { [asked]: shut });
    expect(ran.code).toBe(5);
    expect(ran.stdout).toContain('blocker      Version 2 lacks 1 of 1 approval for champion.');
    expect(ran.stderr).toContain('penguins@champion stays where it is.');
    expect(ran.calls).toHaveLength(1);
  });

  it('only says what would happen with --dry-run', async () => {
    const ran = await crisol('models promote penguins 2 --dry-run', { [asked]: check });
    expect(ran).toMatchObject({ code: 0, calls: { length: 1 } });
    expect(ran.stdout).toContain('allowed      yes');
    expect(ran.stdout).toContain('gate better  passed');
    expect(ran.stdout).toContain('auc          0.9 → 0.95');
    expect(JSON.parse((await crisol('models promote penguins 2 --dry-run --json', { [asked]: check })).stdout)).toMatchObject({
      allowed: true,
    });
  });

  it('asks for a model and a version', async () => {
    expect(await crisol('models promote penguins champion')).toMatchObject({ code: 2, calls: [] });
  });
});

describe('models approve', () => {
  const said = {
    data: [{ id: 'apr_1', at: '2026-05-01T12:00:00.000Z', byName: 'ada', decision: 'rejected', counts: true, comment: 'too old' }],
  };

  it('says yes, no, or takes it back', async () => {
    const answers = { 'POST models/penguins/versions/2/approvals': said };
    const decisions = await Promise.all(
      ['models approve penguins 2', 'models approve penguins 2 --reject', 'models approve penguins 2 --withdraw --alias shadow'].map(
        async (line) => (await crisol(line, answers)).calls[0]?.body,
      ),
    );
    expect(decisions).toEqual([
      { alias: 'champion', comment: '', decision: 'approved' },
      { alias: 'champion', comment: '', decision: 'rejected' },
      { alias: 'shadow', comment: '', decision: 'withdrawn' },
    ]);
    expect((await crisol('models approve penguins 2 --reject', answers)).stdout).toContain('ada  rejected  yes     too old');
    expect(await crisol('models approve penguins 2 --reject --withdraw')).toMatchObject({ code: 2, calls: [] });
  });
});

describe('models history', () => {
  it('lists what happened, or tells what held', async () => {
    const event = {
      at: '2026-05-01T12:00:00.000Z',
      kind: 'alias_moved',
      alias: 'champion',
      from: '1',
      to: '2',
      version: 2,
      actorName: 'ada',
      id: 'evt_1',
      comment: 'better',
    };
    const listed = await crisol('models history penguins --alias champion', {
      'GET models/penguins/history?alias=champion': { data: [event], nextCursor: null, totalEstimate: null },
    });
    expect(listed.stdout).toContain('alias moved  champion  1     2   ada  evt_1  better');
    const held = await crisol('models history penguins --as-of 2026-05-01', {
      'GET models/penguins/as-of?asOf=2026-05-01T00%3A00%3A00.000Z': {
        name: 'penguins',
        asOf: '2026-05-01T00:00:00.000Z',
        aliases: [{ alias: 'champion', version: 1, event: 'evt_0', since: '2026-04-01T00:00:00.000Z', movedBy: 'ben' }],
        stages: [],
        versions: [1],
      },
    });
    expect(held.stdout).toContain('@champion  version 1 since 2026-04-01T00:00:00.000Z by ben (evt_0)');
    expect(await crisol('models history penguins --as-of yesterday')).toMatchObject({ code: 2, calls: [] });
  });
});

describe('evidence', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const keyId = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const statement = { model: { id: 'mdl_1', name: 'penguins' }, to: 2, metrics: { auc: 0.1, big: 1e21 }, comment: 'é \u202e 😀' };
  const value = sign(null, Buffer.from(canonicalJson(statement)), privateKey).toString('base64');
  const bundle = { statement, signature: { algorithm: 'ed25519', keyId, value } };

  async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'crisol-evidence-'));
    try {
      await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  it('is printed, kept and verified offline; a changed byte makes it invalid', () =>
    inFolder(async (folder) => {
      const [file, key] = [join(folder, 'bundle.json'), join(folder, 'key.pem')];
      const printed = await crisol('models evidence evt_1', { 'GET evidence/evt_1': bundle });
      await writeFile(file, printed.stdout);
      await writeFile(key, pem);
      const valid = await crisol(`models verify-evidence ${file} --key ${key}`);
      expect(valid).toMatchObject({ code: 0, calls: [], stdout: expect.stringContaining('signature  valid') });
      // The order of members and the white space are no part of what was signed.
      await writeFile(
        file,
        JSON.stringify({ signature: bundle.signature, statement: Object.fromEntries(Object.entries(statement).toReversed()) }),
      );
      expect((await crisol(`models verify-evidence ${file} --key ${key} --json`)).stdout).toContain('"valid": true');
      await writeFile(file, printed.stdout.replace('"to": 2', '"to": 3'));
      expect(await crisol(`models verify-evidence ${file} --key ${key}`)).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('the statement or the signature was changed'),
      });
      await writeFile(key, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString());
      await writeFile(file, printed.stdout);
      expect(await crisol(`models verify-evidence ${file} --key ${key}`)).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('signature  not valid'),
      });
      await writeFile(key, 'no key');
      expect(await crisol(`models verify-evidence ${file} --key ${key}`)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no public Ed25519 key'),
      });
      await writeFile(file, '{}');
      expect(await crisol(`models verify-evidence ${file}`)).toMatchObject({ code: 1, stderr: expect.stringContaining('is no evidence') });
    }));

  it('is verified with the key of the server when none is given', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'bundle.json');
      await writeFile(file, JSON.stringify(bundle));
      const keys = { data: [{ keyId, publicKeyPem: pem, createdAt: '2026-05-01T12:00:00.000Z' }] };
      expect(await crisol(`models verify-evidence ${file}`, { 'GET evidence-keys': keys })).toMatchObject({ code: 0 });
      expect(await crisol(`models verify-evidence ${file}`, { 'GET evidence-keys': { data: [] } })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`never signed with a key ${keyId}`),
      });
      expect(await readFile(file, 'utf8')).toBe(JSON.stringify(bundle));
    }));

  it('is a page with --html', async () => {
    const ran = await crisol('models evidence evt_1 --html', {
      'GET evidence/evt_1': bundle,
      'GET models/mdl_1/history/evt_1/evidence.html': '<!doctype html><p>é</p>',
    });
    expect(ran.stdout).toBe('<!doctype html><p>é</p>');
  });
});

describe('models card', () => {
  it('prints the card of the newest version, or of the one that is named', async () => {
    const answers = {
      'GET models/penguins': { latestVersion: 3 },
      'GET models/penguins/versions/3/card.md': '# penguins v3\n',
      'GET models/penguins/versions/%40champion/card.html': '<!doctype html>',
    };
    expect((await crisol('models card penguins', answers)).stdout).toBe('# penguins v3\n');
    expect((await crisol('models card penguins @champion --html', answers)).stdout).toBe('<!doctype html>');
  });
});
