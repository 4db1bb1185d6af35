import type { CreateEndpoint, Endpoint, EndpointStats, FeatureLookup, PredictResponse, Traffic } from '@crisol/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { toValue, type MaybeRefOrGetter } from 'vue';
import { api, path } from '../../shared/api/http';

type Text = MaybeRefOrGetter<string>;

export const useEndpoint = (endpoint: Text) =>
  useQuery({
    queryKey: ['endpoints', endpoint],
    queryFn: ({ signal }) => api.get<Endpoint>(path('endpoints', toValue(endpoint)), {}, signal),
  });
export const useStats = (endpoint: Text) =>
  useQuery({
    queryKey: ['endpoints', endpoint, 'stats'],
    refetchInterval: 5000,
    queryFn: ({ signal }) => api.get<EndpointStats>(`${path('endpoints', toValue(endpoint))}/stats`, {}, signal),
  });
export function useCreateEndpoint() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Partial<CreateEndpoint>) => api.post<Endpoint>('/endpoints', body),
    onSuccess: () => client.invalidateQueries({ queryKey: ['endpoints'] }),
  });
}
export function useSetTraffic(endpoint: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ traffic, revision }: { traffic: Traffic; revision: number }) =>
      api.put<unknown>(`${path('endpoints', toValue(endpoint))}/traffic`, traffic, { ifMatch: `"r${revision}"` }),
    onSettled: () => client.invalidateQueries({ queryKey: ['endpoints'] }),
  });
}
export function useSetLookup(endpoint: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ endpoint: shown, lookup }: { endpoint: Endpoint; lookup: FeatureLookup | null }) =>
      api.patch<unknown>(path('endpoints', toValue(endpoint)), { lookup }, { ifMatch: `"r${shown.revision}"` }),
    onSettled: () => client.invalidateQueries({ queryKey: ['endpoints'] }),
  });
}
export function useDeleteEndpoint(endpoint: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.remove(path('endpoints', toValue(endpoint))),
    onSuccess: () => client.invalidateQueries({ queryKey: ['endpoints'] }),
  });
}
export const usePredict = (endpoint: Text) =>
  useMutation({
    mutationFn: (instances: readonly object[]) =>
      api.post<PredictResponse>(`${path('endpoints', toValue(endpoint))}/predict`, { instances, options: { probabilities: true } }),
  });
