import type {
  Check,
  Dataset,
  DatasetPage,
  DatasetProfile,
  DatasetVersion,
  Job,
  RowPage,
  SampleList,
  Suite,
  SuitePage,
  Validation,
  ValidationPage,
} from '@crisol/contracts';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, etagOf, path } from '../../shared/api/http';

type Text = MaybeRefOrGetter<string>;
type Count = MaybeRefOrGetter<number | null>;

export function useDatasetList(search: Text) {
  const query = useInfiniteQuery({
    queryKey: ['datasets', 'list', search],
    initialPageParam: '',
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) => api.get<DatasetPage>('/datasets', { q: toValue(search), cursor: pageParam, limit: 50 }, signal),
    getNextPageParam: (page: DatasetPage) => page.nextCursor,
  });
  return {
    ...query,
    rows: computed(() => query.data.value?.pages.flatMap((page) => page.data) ?? []),
    total: computed(() => query.data.value?.pages[0]?.totalEstimate ?? null),
  };
}
export const useDataset = (dataset: Text) =>
  useQuery({ queryKey: ['datasets', dataset], queryFn: ({ signal }) => api.get<Dataset>(path('datasets', toValue(dataset)), {}, signal) });
const versionPath = (dataset: Text, version: Count): string => path('datasets', toValue(dataset), 'versions', toValue(version) ?? 0);
const known = (version: Count) => () => toValue(version) !== null;
export const useVersion = (dataset: Text, version: Count) =>
  useQuery({
    queryKey: ['datasets', dataset, 'version', version],
    enabled: known(version),
    queryFn: ({ signal }) => api.get<DatasetVersion>(versionPath(dataset, version), {}, signal),
  });
export const useProfile = (dataset: Text, version: Count) =>
  useQuery({
    queryKey: ['datasets', dataset, 'version', version, 'profile'],
    enabled: known(version),
    queryFn: ({ signal }) => api.get<DatasetProfile>(`${versionPath(dataset, version)}/profile`, {}, signal),
  });
export function useRows(dataset: Text, version: Count) {
  const query = useInfiniteQuery({
    queryKey: ['datasets', dataset, 'version', version, 'rows'],
    enabled: known(version),
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      api.get<RowPage>(`${versionPath(dataset, version)}/rows`, { offset: pageParam, limit: 100 }, signal),
    getNextPageParam: (page: RowPage) => (page.offset + page.rows.length < page.total ? page.offset + page.rows.length : undefined),
  });
  return { ...query, pages: computed(() => query.data.value?.pages ?? []) };
}
export const useSamples = () =>
  useQuery({ queryKey: ['samples'], staleTime: Infinity, queryFn: ({ signal }) => api.get<SampleList>('/datasets/samples', {}, signal) });
export const useTakeSample = () => useMutation({ mutationFn: (name: string) => api.post<Job>(path('datasets', 'samples', name)) });

export function useDescribe(dataset: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (description: string) => api.patch<Dataset>(path('datasets', toValue(dataset)), { description }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['datasets'] }),
  });
}
export function useDeleteDataset(dataset: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.remove(path('datasets', toValue(dataset))),
    onSuccess: () => client.invalidateQueries({ queryKey: ['datasets', 'list'] }),
  });
}

export const useSuites = (dataset: Text) =>
  useQuery({
    queryKey: ['suites', dataset],
    queryFn: ({ signal }) => api.get<SuitePage>('/suites', { dataset: toValue(dataset), limit: 200 }, signal),
  });
export const useValidations = (dataset: Text, suite: Text) =>
  useQuery({
    queryKey: ['validations', dataset, suite],
    enabled: () => toValue(suite) !== '',
    queryFn: ({ signal }) =>
      api.get<ValidationPage>('/validations', { dataset: toValue(dataset), suite: toValue(suite), limit: 20 }, signal),
  });
export const useFailingRows = (validation: Text, check: Count) =>
  useQuery({
    queryKey: ['validations', validation, 'failing-rows', check],
    enabled: known(check),
    queryFn: ({ signal }) =>
      api.get<RowPage>(`${path('validations', toValue(validation))}/failing-rows`, { check: toValue(check), limit: 100 }, signal),
  });
export function useSaveSuite(dataset: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ suite, name, validator, checks }: { suite: Suite | null; name: string; validator: string; checks: readonly Check[] }) =>
      suite
        ? api.patch<Suite>(path('suites', suite.id), { checks }, { ifMatch: etagOf(suite) })
        : api.post<Suite>('/suites', { name, dataset: toValue(dataset), validator, checks }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['suites'] }),
  });
}
export function useDeleteSuite() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.remove(path('suites', id)),
    onSuccess: () => client.invalidateQueries({ queryKey: ['suites'] }),
  });
}
export const useRunSuite = () =>
  useMutation({
    mutationFn: ({ suite, version }: { suite: string; version: number }) =>
      api.post<Job>('/jobs', { kind: 'suite.validate', input: { suite, version } }),
  });
export const getValidation = (id: string) => api.get<Validation>(path('validations', id));
