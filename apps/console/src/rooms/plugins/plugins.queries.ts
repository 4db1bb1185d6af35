import type {
  ConfirmPluginInstall,
  PluginCheck,
  PluginDetail,
  PluginEventPage,
  PluginInstall,
  PluginIsolation,
  PluginLog,
  PluginStats,
  StartPluginInstall,
} from '@crisol/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { toValue, type MaybeRefOrGetter } from 'vue';
import { api, call, etagOf, path } from '../../shared/api/http';

type Source = StartPluginInstall['source'];

export const usePlugin = (plugin: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['plugins', plugin],
    queryFn: ({ signal }) => api.get<PluginDetail>(path('plugins', toValue(plugin)), {}, signal),
    // Other processes acknowledge a change on their own; until all have, the page looks again.
    refetchInterval: ({ state }) => (state.data && state.data.processes.applied < state.data.processes.total ? 1_000 : false),
  });
export const usePluginStats = (plugin: MaybeRefOrGetter<string>, minutes: MaybeRefOrGetter<number>) =>
  useQuery({
    queryKey: ['plugins', plugin, 'stats', minutes],
    refetchInterval: 15_000,
    queryFn: ({ signal }) => api.get<PluginStats>(`${path('plugins', toValue(plugin))}/stats`, { minutes: toValue(minutes) }, signal),
  });
export const usePluginLog = (plugin: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['plugins', plugin, 'logs'],
    refetchInterval: 3_000,
    queryFn: ({ signal }) => api.get<PluginLog>(`${path('plugins', toValue(plugin))}/logs`, { limit: 1_000 }, signal),
  });
export const usePluginEvents = (plugin: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['plugins', plugin, 'events'],
    queryFn: ({ signal }) => api.get<PluginEventPage>(`${path('plugins', toValue(plugin))}/events`, { limit: 100 }, signal),
  });

function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: ['plugins'] }) });
}
export const useSwitchPlugin = () =>
  useChange(({ id, on }: { id: string; on: boolean }) => api.post<unknown>(`${path('plugins', id)}/${on ? 'enable' : 'disable'}`));
export const useCheckPlugin = () => useMutation({ mutationFn: (id: string) => api.post<PluginCheck>(`${path('plugins', id)}/check`) });
export const useSavePluginSettings = () =>
  useChange(({ plugin, settings }: { plugin: PluginDetail; settings: unknown }) =>
    api.put<unknown>(`${path('plugins', plugin.id)}/settings`, settings, { ifMatch: etagOf(plugin) }),
  );
export const useSetIsolation = () =>
  useChange(({ plugin, mode }: { plugin: PluginDetail; mode: PluginIsolation }) =>
    api.put<unknown>(`${path('plugins', plugin.id)}/isolation`, { mode }, { ifMatch: etagOf(plugin) }),
  );
export const useUninstallPlugin = () =>
  useChange(({ id, force }: { id: string; force: boolean }) => api.remove(path('plugins', id), force ? { query: { force: 'true' } } : {}));

export const useStartInstall = () =>
  useMutation({
    mutationFn: (what: { readonly source: Source } | { readonly file: File }) => {
      if ('source' in what) return api.post<PluginInstall>('/plugins/installs', { source: what.source });
      const form = new FormData();
      form.set('file', what.file, what.file.name);
      return call<PluginInstall>('POST', '/plugins/installs', { form }).then(({ data }) => data);
    },
  });
export const usePluginInstall = (install: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['plugin-installs', install],
    enabled: () => toValue(install) !== '',
    queryFn: ({ signal }) => api.get<PluginInstall>(path('plugins', 'installs', toValue(install)), {}, signal),
    refetchInterval: ({ state }) => (state.data && state.data.state !== 'fetching' ? false : 500),
  });
export const useConfirmInstall = () =>
  useChange(({ id, body }: { id: string; body: ConfirmPluginInstall }) =>
    api.post<PluginInstall>(`${path('plugins', 'installs', id)}/confirm`, body),
  );
export const useDiscardInstall = () => useMutation({ mutationFn: (id: string) => api.remove(path('plugins', 'installs', id)) });
