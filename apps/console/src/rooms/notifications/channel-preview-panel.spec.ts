import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadMessages } from '../../shared/i18n/messages';
import ChannelPreviewPanel from './components/ChannelPreviewPanel.vue';

beforeAll(() => loadMessages('en', ['ui', 'notifications']));
afterEach(() => vi.unstubAllGlobals());

const answer = (status: number, body: object) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' },
  });
/** The panel in front of a server that answers as told and keeps what it was asked. */
function open(response: () => Response, changes: object = {}) {
  const calls: { url: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), 'http://localhost'), init);
    calls.push({ url: new URL(request.url).pathname, body: await request.json() });
    return response();
  });
  const wrapper = mount(ChannelPreviewPanel, {
    props: { channel: null, notifier: 'log', target: { level: 'info' }, events: ['alias.moved', 'job.failed'] as const, ...changes },
    global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] },
  });
  const show = async () => {
    await wrapper
      .findAll('button')
      .find((one) => one.text() === 'Show the preview')
      ?.trigger('click');
    await flushPromises();
  };
  return { wrapper, calls, show };
}

describe('the preview of a channel', () => {
  it('shows what would be sent of the chosen event', async () => {
    const { wrapper, calls, show } = open(() => answer(200, { contentType: 'text/plain', text: 'error Train fraud failed' }));
    await wrapper.get('select').setValue('job.failed');
    await show();
    expect(calls).toEqual([{ url: '/api/v1/channels/preview', body: { notifier: 'log', target: { level: 'info' }, event: 'job.failed' } }]);
    expect(wrapper.get('pre').text()).toBe('error Train fraud failed');
  });
  it('asks for a stored channel under its id, so that its secrets count', async () => {
    const { calls, show } = open(() => answer(200, { contentType: 'text/plain', text: '' }), { channel: { id: 'ch_1' } });
    await show();
    expect(calls).toEqual([{ url: '/api/v1/channels/ch_1/preview', body: { target: { level: 'info' }, event: 'alias.moved' } }]);
  });
  it('says that the preview is old once the form has changed', async () => {
    const { wrapper, show } = open(() => answer(200, { contentType: 'text/plain', text: 'x' }));
    await show();
    expect(wrapper.text()).not.toContain('The form changed since');
    await wrapper.setProps({ target: { level: 'warn' } });
    expect(wrapper.text()).toContain('The form changed since');
  });
  it('hands the faults of fields to the form', async () => {
    const errors = [{ pointer: '/target/url', code: 'invalid_format', message: 'Invalid URL' }];
    const problem = { type: 'x', title: 'Not valid', status: 422, detail: '', code: 'validation_failed', requestId: 'r', retryable: false };
    const { wrapper, show } = open(() => answer(422, { ...problem, errors }));
    await show();
    expect(wrapper.emitted('errors')?.at(-1)).toEqual([{ '/target/url': 'Invalid URL' }]);
  });
});
