import type { Job, JobEvent } from '@crisol/contracts';
import { onScopeDispose, reactive, ref, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue';
import { path, url } from './http';
import { queryClient } from './query-client';

export interface LogLine {
  readonly seq: number;
  readonly at: string;
  readonly level: string;
  readonly message: string;
}
export interface Curve {
  readonly x: number[];
  readonly y: (number | string)[];
}
const types = ['state', 'progress', 'metric', 'log', 'trial', 'done'] as const;
const keptLines = 5000;

/**
 * Follows a job: curves by metric name, log lines, progress. The stream replays from storage, so a page opened late sees all;
 * the browser itself reconnects with the last id.
 */
export function useJobStream(id: MaybeRefOrGetter<string>) {
  const curves = reactive(new Map<string, Curve>());
  const curvesVersion = ref(0);
  const lines = shallowRef<LogLine[]>([]);
  const connected = ref(false);
  let source: EventSource | undefined;
  let newLines: LogLine[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let seen = 0;
  let dirty = false;

  // Hundreds of events a second become four repaints.
  function show(): void {
    timer = undefined;
    if (newLines.length) lines.value = [...lines.value, ...newLines].slice(-keptLines);
    newLines = [];
    if (dirty) curvesVersion.value++;
    dirty = false;
  }
  function take(event: JobEvent): void {
    if (event.seq <= seen) return;
    seen = event.seq;
    const { data } = event;
    if (event.type === 'metric' && typeof data['name'] === 'string') {
      const split = typeof data['split'] === 'string' ? `${data['split']} ` : '';
      const name = `${split}${data['name']}`;
      const curve = curves.get(name) ?? { x: [], y: [] };
      curve.x.push(typeof data['step'] === 'number' ? data['step'] : curve.x.length);
      curve.y.push(typeof data['value'] === 'number' ? data['value'] : String(data['value']));
      if (!curves.has(name)) curves.set(name, curve);
      dirty = true;
    } else if (event.type === 'log') {
      newLines.push({ seq: event.seq, at: event.at, level: String(data['level'] ?? 'info'), message: String(data['message'] ?? '') });
    } else if (event.type === 'progress') {
      queryClient.setQueryData<Job>(['jobs', toValue(id)], (job) => (job ? { ...job, progress: { ...job.progress, ...data } } : job));
    } else {
      void queryClient.invalidateQueries({ queryKey: ['jobs', toValue(id)] });
      if (event.type === 'done') close();
    }
    timer ??= setTimeout(show, 250);
  }
  function close(): void {
    source?.close();
    source = undefined;
    connected.value = false;
  }
  function open(job: string): void {
    close();
    curves.clear();
    lines.value = [];
    seen = 0;
    if (!job) return;
    source = new EventSource(url(`${path('jobs', job)}/events`));
    source.addEventListener('open', () => (connected.value = true));
    source.addEventListener('error', () => (connected.value = false));
    for (const type of types) {
      source.addEventListener(type, (message: MessageEvent<string>) => {
        take(JSON.parse(message.data));
      });
    }
  }
  watch(() => toValue(id), open, { immediate: true });
  onScopeDispose(() => {
    close();
    clearTimeout(timer);
  });
  return { curves, curvesVersion, lines, connected };
}
