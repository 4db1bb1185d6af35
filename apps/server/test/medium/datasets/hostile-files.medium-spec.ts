import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openDataWorld, type DataWorld } from './data-world.js';

jest.setTimeout(180_000);
let world: DataWorld;
let parquet: Uint8Array;
beforeAll(async () => {
  world = await openDataWorld();
  await world.importFile(
    'good',
    `id,text\n${Array.from({ length: 2_000 }, (_unused, index) => `${index},value ${index % 7}`).join('\n')}\n`,
  );
  parquet = new Uint8Array(await (await world.request('GET', '/datasets/good/versions/1/download?format=parquet')).arrayBuffer());
});
afterAll(() => world.close());

const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
const row = (columns: number) => Array.from({ length: columns }, (_unused, index) => `c${index}`).join(',');

/** What somebody might send, by accident or on purpose; the code it is refused with and a word of the advice. */
const hostile: readonly { name: string; bytes: () => string | Uint8Array; code: string; says: RegExp; read?: object }[] = [
  { name: 'no byte at all', bytes: () => '', code: 'file_empty', says: /0 bytes/ },
  { name: 'blank lines only', bytes: () => '\n\n\r\n', code: 'file_empty', says: /blank/ },
  { name: 'a header and no rows', bytes: () => 'a,b\n', code: 'file_empty', says: /no rows/ },
  { name: 'UTF-16 with its mark', bytes: () => utf16('a,b\n1,2\n'), code: 'file_encoding', says: /UTF-16/ },
  { name: 'UTF-16 without a mark', bytes: () => Buffer.from('a,b\n1,2\n3,4\n', 'utf16le'), code: 'file_encoding', says: /UTF-16/ },
  { name: 'Latin-1', bytes: () => Buffer.from('name,n\nJosé,1\n', 'latin1'), code: 'file_encoding', says: /Line 2.*0xE9/ },
  { name: 'a NUL byte', bytes: () => `a,b\n1,2\n3,\u0000\n${'5,6\n'.repeat(100)}`, code: 'file_encoding', says: /line 3/ },
  {
    name: 'a row with a value too few',
    bytes: () => 'a,b,c\n1,2,3\n4,5\n6,7,8\n',
    code: 'file_ragged',
    says: /Line 3 has 2 values; the columns are 3.*4,5/,
  },
  { name: 'a row with a value too many', bytes: () => 'a,b,c\n1,2,3\n4,5,6,7\n6,7,8\n', code: 'file_ragged', says: /Line 3 has 4 values/ },
  { name: 'a quote that never closes', bytes: () => 'a,b\n1,"x\n2,y\n', code: 'file_ragged', says: /quote/ },
  { name: 'a million columns', bytes: () => `${row(1_000_000)}\n`, code: 'file_limits', says: /columns/ },
  { name: 'six thousand columns', bytes: () => `${row(6_000)}\n${row(6_000)}\n`, code: 'file_limits', says: /5,000/ },
  { name: 'a cell of 30 MB', bytes: () => `a,b\n1,${'x'.repeat(30_000_000)}\n`, code: 'file_limits', says: /longer than/ },
  { name: 'columns behind another character', bytes: () => 'a:b\n1:2\n3:4\n5:6\n', code: 'file_delimiter', says: /":"/ },
  {
    name: 'the wrong delimiter asked for',
    bytes: () => 'a,b\n1,2\n3,4\n',
    read: { delimiter: ';' },
    code: 'file_delimiter',
    says: /comma/,
  },
  {
    name: 'a type asked for that does not fit',
    bytes: () => 'a\nx\n',
    read: { types: { a: 'integer' } },
    code: 'file_format',
    says: /Line 2: "x"/,
  },
  {
    name: 'a type for a column that is not there',
    bytes: () => 'a\n1\n',
    read: { types: { b: 'text' } },
    code: 'column_unknown',
    says: /"a"/,
  },
  { name: 'a reserved column', bytes: () => '__row,b\n1,2\n', code: 'file_limits', says: /__row/ },
  { name: 'a gzip archive', bytes: () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0]), code: 'file_format', says: /gzip/ },
  { name: 'an Excel workbook', bytes: () => Buffer.from('PK\u0003\u0004rest'), code: 'file_format', says: /Excel/ },
  { name: 'a Python pickle', bytes: () => Buffer.from([0x80, 0x04, 0x95, 1, 2, 3]), code: 'file_format', says: /pickle/ },
  { name: 'a JSON array', bytes: () => '[{"a":1},{"a":2}]', code: 'file_format', says: /one object a line/i },
  { name: 'broken NDJSON', bytes: () => '{"a":1}\n{"a":\n', code: 'file_format', says: /JSON/ },
  { name: 'a web page', bytes: () => '<!DOCTYPE html><p>Sign in</p>', code: 'file_format', says: /HTML/ },
  { name: 'Parquet magic and nothing else', bytes: () => Buffer.from('PAR1PAR1'), code: 'file_format', says: /Parquet/ },
  { name: 'Parquet cut in half', bytes: () => parquet.subarray(0, parquet.length >> 1), code: 'file_format', says: /cut short/ },
  {
    name: 'Parquet with its middle cut out',
    bytes: () => Buffer.concat([parquet.subarray(0, 40), parquet.subarray(parquet.length - 200)]),
    code: 'file_format',
    says: /damaged/,
  },
  {
    name: 'Parquet whose footer claims 2^31 bytes',
    bytes: () => {
      const bytes = Buffer.from(parquet);
      bytes.writeUInt32LE(0x7fffffff, bytes.length - 8);
      return bytes;
    },
    code: 'file_format',
    says: /damaged/,
  },
];

describe('hostile files', () => {
  it.each(hostile)('refuses $name with a code and advice, and keeps serving', async ({ bytes, code, says, read }) => {
    const job = await world.importFile('hostile', bytes(), { fileName: 'file', read });
    expect(job).toMatchObject({ state: 'failed', error: { code } });
    expect(job.error?.detail).toMatch(says);
    expect(job.error?.detail).not.toMatch(/\/tmp|\.duckdb|SELECT|read_csv/);
    expect((await world.request('GET', '/datasets/good/versions/1/rows?limit=1')).status).toBe(200);
  });

  it('leaves no version behind', async () => {
    expect((await world.request('GET', '/datasets/hostile')).status).toBe(404);
  });

  it('ends with a refusal or a table for Parquet with any byte changed', async () => {
    for (let trial = 0; trial < 12; trial++) {
      const bytes = Buffer.from(parquet);
      const at = Math.floor((trial / 12) * (bytes.length - 8)) + 4;
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      const job = await world.importFile(`mutant-${trial}`, bytes, { fileName: 'm.parquet' });
      if (job.state === 'failed') expect(job.error?.code).toMatch(/^(file_\w+|job_crashed)$/);
      else expect(job.state).toBe('succeeded');
    }
  });

  it('refuses a file over the limit and a form that is cut short', async () => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(50_000_001)]), 'big.csv');
    expect((await world.request('POST', '/datasets', form)).status).toBe(413);
    const cut = await world.request(
      'POST',
      '/datasets',
      Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n1'),
      {
        'content-type': 'multipart/form-data; boundary=x',
      },
    );
    expect(cut.status).toBe(400);
    const posing = await world.request('POST', '/datasets', { file: { path: '/etc/passwd' }, name: 'x' });
    expect(posing.status).toBe(415);
  });
});
