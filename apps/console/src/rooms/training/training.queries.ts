import type { DatasetProfile, DatasetVersion, Job, JobPage, ModelTrainInput, ModelVersion, Run } from '@crisol/contracts';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { useDatasets } from '../../shared/api/catalog.queries';
import { api, path } from '../../shared/api/http';

type Text = MaybeRefOrGetter<string>;

export function useTrainings(state: Text) {
  const query = useInfiniteQuery({
    queryKey: ['jobs', 'trainings', state],
    initialPageParam: '',
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      api.get<JobPage>('/jobs', { kind: 'model.train', state: toValue(state), cursor: pageParam, limit: 50 }, signal),
    getNextPageParam: (page: JobPage) => page.nextCursor,
  });
  return {
    ...query,
    rows: computed(() => query.data.value?.pages.flatMap((page) => page.data) ?? []),
    total: computed(() => query.data.value?.pages[0]?.totalEstimate ?? null),
  };
}
export const useRun = (run: Text) =>
  useQuery({
    queryKey: ['runs', run],
    enabled: () => toValue(run) !== '',
    queryFn: ({ signal }) => api.get<Run>(path('runs', toValue(run)), {}, signal),
  });

export const useTrainingData = (dataset: Text, version: Text) =>
  useQuery({
    queryKey: ['datasets', dataset, 'for-training', version],
    enabled: () => toValue(dataset) !== '' && toValue(version) !== '',
    queryFn: async ({ signal }) => {
      const base = path('datasets', toValue(dataset), 'versions', toValue(version));
      const [detail, profile] = await Promise.all([
        api.get<DatasetVersion>(base, {}, signal),
        // A version may be used before its profile is there.
        api.get<DatasetProfile>(`${base}/profile`, {}, signal).catch(() => null),
      ]);
      return { detail, profile };
    },
  });
/** The ledger names data sets by id; people know them by name. */
export function useDatasetNames() {
  const datasets = useDatasets();
  const names = computed(() => new Map((datasets.data.value?.data ?? []).map((dataset) => [dataset.id, dataset.name])));
  return (dataset: unknown): string => {
    const text = typeof dataset === 'string' ? dataset : '—';
    return names.value.get(text) ?? text;
  };
}
export function useStartTraining() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ input, key }: { input: Partial<ModelTrainInput>; key: string }) =>
      api.post<Job>('/jobs', { kind: 'model.train', input }, { idempotencyKey: key }),
    onSuccess: (job) => {
      client.setQueryData(['jobs', job.id], job);
      return client.invalidateQueries({ queryKey: ['jobs', 'trainings'] });
    },
  });
}
export function useStopJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.post<Job>(`${path('jobs', id)}/cancel`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  });
}
export function useRegisterRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ model, run }: { model: string; run: string }) => {
      const exists = await api.get(path('models', model)).then(
        () => true,
        () => false,
      );
      if (!exists) await api.post('/models', { name: model });
      return api.post<ModelVersion>(`${path('models', model)}/versions`, { run });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['models'] });
      await client.invalidateQueries({ queryKey: ['runs'] });
    },
  });
}
