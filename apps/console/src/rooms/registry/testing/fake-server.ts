import { VueQueryPlugin, QueryClient } from '@tanstack/vue-query';
import { flushPromises } from '@vue/test-utils';
import { vi } from 'vitest';
import type { Component } from 'vue';
import { createMemoryHistory, createRouter } from 'vue-router';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly ifMatch: string | null;
}
type Answer = { readonly status?: number; readonly body?: unknown };

/** Answers each call by its method and path, and keeps what was asked. */
export function fakeServer(answer: (asked: Asked) => Answer | undefined): Asked[] {
  const log: Asked[] = [];
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), 'http://localhost'), init);
    const isJson = request.headers.get('content-type')?.includes('json');
    const asked = {
      method: request.method,
      path: new URL(request.url).pathname.replace('/api/v1', ''),
      body: isJson ? await request.json() : null,
      ifMatch: request.headers.get('if-match'),
    };
    log.push(asked);
    const { status = 200, body } = answer(asked) ?? { status: 404, body: problem(404, 'not_found') };
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
  });
  return log;
}

export const problem = (status: number, code: string) => ({
  type: 'about:blank',
  title: code,
  status,
  detail: '',
  instance: '/',
  code,
  requestId: 'req_1',
  retryable: false,
});

/** What a page needs around it. @param page - what the router shows, where the page asks for the route's own guards */
export function pagePlugins(page: Component = { template: '<i />' }) {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: page }] });
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const query: [typeof VueQueryPlugin, { queryClient: QueryClient }] = [VueQueryPlugin, { queryClient }];
  return { router, plugins: [router, query] };
}

/** Lets questions that wait for each other be answered. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await flushPromises();
}
