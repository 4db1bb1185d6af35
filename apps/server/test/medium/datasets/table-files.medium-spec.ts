import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

jest.setTimeout(60_000);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const module = pathToFileURL(here('../../../dist/datasets/duckdb/table-files.js')).href;
let folder: string;
// What the child printed; its shape is written there.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
let seen: Record<string, any>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crisol-table-files-'));
  const child = [`--no-warnings`, here('./table-files-child.mjs'), module, folder, '300000'];
  const { stdout } = await promisify(execFile)(process.execPath, child, { maxBuffer: 10_000_000 });
  seen = JSON.parse(stdout);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('tables as Parquet files', () => {
  it('come back as they were, missing values of every type included', () => {
    expect(seen['back']).toEqual(seen['written']);
  });

  it('give their first rows and the columns that were asked for', () => {
    expect(seen['first']).toEqual({ rows: 2, columns: [{ name: 'n', type: 'integer', cells: [1, null] }] });
    expect(seen['unknown']).toBe('invalid_input: There is no column nope; there are x, n, b, d, t, a "name".');
  });

  it('keep the order of 300,000 rows', () => {
    expect(seen['ordered']).toBe(true);
  });
});
