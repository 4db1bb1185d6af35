import type { ServerEvent } from '@crisol/contracts';
import { defineStore } from 'pinia';
import { ref } from 'vue';
import { url } from '../../shared/api/http';
import { queryClient } from '../../shared/api/query-client';
import { staleRoots } from './stale-roots';

type Status = 'live' | 'connecting' | 'reconnecting' | 'polling';
type Message = { readonly kind: 'event'; readonly event: ServerEvent } | { readonly kind: 'ping' } | { readonly kind: 'resync' };
/** A tab that has just opened asks whether the leader is well, instead of waiting for the next ping. */
type Question = { readonly kind: 'hello' };

const topics = [
  'jobs',
  'datasets',
  'suites',
  'validations',
  'runs',
  'experiments',
  'models',
  'endpoints',
  'plugins',
  'channels',
  'keys',
  'users',
  'settings',
];
const quietMs = 12_000;
const pollAfterMs = 15_000;

/**
 * The one event stream of this browser. The tab that gets the lock holds the connection, since HTTP/1.1 allows six for each
 * host; the other tabs listen to it. Without Web Locks (plain HTTP) each tab holds its own.
 */
export const useLive = defineStore('live', () => {
  const status = ref<Status>('connecting');
  const lastAt = ref(0);
  const pendingRoots = new Set<string>();
  let channel: BroadcastChannel | undefined;
  let source: EventSource | undefined;
  let release: (() => void) | undefined;
  let flushTimer: ReturnType<typeof setTimeout> | undefined;
  let watchTimer: ReturnType<typeof setInterval> | undefined;
  let startedAt = 0;
  let lastPollAt = 0;

  // Patches arrive in bursts; the screen follows at most four times a second.
  function flush(): void {
    flushTimer = undefined;
    for (const root of pendingRoots) void queryClient.invalidateQueries({ queryKey: [root] });
    pendingRoots.clear();
  }
  function take(message: Message): void {
    lastAt.value = Date.now();
    status.value = 'live';
    if (message.kind === 'resync') void queryClient.invalidateQueries();
    if (message.kind !== 'event') return;
    for (const root of staleRoots(message.event)) pendingRoots.add(root);
    flushTimer ??= setTimeout(flush, 250);
  }
  function share(message: Message): void {
    take(message);
    channel?.postMessage(message);
  }
  function connect(): void {
    source?.close();
    source = new EventSource(url('/events', { topics: topics.join(',') }));
    source.addEventListener('open', () => share({ kind: 'ping' }));
    source.addEventListener('ping', () => share({ kind: 'ping' }));
    source.addEventListener('resync', () => share({ kind: 'resync' }));
    source.addEventListener('message', (event: MessageEvent<string>) => share({ kind: 'event', event: JSON.parse(event.data) }));
  }
  function watchOver(): void {
    const now = Date.now();
    const quiet = now - Math.max(lastAt.value, startedAt);
    if (quiet > quietMs && status.value === 'live') status.value = 'reconnecting';
    // The browser gives up on an answer that is no stream, such as a 401 or a 502.
    if (source?.readyState === EventSource.CLOSED) connect();
    if (quiet <= pollAfterMs || now - lastPollAt < 10_000) return;
    status.value = 'polling';
    lastPollAt = now;
    void queryClient.invalidateQueries({ refetchType: 'active' });
  }
  function onVisible(): void {
    if (document.visibilityState === 'visible' && Date.now() - lastAt.value > quietMs)
      void queryClient.invalidateQueries({ refetchType: 'active' });
  }

  function start(): void {
    if (watchTimer) return;
    startedAt = Date.now();
    status.value = 'connecting';
    watchTimer = setInterval(watchOver, 1000);
    document.addEventListener('visibilitychange', onVisible);
    if (!('locks' in navigator) || !('BroadcastChannel' in window)) return connect();
    channel = new BroadcastChannel('crisol.live');
    channel.onmessage = (event: MessageEvent<Message | Question>) => {
      if (event.data.kind !== 'hello') take(event.data);
      else if (source?.readyState === EventSource.OPEN) channel?.postMessage({ kind: 'ping' });
    };
    channel.postMessage({ kind: 'hello' });
    void navigator.locks.request('crisol.live', () => {
      if (!watchTimer) return;
      connect();
      return new Promise<void>((resolve) => (release = resolve));
    });
  }
  function stop(): void {
    clearInterval(watchTimer);
    watchTimer = undefined;
    document.removeEventListener('visibilitychange', onVisible);
    source?.close();
    source = undefined;
    channel?.close();
    channel = undefined;
    release?.();
    release = undefined;
    status.value = 'connecting';
  }
  return { status, lastAt, start, stop };
});
