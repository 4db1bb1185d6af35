import type {
  AliasPolicy,
  AliasPolicyList,
  ApprovalList,
  DecideApproval,
  HistoryEventPage,
  ModelAsOf,
  ModelCard,
  PromotionCheck,
  PutAliasPolicy,
  PutModelCard,
} from '@crisol/contracts';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, etagOf, path, url } from '../../shared/api/http';

type Text = MaybeRefOrGetter<string>;
const versionPath = (model: string, version: number): string => path('models', model, 'versions', version);

export interface HistoryFilter {
  readonly alias: string;
  readonly version: string;
}
export function useHistoryEvents(model: Text, filter: MaybeRefOrGetter<HistoryFilter>) {
  const query = useInfiniteQuery({
    queryKey: ['models', model, 'history', filter],
    initialPageParam: '',
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      api.get<HistoryEventPage>(`${path('models', toValue(model))}/history`, { ...toValue(filter), cursor: pageParam, limit: 100 }, signal),
    getNextPageParam: (page: HistoryEventPage) => page.nextCursor,
  });
  return { ...query, rows: computed(() => query.data.value?.pages.flatMap((page) => page.data) ?? []) };
}
/** The moves of one alias, as far back as one answer reaches. */
export const useAliasMoves = (model: Text, alias: Text) =>
  useQuery({
    queryKey: ['models', model, 'history', 'moves', alias],
    enabled: () => toValue(alias) !== '',
    queryFn: ({ signal }) =>
      api.get<HistoryEventPage>(`${path('models', toValue(model))}/history`, { alias: toValue(alias), limit: 200 }, signal),
  });
export const useAsOf = (model: Text, instant: Text) =>
  useQuery({
    queryKey: ['models', model, 'as-of', instant],
    enabled: () => toValue(instant) !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.get<ModelAsOf>(`${path('models', toValue(model))}/as-of`, { asOf: toValue(instant) }, signal),
  });
export const bundleLinks = (model: string, event: string): { json: string; page: string } => {
  const evidence = `${path('models', model, 'history', event)}/evidence`;
  return { json: url(evidence), page: url(`${evidence}.html`) };
};

export const usePromotion = (model: Text, version: MaybeRefOrGetter<number | null>, alias: Text) =>
  useQuery({
    queryKey: ['models', model, 'promotion', version, alias],
    enabled: () => toValue(version) !== null && toValue(alias) !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.get<PromotionCheck>(`${versionPath(toValue(model), toValue(version) ?? 0)}/promotion`, { alias: toValue(alias) }, signal),
  });
export function useDecide(model: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ version, ...body }: DecideApproval & { version: number }) =>
      api.post<ApprovalList>(`${versionPath(toValue(model), version)}/approvals`, body),
    onSettled: () => client.invalidateQueries({ queryKey: ['models'] }),
  });
}
export const usePolicies = (model: Text) =>
  useQuery({
    queryKey: ['models', model, 'policies'],
    queryFn: ({ signal }) => api.get<AliasPolicyList>(`${path('models', toValue(model))}/policies`, {}, signal),
  });
export function useChangePolicy(model: Text) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['models'] });
  const at = (alias: string): string => path('models', toValue(model), 'policies', alias);
  return {
    save: useMutation({
      mutationFn: ({ alias, body, policy }: { alias: string; body: PutAliasPolicy; policy: AliasPolicy | null }) =>
        api.put<AliasPolicy>(at(alias), body, policy?.updatedAt ? { ifMatch: etagOf(policy) } : {}),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: (policy: AliasPolicy) => api.remove(at(policy.alias), { ifMatch: etagOf(policy) }),
      onSettled,
    }),
  };
}

export const useCard = (model: Text, version: MaybeRefOrGetter<number>) =>
  useQuery({
    queryKey: ['models', model, 'card', version],
    queryFn: ({ signal }) => api.get<ModelCard>(`${versionPath(toValue(model), toValue(version))}/card`, {}, signal),
  });
export function useSaveCard(model: Text, version: MaybeRefOrGetter<number>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, revision }: { body: PutModelCard; revision: number }) =>
      api.put<ModelCard>(`${versionPath(toValue(model), toValue(version))}/card`, body, { ifMatch: `"r${revision}"` }),
    onSettled: () => client.invalidateQueries({ queryKey: ['models', toValue(model), 'card'] }),
  });
}
export const cardLinks = (model: string, version: number): { markdown: string; html: string } => {
  const card = `${versionPath(model, version)}/card`;
  return { markdown: url(`${card}.md`), html: url(`${card}.html`) };
};
