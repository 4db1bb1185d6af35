import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { openDataWorld, type DataWorld } from './data-world.js';

jest.setTimeout(60_000);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const module = pathToFileURL(here('../../../dist/datasets/duckdb/read-table.js')).href;
let world: DataWorld;
let folder: string;
beforeAll(async () => {
  world = await openDataWorld();
  folder = await mkdtemp(join(tmpdir(), 'crisol-table-'));
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

async function read(name: string, columns: readonly string[]) {
  const file = join(folder, `${name}.parquet`);
  const answer = await world.request('GET', `/datasets/${name}/versions/1/download?format=parquet`);
  await writeFile(file, new Uint8Array(await answer.arrayBuffer()));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', here('./read-table-child.mjs'), module, file, JSON.stringify(columns)],
    { maxBuffer: 100_000_000 },
  );
  return JSON.parse(stdout);
}

describe('readTable', () => {
  it('gives typed arrays: NaN and -1 for what is missing, days for times, 0 and 1 for booleans', async () => {
    await world.importFile(
      'typed',
      'n,x,b,d,t,s\n1,0.5,true,1970-01-02,1970-01-01 12:00:00,u\n,,,,,\n-3,2,false,2000-01-01,2000-01-01 06:00:00,v\n4,1,true,1969-12-31,1969-12-31 18:00:00,u\n',
    );
    const table = await read('typed', ['s', 'n', 'x', 'b', 'd', 't']);
    expect(table.rows).toBe(4);
    const [s, n, x, b, d, t] = table.columns;
    expect(s.codes.map((code: number) => (code < 0 ? null : s.levels[code]))).toEqual(['u', null, 'v', 'u']);
    expect(n).toMatchObject({ type: 'integer', values: [1, null, -3, 4] });
    expect(x).toMatchObject({ type: 'number', values: [0.5, null, 2, 1] });
    expect(b).toMatchObject({ type: 'boolean', values: [1, null, 0, 1] });
    expect(d).toMatchObject({ type: 'date', values: [1, null, 10_957, -1] });
    expect(t).toMatchObject({ type: 'timestamp', values: [0.5, null, 10_957.25, -0.25] });
  });

  it('keeps the order of the file over many chunks and row groups', async () => {
    const count = 300_000;
    await world.importFile('long', `i,k\n${Array.from({ length: count }, (_unused, index) => `${index},k${index % 1000}`).join('\n')}\n`);
    const [i, k] = (await read('long', ['i', 'k'])).columns;
    expect(i.values.findIndex((value: number, index: number) => value !== index)).toBe(-1);
    expect(k.codes.findIndex((code: number, index: number) => k.levels[code] !== `k${index % 1000}`)).toBe(-1);
  });

  it('names the columns that exist when one does not', async () => {
    expect(await read('typed', ['nope'])).toEqual({ error: 'There is no column "nope"; there are "n", "x", "b", "d", "t", "s".' });
  });
});
