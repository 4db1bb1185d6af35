import type {
  ChangedRuns,
  ChangeRuns,
  ModelVersion,
  ParameterImportance,
  Run,
  RunColumns,
  RunPage,
  Series,
  UpdateRun,
} from '@crisol/contracts';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, path } from '../../shared/api/http';
import { RunTable } from './run-columns';
import { quoteText } from './run-field';

/** As many runs as one table holds; beyond them the server's order says which. */
export const mostRuns = 20_000;

export interface RunChoice {
  readonly experiments: readonly string[];
  readonly filter: string;
  readonly lifecycle: 'active' | 'deleted' | 'all';
}
export interface TableQuestion extends RunChoice {
  readonly orderBy: readonly string[];
  readonly fields: readonly string[];
}

const columns = (body: object, signal?: AbortSignal): Promise<RunColumns> =>
  api.post<RunColumns>('/runs/columns', body, signal ? { signal } : {});

/** The table itself is not renewed by events: it would move under the reader. News are counted and wait. */
export const useRunTable = (question: MaybeRefOrGetter<TableQuestion | null>) =>
  useQuery({
    queryKey: ['run-table', question],
    enabled: () => toValue(question) !== null,
    staleTime: Infinity,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const answer = await columns({ ...toValue(question), limit: mostRuns }, signal);
      return { table: RunTable.of(answer), askedAt: Date.now() };
    },
  });

/** How many runs have started since the table was read; asked again when events tell of runs, and every 15 s. */
export const useNewRuns = (choice: MaybeRefOrGetter<RunChoice>, since: MaybeRefOrGetter<number | null>) =>
  useQuery({
    queryKey: ['runs', 'new', choice, since],
    enabled: () => toValue(since) !== null && toValue(choice).lifecycle === 'active',
    refetchInterval: 15_000,
    queryFn: async ({ signal }) => {
      const { filter, ...rest } = toValue(choice);
      const later = `attributes.start_time > ${toValue(since)}`;
      const answer = await columns(
        { ...rest, filter: filter ? `(${filter}) AND ${later}` : later, fields: ['attributes.id'], limit: 1 },
        signal,
      );
      return answer.total;
    },
  });

/** The newest values of runs that still run. */
export const useFreshRuns = (question: MaybeRefOrGetter<{ readonly ids: readonly string[]; readonly fields: readonly string[] }>) =>
  useQuery({
    queryKey: ['run-table', 'fresh', question],
    enabled: () => toValue(question).ids.length > 0,
    refetchInterval: 5000,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { ids, fields } = toValue(question);
      const filter = `attributes.run_id IN (${ids.map(quoteText).join(', ')})`;
      return RunTable.of(await columns({ filter, lifecycle: 'all', fields, limit: 1000 }, signal));
    },
  });

export const useRun = (run: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['runs', run],
    enabled: () => toValue(run) !== '',
    queryFn: ({ signal }) => api.get<Run>(path('runs', toValue(run)), {}, signal),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 5000 : false),
  });
export const useRuns = (runs: MaybeRefOrGetter<readonly string[]>) =>
  useQuery({
    queryKey: ['runs', 'several', runs],
    enabled: () => toValue(runs).length > 0,
    placeholderData: keepPreviousData,
    // One that is gone must not take the others from the page.
    queryFn: async ({ signal }) => {
      const found = await Promise.allSettled(toValue(runs).map((run) => api.get<Run>(path('runs', run), {}, signal)));
      const there = found.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      const refused = found.find((answer) => answer.status === 'rejected');
      if (there.length === 0 && refused) throw refused.reason;
      return there;
    },
  });
export const useNestedRuns = (run: MaybeRefOrGetter<Run | undefined>) =>
  useQuery({
    queryKey: ['runs', 'nested', () => toValue(run)?.id],
    enabled: () => toValue(run) !== undefined,
    queryFn: async ({ signal }) => {
      const parent = toValue(run);
      if (!parent) return [];
      const filter = `tags.\`mlflow.parentRunId\` = '${parent.mlflowId}'`;
      const answer = await api.post<RunPage>('/runs/search', { experiments: [parent.experiment.id], filter, limit: 200 }, { signal });
      return answer.data;
    },
  });

export interface SeriesQuestion {
  readonly runs: readonly string[];
  readonly metrics: readonly string[];
  readonly x: 'step' | 'time' | 'elapsed';
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly live?: boolean;
}
/** The server takes 50 runs and 20 metrics a call. */
const runsAtOnce = 50;
const metricsAtOnce = 20;
const slices = <Item>(items: readonly Item[], size: number): (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

export const useSeries = (question: MaybeRefOrGetter<SeriesQuestion>) =>
  useQuery({
    queryKey: ['run-series', computed(() => ({ ...toValue(question), live: undefined }))],
    enabled: () => toValue(question).runs.length > 0 && toValue(question).metrics.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: () => (toValue(question).live ? 5000 : false),
    queryFn: async ({ signal }) => {
      const { runs, metrics, x, from, to } = toValue(question);
      const calls = slices(runs, runsAtOnce).flatMap((some) => slices(metrics, metricsAtOnce).map((names) => ({ some, names })));
      const answers = await Promise.all(
        calls.map(({ some, names }) =>
          api.get<Series>('/series', { runs: some.join(','), metrics: names.join(','), x, from, to, maxPoints: 2000 }, signal),
        ),
      );
      const all: Series = {};
      for (const answer of answers) for (const [run, curves] of Object.entries(answer)) all[run] = { ...all[run], ...curves };
      return all;
    },
  });

export const useImportance = (question: MaybeRefOrGetter<(RunChoice & { metric: string; of: 'last' | 'min' | 'max' }) | null>) =>
  useQuery({
    queryKey: ['run-importance', question],
    enabled: () => Boolean(toValue(question)?.metric),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.post<ParameterImportance>('/runs/importance', toValue(question), { signal }),
  });

function useRunChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  const roots = ['runs', 'run-table', 'experiments', 'run-fields'];
  return useMutation({
    mutationFn: change,
    onSettled: () => Promise.all(roots.map((root) => client.invalidateQueries({ queryKey: [root] }))),
  });
}
export const useChangeRuns = () =>
  useRunChange((body: Partial<ChangeRuns> & Pick<ChangeRuns, 'runs' | 'action'>) => api.post<ChangedRuns>('/runs/change', body));
export const useUpdateRun = () => useRunChange(({ id, ...body }: UpdateRun & { id: string }) => api.patch<Run>(path('runs', id), body));
export const useRegisterRun = () =>
  useRunChange(async ({ model, run }: { model: string; run: string }) => {
    const exists = await api.get(path('models', model)).then(
      () => true,
      () => false,
    );
    if (!exists) await api.post('/models', { name: model });
    return api.post<ModelVersion>(`${path('models', model)}/versions`, { run });
  });
