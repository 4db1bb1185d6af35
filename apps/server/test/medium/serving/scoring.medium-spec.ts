import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServingWorld, timesModel } from './serving-world.js';

let world: ServingWorld;
beforeAll(async () => {
  world = await ServingWorld.open();
  await world.admit('double', timesModel(2));
  await world.endpoint('plain', [{ name: 'main', model: 'double', version: 1, share: 100 }]);
}, 120_000);
afterAll(() => world?.close(), 60_000);

async function invoke(body: string, type = 'application/json', endpoint = 'plain', key = world.adminKey) {
  const response = await fetch(`${world.url}/endpoints/${endpoint}/invocations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, ...(type && { 'content-type': type }) },
    body,
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

describe("MLflow's scoring protocol", () => {
  it.each([
    ['dataframe_split', '{"dataframe_split": {"columns": ["x"], "index": [4, 5], "data": [[1], [2.5]]}}', 'application/json'],
    ['dataframe_records', '{"dataframe_records": [{"x": 1}, {"x": 2.5}], "params": {"threshold": 0.4}}', 'application/json; charset=utf-8'],
    ['instances', '{"instances": [[1], [2.5]]}', 'application/json'],
    ['inputs', '{"inputs": {"x": [1, 2.5]}}', 'application/json;charset=UTF-8'],
    ['CSV', 'x\n1\n2.5\n', 'text/csv'],
  ])('answers %s', async (_name, body, type) => {
    expect(await invoke(body, type)).toEqual({ status: 200, body: { predictions: [2, 5] } });
  });

  it.each([
    ['rubbish', '{', 'application/json', 400],
    ['nothing that it knows', '{"rows": [[1]]}', 'application/json', 400],
    ['a value of another type', '{"instances": [["many"], [1]]}', 'application/json', 400],
    ['a value of another type in every row', '{"instances": [["many"]]}', 'application/json', 400],
    ['another content type', '<x/>', 'application/xml', 415],
    ['another charset', '{"instances": [[1]]}', 'application/json; charset=latin-1', 415],
    ['a parameter of the content type', '{"instances": [[1]]}', 'application/json; format=pandas', 415],
  ])('refuses %s in words', async (_name, body, type, status) => {
    const answer = await invoke(body, type);
    expect(answer).toMatchObject({ status, body: { error_code: 'BAD_REQUEST' } });
    expect(String(answer.body.message)).not.toBe('');
  });

  it('knows whether an endpoint is there', async () => {
    const ping = (endpoint: string, key: string) =>
      fetch(`${world.url}/endpoints/${endpoint}/ping`, { headers: { authorization: `Bearer ${key}` } });
    const here = await ping('plain', world.adminKey);
    expect([here.status, await here.text()]).toEqual([200, '\n']);
    expect((await ping('nowhere', world.adminKey)).status).toBe(404);
    expect(await invoke('{"instances": [[1]]}', 'application/json', 'nowhere')).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    });
  });

  it('asks for the key, the scope and the endpoint that predictions ask for', async () => {
    const reader = await world.key(['endpoints:read']);
    const other = await world.key(['endpoints:predict'], { endpoints: ['other'] });
    const body = '{"instances": [[1]]}';
    expect(await invoke(body, 'application/json', 'plain', 'nobody')).toMatchObject({
      status: 401,
      body: { error_code: 'UNAUTHENTICATED' },
    });
    expect(await invoke(body, 'application/json', 'plain', reader)).toMatchObject({
      status: 403,
      body: { error_code: 'PERMISSION_DENIED' },
    });
    expect(await invoke(body, 'application/json', 'plain', other)).toMatchObject({ status: 404 });
  });
});
