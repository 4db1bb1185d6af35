import type { Plugin, PluginCheck } from '@crisol/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { toValue, type MaybeRefOrGetter } from 'vue';
import { api, etagOf, path } from '../../shared/api/http';

export const usePlugin = (plugin: MaybeRefOrGetter<string>) =>
  useQuery({ queryKey: ['plugins', plugin], queryFn: ({ signal }) => api.get<Plugin>(path('plugins', toValue(plugin)), {}, signal) });
export function useSwitchPlugin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, on }: { id: string; on: boolean }) => api.post<Plugin>(`${path('plugins', id)}/${on ? 'enable' : 'disable'}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['plugins'] }),
  });
}
export const useCheckPlugin = () => useMutation({ mutationFn: (id: string) => api.post<PluginCheck>(`${path('plugins', id)}/check`) });
export function useSavePluginSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ plugin, settings }: { plugin: Plugin; settings: unknown }) =>
      api.put<unknown>(`${path('plugins', plugin.id)}/settings`, settings, { ifMatch: etagOf(plugin) }),
    onSettled: () => client.invalidateQueries({ queryKey: ['plugins'] }),
  });
}
