import type { PutSavedView, SavedView, SavedViewList } from '@crisol/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { toValue, type MaybeRefOrGetter } from 'vue';
import { api, path } from '../api/http';

export const useSavedViews = (page: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['views', page],
    queryFn: ({ signal }) => api.get<SavedViewList>('/views', { page: toValue(page) }, signal),
  });

function useViewChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: ['views'] }) });
}
export const useCreateView = () => useViewChange((body: PutSavedView) => api.post<SavedView>('/views', body));
export const usePutView = () =>
  useViewChange(({ id, ...body }: PutSavedView & { id: string }) => api.put<SavedView>(path('views', id), body));
export const useRemoveView = () => useViewChange((id: string) => api.remove(path('views', id)));
