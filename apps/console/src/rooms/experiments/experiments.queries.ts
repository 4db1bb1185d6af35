import type { CreateExperiment, Experiment, ExperimentPage, RunFields, UpdateExperiment } from '@crisol/contracts';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, path } from '../../shared/api/http';

export function useExperiments(q: MaybeRefOrGetter<string>, lifecycle: MaybeRefOrGetter<'active' | 'deleted'>) {
  const query = useInfiniteQuery({
    queryKey: ['experiments', 'list', q, lifecycle],
    placeholderData: keepPreviousData,
    initialPageParam: '',
    queryFn: ({ signal, pageParam }) =>
      api.get<ExperimentPage>('/experiments', { q: toValue(q), lifecycle: toValue(lifecycle), limit: 50, cursor: pageParam }, signal),
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
  const rows = computed(() => query.data.value?.pages.flatMap((page) => page.data) ?? []);
  const total = computed(() => query.data.value?.pages[0]?.totalEstimate ?? null);
  return { ...query, rows, total };
}

export const useExperiment = (experiment: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['experiments', experiment],
    enabled: () => toValue(experiment) !== '',
    queryFn: ({ signal }) => api.get<Experiment>(path('experiments', toValue(experiment)), {}, signal),
  });

/** What runs have logged, put together over several experiments. */
export const useRunFields = (experiments: MaybeRefOrGetter<readonly string[]>) =>
  useQuery({
    queryKey: ['run-fields', experiments],
    enabled: () => toValue(experiments).length > 0,
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const all = await Promise.all(
        toValue(experiments).map((experiment) => api.get<RunFields>(`${path('experiments', experiment)}/fields`, {}, signal)),
      );
      return joinFields(all);
    },
  });

const least = (a: RunFields['metrics'][number]['min'], b: typeof a): typeof a =>
  typeof a === 'number' && typeof b === 'number' ? Math.min(a, b) : (a ?? b);
const most = (a: RunFields['metrics'][number]['max'], b: typeof a): typeof a =>
  typeof a === 'number' && typeof b === 'number' ? Math.max(a, b) : (a ?? b);

function joinNamed<Item extends { readonly name: string }>(lists: readonly (readonly Item[])[], join: (a: Item, b: Item) => Item): Item[] {
  const byName = new Map<string, Item>();
  for (const item of lists.flat()) {
    const before = byName.get(item.name);
    byName.set(item.name, before ? join(before, item) : item);
  }
  return [...byName.values()];
}
const joinValues = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])].slice(0, 20);

export function joinFields(all: readonly RunFields[]): RunFields {
  return {
    runs: all.reduce((sum, fields) => sum + fields.runs, 0),
    metrics: joinNamed(
      all.map((fields) => fields.metrics),
      (a, b) => ({ name: a.name, runs: a.runs + b.runs, min: least(a.min, b.min), max: most(a.max, b.max) }),
    ),
    params: joinNamed(
      all.map((fields) => fields.params),
      (a, b) => {
        const values = joinValues(a.values, b.values);
        return {
          ...a,
          runs: a.runs + b.runs,
          numeric: a.numeric && b.numeric,
          distinct: Math.max(a.distinct, b.distinct, values.length),
          values,
        };
      },
    ),
    tags: joinNamed(
      all.map((fields) => fields.tags),
      (a, b) => ({ ...a, runs: a.runs + b.runs, values: joinValues(a.values, b.values) }),
    ),
    datasets: all.flatMap((fields) => fields.datasets),
    truncated: all.some((fields) => fields.truncated),
  };
}

function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: ['experiments'] }), client.invalidateQueries({ queryKey: ['run-table'] })]),
  });
}
export const useCreateExperiment = () =>
  useChange((body: Partial<CreateExperiment> & Pick<CreateExperiment, 'name'>) => api.post<Experiment>('/experiments', body));
export const useUpdateExperiment = () =>
  useChange(({ id, ...body }: UpdateExperiment & { id: string }) => api.patch<Experiment>(path('experiments', id), body));
export const useDeleteExperiment = () => useChange((id: string) => api.remove(path('experiments', id)));
export const useRestoreExperiment = () => useChange((id: string) => api.post<Experiment>(`${path('experiments', id)}/restore`));
