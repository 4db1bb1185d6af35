import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { openDataWorld, type DataWorld } from './data-world.js';

jest.setTimeout(120_000);
let world: DataWorld;
beforeAll(async () => {
  world = await openDataWorld();
});
afterAll(() => world.close());

const digest = (bytes: Uint8Array) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;

describe('data sets', () => {
  it('imports the penguins with their types, missing values and profile', async () => {
    const answer = await world.request('POST', '/datasets/samples/penguins');
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toMatch(/^\/api\/v1\/jobs\/job_/);
    const job = await world.finished(JSON.parse(await answer.text()));
    expect(job).toMatchObject({ state: 'succeeded', outputs: { version: '1' } });

    const version = await world.json('GET', '/datasets/penguins/versions/latest');
    expect(version).toMatchObject({ rows: 344, version: 1, source: { format: 'csv', fileName: 'penguins.csv' } });
    const profile = await world.json('GET', '/datasets/penguins/versions/1/profile');
    const column = (name: string): Record<string, unknown> =>
      profile['columns'].find((candidate: { name: string }) => candidate.name === name);
    expect(column('sex')).toMatchObject({ type: 'text', nulls: 11, distinct: 2, distinctExact: true });
    expect(column('bill_length_mm')).toMatchObject({ type: 'number', nulls: 2, min: 32.1, max: 59.6 });
    // Means and deviations as R's palmerpenguins reports them.
    expect(Number(column('bill_length_mm')['mean'])).toBeCloseTo(43.92193, 5);
    expect(Number(column('body_mass_g')['std'])).toBeCloseTo(801.9545, 4);
    const bins = column('body_mass_g')['histogram'] as { count: number }[];
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(342);

    const page = await world.json('GET', '/datasets/penguins/versions/1/rows?offset=3&limit=1');
    expect(page).toMatchObject({ total: 344, offset: 3, rows: [['Adelie', 'Torgersen', null, null, null, null, null, 2007]] });
  });

  it('makes a new immutable version of a name that exists and tells its list', async () => {
    const first = await world.importFile('orders', 'id;amount;day\n1;2,5;31/12/2024\n2;1000,25;01/02/2025\n');
    expect(first).toMatchObject({ state: 'succeeded', outputs: { version: '1' } });
    expect(await world.importFile('orders', 'id,amount\n007,3.5\n')).toMatchObject({ outputs: { version: '2' } });
    const rows = await world.json('GET', '/datasets/orders/versions/1/rows');
    expect(rows['rows']).toEqual([
      [1, 2.5, '2024-12-31'],
      [2, 1000.25, '2025-02-01'],
    ]);
    expect(await world.json('GET', '/datasets/orders/versions/2/rows')).toMatchObject({ rows: [['007', 3.5]] });
    const versions = await world.json('GET', '/datasets/orders/versions');
    expect(versions['data']).toMatchObject([{ version: 2 }, { version: 1, source: { read: { delimiter: ';', decimalSeparator: ',' } } }]);
  });

  it('takes a value far down the file that does not fit the type of the first lines', async () => {
    const lines = Array.from({ length: 60_000 }, (_unused, index) => `${index},${index === 50_000 ? 'late' : index}`);
    expect(await world.importFile('late', `id,value\n${lines.join('\n')}\n`)).toMatchObject({ state: 'succeeded' });
    const version = await world.json('GET', '/datasets/late/versions/1');
    expect(version['columns']).toMatchObject([{ type: 'integer' }, { type: 'text' }]);
    expect(version).toMatchObject({ rows: 60_000 });
  });

  it('reads NDJSON and gives it back as NDJSON, CSV and Parquet', async () => {
    const lines = ['{"name":"=1+1","n":1}', '{"name":"-5","n":null}', '{"name":"a,b","n":9007199254740993}'];
    expect(await world.importFile('lines', lines.join('\n'), { fileName: 'lines.ndjson' })).toMatchObject({ state: 'succeeded' });
    const csv = await world.request('GET', '/datasets/lines/versions/1/download', undefined, { accept: 'text/csv' });
    expect(csv.headers.get('content-disposition')).toContain('attachment; filename="lines-v1.csv"');
    expect(csv.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await csv.text()).toBe(`name,n\n'=1+1,1\n-5,\n"a,b",9007199254740993\n`);
    const ndjson = await world.request('GET', '/datasets/lines/versions/1/download?format=ndjson');
    expect((await ndjson.text()).split('\n')[0]).toBe('{"name":"=1+1","n":1}');
    const rows = await world.json('GET', '/datasets/lines/versions/1/rows');
    expect(rows['rows']).toContainEqual(['a,b', '9007199254740993']);
    const tail = await world.request('GET', '/datasets/lines/versions/1/download?format=parquet', undefined, { range: 'bytes=-4' });
    expect(tail.status).toBe(206);
    expect(await tail.text()).toBe('PAR1');
  });

  it('takes Parquet again as it gave it', async () => {
    const given = await world.request('GET', '/datasets/lines/versions/1/download?format=parquet');
    const bytes = new Uint8Array(await given.arrayBuffer());
    expect(await world.importFile('again', bytes, { fileName: 'again.parquet' })).toMatchObject({ state: 'succeeded' });
    expect(await world.json('GET', '/datasets/again/versions/1/rows')).toMatchObject({ total: 3 });
  });

  it('takes an upload in parts that can be resumed, and refuses wrong bytes', async () => {
    const bytes = Buffer.from(`n\n${Array.from({ length: 3_000_000 }, (_unused, index) => index).join('\n')}\n`);
    const created = await world.json('POST', '/uploads', {
      name: 'big',
      fileName: 'big.csv',
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    const partSize: number = created['partSizeBytes'];
    const part = (number: number) => bytes.subarray((number - 1) * partSize, number * partSize);
    const put = (number: number, body: Uint8Array, header: string) =>
      world.request('PUT', `/uploads/${created['id']}/parts/${number}`, body, {
        'content-type': 'application/octet-stream',
        'content-digest': header,
      });
    expect((await put(1, part(1), digest(part(2)))).status).toBe(422);
    expect((await put(2, part(2), digest(part(2)))).status).toBe(200);
    expect(await world.json('POST', `/uploads/${created['id']}/complete`)).toMatchObject({ code: 'upload_incomplete' });
    expect((await put(1, part(1), digest(part(1)))).status).toBe(200);
    expect(await world.json('GET', `/uploads/${created['id']}`)).toMatchObject({ parts: [1, 2], state: 'open' });
    const done = await world.request('POST', `/uploads/${created['id']}/complete`);
    expect(done.status).toBe(202);
    expect(await world.finished(JSON.parse(await done.text()))).toMatchObject({ state: 'succeeded' });
    expect(await world.json('GET', '/datasets/big')).toMatchObject({ latestVersion: { rows: 3_000_000 } });
  });

  it('changes a description under its ETag only', async () => {
    const before = await world.request('GET', '/datasets/penguins');
    const etag = before.headers.get('etag') ?? '';
    const changed = await world.request(
      'PATCH',
      '/datasets/penguins',
      { description: 'Birds', tags: { team: 'biology' } },
      { 'if-match': etag },
    );
    expect(JSON.parse(await changed.text())).toMatchObject({ description: 'Birds', tags: { team: 'biology' } });
    expect((await world.request('PATCH', '/datasets/penguins', { description: 'x' }, { 'if-match': etag })).status).toBe(412);
  });

  it('deletes what nothing uses', async () => {
    expect((await world.request('DELETE', '/datasets/again')).status).toBe(204);
    expect((await world.request('GET', '/datasets/again')).status).toBe(404);
  });
});
