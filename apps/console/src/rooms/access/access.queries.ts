import type { ApiKey, ApiKeyPage, CreateApiKey, CreatedApiKey, Meta } from '@crisol/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { api, path } from '../../shared/api/http';

export const useKeyList = () =>
  useQuery({ queryKey: ['keys', 'list'], queryFn: ({ signal }) => api.get<ApiKeyPage>('/keys', { limit: 200 }, signal) });
export const useMeta = () =>
  useQuery({ queryKey: ['meta'], staleTime: Infinity, queryFn: ({ signal }) => api.get<Meta>('/meta', {}, signal) });
export function useKeyActions() {
  const client = useQueryClient();
  const renew = () => client.invalidateQueries({ queryKey: ['keys'] });
  return {
    create: useMutation({ mutationFn: (body: Partial<CreateApiKey>) => api.post<CreatedApiKey>('/keys', body), onSuccess: renew }),
    rotate: useMutation({
      mutationFn: ({ id, overlapMs }: { id: string; overlapMs: number }) =>
        api.post<CreatedApiKey>(`${path('keys', id)}/rotate`, { overlapMs }),
      onSuccess: renew,
    }),
    revoke: useMutation({ mutationFn: (id: string) => api.post<ApiKey>(`${path('keys', id)}/revoke`), onSuccess: renew }),
  };
}
