import type { Job, JobPage, WorkerList } from '@crisol/contracts';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, path } from '../../shared/api/http';

export function useJobs(kind: MaybeRefOrGetter<string>, state: MaybeRefOrGetter<string>) {
  const query = useInfiniteQuery({
    queryKey: ['jobs', 'list', kind, state],
    initialPageParam: '',
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      api.get<JobPage>('/jobs', { kind: toValue(kind), state: toValue(state), cursor: pageParam, limit: 50 }, signal),
    getNextPageParam: (page: JobPage) => page.nextCursor,
  });
  return {
    ...query,
    rows: computed(() => query.data.value?.pages.flatMap((page) => page.data) ?? []),
    total: computed(() => query.data.value?.pages[0]?.totalEstimate ?? null),
  };
}
export const useWorkers = () =>
  useQuery({ queryKey: ['workers'], refetchInterval: 10_000, queryFn: ({ signal }) => api.get<WorkerList>('/workers', {}, signal) });
export function useJobAction(action: 'cancel' | 'retry') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.post<Job>(`${path('jobs', id)}/${action}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  });
}
