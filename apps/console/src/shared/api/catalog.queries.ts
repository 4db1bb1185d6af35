import type {
  CheckTypeList,
  DatasetPage,
  DatasetVersionPage,
  EndpointPage,
  FeatureStoreList,
  Job,
  JobPage,
  ModelPage,
  ModelTypeList,
  ModelVersionPage,
  PluginPage,
  ApiKeyPage,
} from '@crisol/contracts';
import { keepPreviousData, useQuery } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, path } from './http';

/** Lists that more than one room shows or picks from. Further pages belong to the rooms. */
const listOf = <Page>(root: string, target: string, query: Record<string, string | number> = {}) =>
  useQuery({ queryKey: [root, 'catalog', query], queryFn: ({ signal }) => api.get<Page>(target, { limit: 200, ...query }, signal) });

export const useDatasets = () => listOf<DatasetPage>('datasets', '/datasets');
export const useModels = () => listOf<ModelPage>('models', '/models');
export const useEndpoints = () => listOf<EndpointPage>('endpoints', '/endpoints');
export const usePlugins = () => listOf<PluginPage>('plugins', '/plugins');
export const useKeys = (enabled: MaybeRefOrGetter<boolean> = true) =>
  useQuery({
    queryKey: ['keys', 'catalog'],
    enabled: () => toValue(enabled),
    queryFn: ({ signal }) => api.get<ApiKeyPage>('/keys', { limit: 200 }, signal),
  });
export const useRunningJobs = () => listOf<JobPage>('jobs', '/jobs', { state: 'running' });
export const useRecentJobs = (kind?: string) => listOf<JobPage>('jobs', '/jobs', kind ? { kind } : {});
export const useModelTypes = () =>
  useQuery({ queryKey: ['model-types'], staleTime: 300_000, queryFn: ({ signal }) => api.get<ModelTypeList>('/model-types', {}, signal) });

export const useDatasetVersions = (dataset: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['datasets', dataset, 'versions'],
    enabled: () => toValue(dataset) !== '',
    queryFn: ({ signal }) => api.get<DatasetVersionPage>(`${path('datasets', toValue(dataset))}/versions`, { limit: 200 }, signal),
  });
export const useModelVersions = (model: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['models', model, 'versions'],
    enabled: () => toValue(model) !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<ModelVersionPage>(`${path('models', toValue(model))}/versions`, { limit: 200 }, signal),
  });
export const useJob = (id: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['jobs', id],
    enabled: () => toValue(id) !== '',
    queryFn: ({ signal }) => api.get<Job>(path('jobs', toValue(id)), {}, signal),
    // The event stream brings most news; a running job is also asked for, in case the stream is cut.
    refetchInterval: (query) => (query.state.data && ['queued', 'running'].includes(query.state.data.state) ? 3000 : false),
  });
export const isEnded = (job: Job | undefined): boolean => job !== undefined && !['queued', 'running'].includes(job.state);
export const useIsEnded = (job: MaybeRefOrGetter<Job | undefined>) => computed(() => isEnded(toValue(job)));
export const useCheckTypes = () =>
  useQuery({ queryKey: ['check-types'], staleTime: 300_000, queryFn: ({ signal }) => api.get<CheckTypeList>('/check-types', {}, signal) });
export const useFeatureStores = () =>
  useQuery({ queryKey: ['feature-stores'], queryFn: ({ signal }) => api.get<FeatureStoreList>('/feature-stores', {}, signal) });
