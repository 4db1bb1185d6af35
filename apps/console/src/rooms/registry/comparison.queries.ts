import type { CompareModels, Comparison, ComparisonPage, Job, ModelVersion, Run } from '@crisol/contracts';
import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import type { Compared } from '../../shared/api/compare-link';
import { api, path } from '../../shared/api/http';
import { columnOfRun, columnOfVersion } from './compare-rows';

/** The versions and runs of the page, each asked for on its own: one that is gone leaves the others. */
export function useCompared(items: MaybeRefOrGetter<readonly Compared[]>) {
  const found = useQueries({
    queries: computed(() =>
      toValue(items).map((item) =>
        'run' in item
          ? {
              queryKey: ['runs', item.run],
              queryFn: async ({ signal }: { signal: AbortSignal }) => await api.get<Run>(path('runs', item.run), {}, signal),
              select: columnOfRun,
            }
          : {
              queryKey: ['models', item.model, 'version', item.version],
              queryFn: async ({ signal }: { signal: AbortSignal }) =>
                await api.get<ModelVersion>(path('models', item.model, 'versions', item.version), {}, signal),
              select: columnOfVersion,
            },
      ),
    ),
  });
  return {
    columns: computed(() => found.value.flatMap(({ data }) => data ?? [])),
    errors: computed(() => found.value.flatMap(({ error }) => error ?? [])),
    pending: computed(() => found.value.some(({ isPending }) => isPending)),
    retry: () => found.value.forEach((query) => void (query.error && query.refetch())),
  };
}
export const useComparison = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['comparisons', id],
    enabled: () => toValue(id) !== '',
    queryFn: ({ signal }) => api.get<Comparison>(path('comparisons', toValue(id)), {}, signal),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 2000 : false),
  });
export const useComparisons = (model: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['comparisons', 'of', model],
    queryFn: ({ signal }) => api.get<ComparisonPage>('/comparisons', { model: toValue(model), limit: 50 }, signal),
  });
/** Starts a comparison and answers with its id. */
export function useStartComparison() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: Partial<CompareModels>) => {
      const job = await api.post<Job>('/comparisons', body);
      client.setQueryData(['jobs', job.id], job);
      return String(job.input['comparison']);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['comparisons', 'of'] }),
  });
}
export function useStopComparison() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (job: string) => api.post<Job>(`${path('jobs', job)}/cancel`),
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: ['jobs'] }), client.invalidateQueries({ queryKey: ['comparisons'] })]),
  });
}
