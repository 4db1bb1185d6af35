import type { AuditEventPage, CreateUser, Meta, SettingList, UpdateUser, User, UserPage } from '@crisol/contracts';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import { api, etagOf, path } from '../../shared/api/http';

export const useSettings = () =>
  useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => api.get<SettingList>('/settings', {}, signal) });
export const useMeta = () =>
  useQuery({ queryKey: ['meta'], staleTime: Infinity, queryFn: ({ signal }) => api.get<Meta>('/meta', {}, signal) });
export const useUsers = () =>
  useQuery({ queryKey: ['users'], queryFn: ({ signal }) => api.get<UserPage>('/users', { limit: 200 }, signal) });
export function useAudit() {
  const query = useInfiniteQuery({
    queryKey: ['audit', 'list'],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => api.get<AuditEventPage>('/audit-events', { cursor: pageParam, limit: 50 }, signal),
    getNextPageParam: (page: AuditEventPage) => page.nextCursor,
  });
  return { ...query, rows: computed(() => query.data.value?.pages.flatMap((page) => page.data) ?? []) };
}
export function useUserActions() {
  const client = useQueryClient();
  const renew = () => client.invalidateQueries({ queryKey: ['users'] });
  return {
    create: useMutation({ mutationFn: (body: CreateUser) => api.post<User>('/users', body), onSuccess: renew }),
    update: useMutation({
      mutationFn: ({ user, change }: { user: User; change: UpdateUser }) =>
        api.patch<User>(path('users', user.id), change, { ifMatch: etagOf(user) }),
      onSettled: renew,
    }),
  };
}
export const useChangePassword = () =>
  useMutation({ mutationFn: (body: { currentPassword: string; newPassword: string }) => api.put<unknown>('/me/password', body) });
