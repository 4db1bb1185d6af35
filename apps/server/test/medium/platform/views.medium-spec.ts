import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../../src/platform/auth/actor.js';
import { ViewsService } from '../../../src/platform/views/views.service.js';
import { createTestServer, type TestServer } from '../../create-test-server.js';

const person = (id: string): Actor => ({ kind: 'user', id, name: id.slice(4), scopes: new Set(), endpoints: null, requestId: null });
const ada = person('usr_ada');
const eve = person('usr_eve');

describe(ViewsService.name, () => {
  let server: TestServer;
  let views: ViewsService;
  beforeAll(async () => {
    server = await createTestServer();
    views = server.app.get(ViewsService, { strict: false });
  }, 90_000);
  afterAll(async () => {
    await server.close();
  }, 60_000);

  const named = (name: string, more: { page?: string; shared?: boolean; query?: string } = {}) => ({
    page: 'runs',
    name,
    query: 'filter=a',
    shared: false,
    ...more,
  });

  it('shows a person their own views first and the shared ones of others, of that page alone', async () => {
    await views.create(eve, named('B shared', { shared: true }));
    await views.create(eve, named('secret'));
    await views.create(ada, named('z mine'));
    await views.create(ada, named('other page', { page: 'models' }));
    const { data } = await views.list(ada, 'runs');
    expect(data.map(({ name, mine, ownerName }) => [name, mine, ownerName])).toEqual([
      ['z mine', true, 'ada'],
      ['B shared', false, 'eve'],
    ]);
  });

  it('takes a name once for each person and page', async () => {
    await views.create(ada, named('twice'));
    await expect(views.create(ada, named('twice'))).rejects.toMatchObject({ code: 'name_taken' });
    await expect(views.create(eve, named('twice'))).resolves.toMatchObject({ name: 'twice' });
  });

  it('lets only the owner change or delete a view', async () => {
    const shared = await views.create(ada, named('ours', { shared: true }));
    const hidden = await views.create(ada, named('mine alone'));
    await expect(views.put(eve, shared.id, named('taken over'))).rejects.toMatchObject({ code: 'missing_scope' });
    await expect(views.remove(eve, hidden.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await views.put(ada, shared.id, named('ours', { query: 'filter=b' }))).toMatchObject({ query: 'filter=b', shared: false });
    await views.remove(ada, shared.id);
    expect((await views.list(ada, 'runs')).data.some(({ id }) => id === shared.id)).toBe(false);
  });
});
