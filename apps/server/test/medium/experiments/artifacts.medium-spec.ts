import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ArtifactFiles } from '../../../src/experiments/artifacts/artifact-files.js';
import { graceMs } from '../../../src/platform/storage/grace-time.js';
import { ExperimentsService } from '../../../src/experiments/experiments.service.js';
import { RemovalService } from '../../../src/experiments/removal/removal.service.js';
import { mlflowIdOf } from '../../../src/experiments/runs/run-ids.js';
import { RunsService } from '../../../src/experiments/runs.service.js';
import { systemActor } from '../../../src/platform/auth/actor.js';
import { Statements } from '../../../src/platform/database/statements.js';
import { OrphanedObjects } from '../../../src/platform/storage/orphaned-objects.js';
import { createTestServer, type TestServer } from '../../create-test-server.js';

let server: TestServer;
let files: ArtifactFiles;
const part = <T>(type: abstract new (...args: never[]) => T): T => server.app.get(type, { strict: false });
beforeAll(async () => {
  server = await createTestServer();
  files = part(ArtifactFiles);
}, 90_000);
afterAll(async () => {
  await server.close();
}, 60_000);

async function textOf(path: string): Promise<string | undefined> {
  const file = await files.find(path);
  if (!file) return undefined;
  let text = '';
  for await (const chunk of await files.open(file)) text += String(chunk);
  return text;
}
async function storedObjects(): Promise<number> {
  const names = await readdir(join(server.dataFolder, 'storage', 'objects', 'artifacts'), { recursive: true }).catch(() => []);
  return names.filter((name) => /[0-9a-f]{32}$/.test(name)).length;
}

describe(ArtifactFiles.name, () => {
  it('gives back what was put, and lists each folder once, whatever the names are', async () => {
    const name = fc
      .stringMatching(/^[\w .\-ñ%+&=#?0:]{1,12}$/u)
      .filter((part) => part !== '.' && part !== '..' && !/%(00|2e|2f|5c)/i.test(part));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 3 }), { maxLength: 8, selector: (p) => p.join('/') }),
        async (paths) => {
          const root = `round-${round++}`;
          const put = new Map<string, string>();
          for (const parts of paths) {
            const path = [root, ...parts].join('/');
            const clash = [...put.keys()].some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`));
            if (clash) {
              await expect(files.put(path, Buffer.from('x'))).rejects.toMatchObject({ code: 'validation_failed' });
              continue;
            }
            await files.put(path, Buffer.from(path));
            put.set(path, path);
          }
          for (const [path, text] of put) expect(await textOf(path)).toBe(text);
          const { entries, next } = await files.list(root);
          const expected = new Set([...put.keys()].map((path) => path.split('/')[1]));
          expect(next).toBeNull();
          expect(entries.map((entry) => entry.name).toSorted()).toEqual([...expected].toSorted());
          expect((await files.below(root)).map(({ path }) => path).toSorted()).toEqual([...put.keys()].toSorted());
        },
      ),
      { numRuns: 30 },
    );
  }, 60_000);

  it('pages through a folder with files and folders whose names begin alike', async () => {
    const names = ['n', 'n-x/a', 'n.txt', 'n0', 'na/b', 'na/c', 'nb'];
    for (const name of names) await files.put(`paged/${name}`, Buffer.from('1'));
    const seen: string[] = [];
    let after: string | null = '';
    while (after !== null) {
      const page: Awaited<ReturnType<ArtifactFiles['list']>> = await files.list('paged', 2, after);
      seen.push(...page.entries.map(({ name }) => name));
      after = page.next;
    }
    expect(seen.toSorted()).toEqual(['n', 'n-x', 'n.txt', 'n0', 'na', 'nb']);
  });

  it('makes a name a file or a folder when both are written at once', async () => {
    for (let round = 0; round < 5; round++) {
      const paths = [`9/both-${round}/a`, `9/both-${round}/a/b`];
      await Promise.allSettled([...paths, ...paths, ...paths].map((path) => files.put(path, Buffer.from('1'))));
      expect(await files.below(`9/both-${round}`)).toHaveLength(1);
    }
  });

  it('lists a folder whose name has characters beyond the first plane', async () => {
    await files.put('😀😀/chart.txt', Buffer.from('1'));
    expect((await files.list('😀😀')).entries.map(({ name }) => name)).toEqual(['chart.txt']);
  });

  it.each([
    '../x',
    'a/../../x',
    'a/%2e%2e/x',
    'a/%252e%252e/x',
    '/etc/passwd',
    'a\u0000b',
    'a/..\\..\\x',
    'a//b',
    'a/./b',
    '',
    'registry/mdl/1/x',
  ])('refuses to write %j', async (path) => {
    await expect(files.put(path, Buffer.from('evil'))).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('keeps the former file when an upload breaks off, and nothing of the broken one', async () => {
    await files.put('broken/a.bin', Buffer.from('old'));
    const before = await storedObjects();
    const half = Readable.from(
      (function* () {
        yield Buffer.alloc(100_000);
        throw new Error('the client went away');
      })(),
    );
    await expect(files.put('broken/a.bin', half)).rejects.toThrow('the client went away');
    expect(await textOf('broken/a.bin')).toBe('old');
    expect(await storedObjects()).toBe(before);
  });

  it('replaces a file at once and leaves the old bytes to the sweeper', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, i) => files.put('replaced/a.txt', Buffer.from(`text ${i}`))));
    expect(await textOf('replaced/a.txt')).toMatch(/^text \d$/);
    const before = await storedObjects();
    expect(await part(OrphanedObjects).sweep(0)).toBeGreaterThanOrEqual(7);
    expect(await storedObjects()).toBeLessThanOrEqual(before - 7);
    expect(await textOf('replaced/a.txt')).toMatch(/^text \d$/);
  });
});

describe(RemovalService.name, () => {
  async function runWithFile(experiment: string): Promise<{ id: string; path: string }> {
    const run = await part(RunsService).create(systemActor, { experiment, params: { a: '1' }, tags: {} });
    await part(RunsService).log(systemActor, run.id, { metrics: [{ name: 'loss', step: 1, value: 0.5 }], params: {}, tags: {} });
    const path = `${run.experiment.number}/${mlflowIdOf(run.id)}/artifacts/model.bin`;
    await files.put(path, Buffer.from('weights'));
    return { id: run.id, path };
  }
  const change = (id: string, action: 'delete' | 'restore') => part(RunsService).change(systemActor, { runs: [id], action, tags: {} });
  const points = async (): Promise<number> =>
    Number((await part(Statements).run<{ n: string }>({ text: 'select count(*) as n from metric_point' }))[0]?.n);

  it('keeps what was deleted until the grace time is over, and removes rows, points and bytes then', async () => {
    const kept = await runWithFile('grace');
    const gone = await runWithFile('grace');
    await change(gone.id, 'delete');
    const before = { points: await points(), objects: await storedObjects() };
    await part(RemovalService).sweep(Date.now() + graceMs - 60_000);
    expect(await points()).toBe(before.points);
    await change(gone.id, 'restore');
    expect(await textOf(gone.path)).toBe('weights');

    await change(gone.id, 'delete');
    await part(RemovalService).sweep(Date.now() + graceMs + 60_000);
    await part(OrphanedObjects).sweep(0);
    expect(await points()).toBe(before.points - 1);
    expect(await storedObjects()).toBe(before.objects - 1);
    await expect(part(RunsService).get(gone.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await textOf(kept.path)).toBe('weights');
  });

  it('never deletes bytes that another path still names', async () => {
    const run = await runWithFile('shared');
    const file = await files.find(run.path);
    await part(Statements).run(
      {
        text: `insert into artifact_file (path, object_key, size_bytes, sha256, updated_at) values ('registry/mdl_x/1/model.bin', $1, 7, $2, now())`,
      },
      [file?.objectKey ?? '', file?.sha256 ?? ''],
    );
    await change(run.id, 'delete');
    await part(RemovalService).removeRun(systemActor, run.id);
    await part(OrphanedObjects).sweep(0);
    expect(await files.find(run.path)).toBeUndefined();
    expect(await textOf('registry/mdl_x/1/model.bin')).toBe('weights');
  });

  it('removes an experiment on its name alone, and frees the name', async () => {
    const { id } = await part(ExperimentsService).create(systemActor, { name: 'doomed', description: '', tags: {} });
    const run = await runWithFile('doomed');
    await expect(part(RemovalService).removeExperiment(systemActor, id, 'doomed')).rejects.toMatchObject({ code: 'validation_failed' });
    await part(ExperimentsService).delete(systemActor, id);
    await expect(part(RemovalService).removeExperiment(systemActor, id, 'other')).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(part(ExperimentsService).create(systemActor, { name: 'doomed', description: '', tags: {} })).rejects.toMatchObject({
      code: 'name_taken',
    });
    await part(RemovalService).removeExperiment(systemActor, id, 'doomed');
    expect(await files.find(run.path)).toBeUndefined();
    await expect(part(ExperimentsService).create(systemActor, { name: 'doomed', description: '', tags: {} })).resolves.toMatchObject({
      name: 'doomed',
      runs: 0,
    });
  });

  it('lets several processes remove at the same time', async () => {
    const runs = await Promise.all(Array.from({ length: 30 }, () => runWithFile('many')));
    await part(RunsService).change(systemActor, { runs: runs.map(({ id }) => id), action: 'delete', tags: {} });
    const later = Date.now() + graceMs + 60_000;
    await Promise.all([part(RemovalService).sweep(later), part(RemovalService).sweep(later), part(RemovalService).sweep(later)]);
    await part(RemovalService).sweep(later);
    for (const run of runs) expect(await files.find(run.path)).toBeUndefined();
  });
});
