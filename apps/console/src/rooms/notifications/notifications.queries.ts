import type {
  Channel,
  ChannelPage,
  ChannelPreview,
  CreateChannel,
  Delivery,
  DeliveryPage,
  NotifierList,
  PreviewChannel,
  UpdateChannel,
} from '@crisol/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { toValue, type MaybeRefOrGetter } from 'vue';
import { api, etagOf, path } from '../../shared/api/http';

type Text = MaybeRefOrGetter<string>;
export const useChannels = () =>
  useQuery({ queryKey: ['channels', 'list'], queryFn: ({ signal }) => api.get<ChannelPage>('/channels', { limit: 200 }, signal) });
export const useNotifiers = () =>
  useQuery({ queryKey: ['notifiers'], queryFn: ({ signal }) => api.get<NotifierList>('/notifiers', {}, signal) });
export const useChannel = (channel: Text) =>
  useQuery({ queryKey: ['channels', channel], queryFn: ({ signal }) => api.get<Channel>(path('channels', toValue(channel)), {}, signal) });
export const useDeliveries = (channel: Text) =>
  useQuery({
    queryKey: ['channels', channel, 'deliveries'],
    queryFn: ({ signal }) => api.get<DeliveryPage>(`${path('channels', toValue(channel))}/deliveries`, { limit: 100 }, signal),
  });
export function useSaveChannel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ channel, body }: { channel: Channel | null; body: CreateChannel }) => {
      const { events, target, enabled } = body;
      const change: UpdateChannel = { events, target, enabled };
      return channel
        ? api.patch<Channel>(path('channels', channel.id), change, { ifMatch: etagOf(channel) })
        : api.post<Channel>('/channels', body);
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['channels'] }),
  });
}
export function useChannelAction() {
  const client = useQueryClient();
  const renew = () => client.invalidateQueries({ queryKey: ['channels'] });
  return {
    test: useMutation({ mutationFn: (id: string) => api.post<Delivery>(`${path('channels', id)}/test`), onSettled: renew }),
    remove: useMutation({ mutationFn: (id: string) => api.remove(path('channels', id)), onSuccess: renew }),
    resend: useMutation({
      mutationFn: ({ channel, delivery }: { channel: string; delivery: string }) =>
        api.post<Delivery>(`${path('channels', channel, 'deliveries', delivery)}/resend`),
      onSettled: renew,
    }),
  };
}
/** A stored channel is previewed under its id, so that the secrets that the form leaves out keep their value. */
export const usePreviewChannel = () =>
  useMutation({
    mutationFn: ({ channel, body }: { channel: Channel | null; body: PreviewChannel }) =>
      channel
        ? api.post<ChannelPreview>(`${path('channels', channel.id)}/preview`, { target: body.target, event: body.event })
        : api.post<ChannelPreview>('/channels/preview', body),
  });
