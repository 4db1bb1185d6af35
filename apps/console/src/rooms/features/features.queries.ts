import type { FeatureVectors, PutFeatureView, ReadHistoricalFeatures, ReadOnlineFeatures } from '@crisol/contracts';
import { useMutation, useQueryClient } from '@tanstack/vue-query';
import { api, path } from '../../shared/api/http';

export const useReadOnline = () =>
  useMutation({
    mutationFn: async ({ store, body }: { store: string; body: ReadOnlineFeatures }) => {
      const started = performance.now();
      const vectors = await api.post<FeatureVectors>(`${path('feature-stores', store)}/online-features`, body);
      return { vectors, tookMs: performance.now() - started };
    },
  });
export const useReadHistorical = () =>
  useMutation({
    mutationFn: async ({ store, body }: { store: string; body: ReadHistoricalFeatures }) => {
      const started = performance.now();
      const vectors = await api.post<FeatureVectors>(`${path('feature-stores', store)}/historical-features`, body);
      return { vectors, tookMs: performance.now() - started };
    },
  });
export function useDefineView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ store, view, body }: { store: string; view: string; body: PutFeatureView }) =>
      api.put<unknown>(path('feature-stores', store, 'views', view), body),
    onSettled: () => client.invalidateQueries({ queryKey: ['feature-stores'] }),
  });
}
