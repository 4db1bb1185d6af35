import type { PluginInstall } from '@crisol/contracts';
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createMemoryHistory, createRouter } from 'vue-router';
import { loadMessages } from '../../shared/i18n/messages';
import InstallDialog from './components/InstallDialog.vue';

const permissions = { hosts: ['a.example'], secrets: [], datasets: [], commands: false, database: false, memoryMb: 512, cpus: 1 };
const staged: PluginInstall = {
  id: 'plg_01m88354dfef5rn2kndt9y1gbg',
  state: 'staged',
  source: { type: 'upload', location: 'herald.tgz' },
  createdAt: '2026-01-02T03:04:05Z',
  createdBy: 'ada',
  expiresAt: '2026-01-02T04:04:05Z',
  pluginId: 'notifier-herald',
  packageName: 'crisol-plugin-herald',
  version: '1.0.0',
  previousVersion: null,
  sha512: 'ab'.repeat(64),
  sizeBytes: 700,
  description: 'Cries out what happened',
  kinds: ['notifier'],
  apiRange: '^1.0',
  readme: null,
  files: 3,
  dependencies: [],
  permissions,
  permissionChanges: [{ permission: 'hosts', added: ['a.example'], removed: [], widened: true }],
  needsConfirmation: true,
  defaultIsolation: 'isolated',
  problems: [],
  log: [],
};

beforeAll(() => loadMessages('en', ['ui', 'plugins']));
afterEach(() => {
  vi.unstubAllGlobals();
  document.body.innerHTML = '';
});

/** The dialogue in front of a server that stages what it is given. */
async function open(install: Partial<PluginInstall> = {}, props: { plugin?: string } = {}) {
  const asked: { method: string; path: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), 'http://localhost'), init);
    const path = new URL(request.url).pathname.replace('/api/v1', '');
    const isJson = request.headers.get('content-type')?.includes('json');
    asked.push({ method: request.method, path, body: isJson ? await request.json() : null });
    if (request.method === 'DELETE') return new Response(null, { status: 204 });
    const body = { ...staged, ...install, ...(path.endsWith('/confirm') ? { state: 'installed' } : {}) };
    return new Response(JSON.stringify(body), { status: 200, headers: { 'content-type': 'application/json' } });
  });
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: { template: '<i />' } }] });
  mount(InstallDialog, {
    props: { open: true, ...props },
    attachTo: document.body,
    global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }], router] },
  });
  await flushPromises();
  const button = (text: string) => [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === text);
  const press = async (text: string) => {
    button(text)?.click();
    await flushPromises();
  };
  const field = document.querySelector<HTMLInputElement>('input[type=file]');
  const choose = async () => {
    if (!field) throw new Error('There is no field for a file');
    Object.defineProperty(field, 'files', { value: [new File(['x'], 'herald.tgz')] });
    field.dispatchEvent(new Event('change'));
    await flushPromises();
    await vi.waitFor(() => expect(document.body.textContent).toContain('crisol-plugin-herald'));
  };
  const agree = async () => {
    document.querySelector<HTMLInputElement>('input[type=checkbox]')?.click();
    await flushPromises();
  };
  return { asked, router, button, press, choose, agree, text: () => document.body.textContent ?? '' };
}

describe('installing a plugin', () => {
  it('confirms exactly the permissions that were shown, isolated, and only once they were read', async () => {
    const { asked, button, press, choose, agree, router } = await open();
    await choose();
    expect(button('Install and enable')?.disabled).toBe(true);
    await agree();
    await press('Install and enable');
    expect(asked.at(-1)).toEqual({
      method: 'POST',
      path: `/plugins/installs/${staged.id}/confirm`,
      body: { permissions, isolation: 'isolated' },
    });
    await vi.waitFor(() => expect(router.currentRoute.value.path).toBe('/plugins/notifier-herald'));
  });
  it('does not call what a new plugin asks for a change', async () => {
    const { choose, text } = await open();
    await choose();
    expect(text()).toContain('a.example');
    expect(text()).not.toContain('+ a.example');
  });
  it('asks again about an update that may do more, and leaves the isolation as it is', async () => {
    const { asked, press, choose, agree, text } = await open({ version: '1.1.0', previousVersion: '1.0.0' });
    await choose();
    expect(text()).toContain('It may do more than the version that runs now.');
    expect(text()).toContain('+ a.example');
    await agree();
    await press('Update');
    expect(asked.at(-1)?.body).toEqual({ permissions });
  });
  it('lets an update that may do no more through at once', async () => {
    const { button, choose } = await open({ previousVersion: '0.9.0', permissionChanges: [], needsConfirmation: false });
    await choose();
    expect(button('Update')?.disabled).toBe(false);
  });
  it('offers no way on past a problem that blocks, and discards it for another one', async () => {
    const problems = [{ code: 'id_taken', message: 'The id is taken.', blocking: true }];
    const { asked, button, press, choose, text } = await open({ state: 'failed', problems });
    await choose();
    expect(text()).toContain('The id is taken.');
    expect(button('Install and enable')).toBeUndefined();
    await press('Another one');
    expect(asked.at(-1)).toMatchObject({ method: 'DELETE', path: `/plugins/installs/${staged.id}` });
    expect(document.querySelector('input[type=file]')).not.toBeNull();
  });
  it('warns whoever updates one plugin with the package of another', async () => {
    const { choose, text } = await open({}, { plugin: 'notifier-crier' });
    await choose();
    expect(text()).toContain('This package is notifier-herald, not notifier-crier.');
  });
});
