import type {
  Alias,
  ArtifactList,
  Gate,
  GateList,
  Job,
  JudgementList,
  Model,
  ModelGraph,
  ModelPage,
  ModelVersion,
  ModelVersionPage,
  PutGate,
  Run,
  UpdateVersion,
} from '@crisol/contracts';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, path } from '../../shared/api/http';

type Text = MaybeRefOrGetter<string>;

export function useModelList(search: Text, lifecycle: Text) {
  const query = useInfiniteQuery({
    queryKey: ['models', 'list', search, lifecycle],
    initialPageParam: '',
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      api.get<ModelPage>('/models', { q: toValue(search), lifecycle: toValue(lifecycle), cursor: pageParam, limit: 50 }, signal),
    getNextPageParam: (page: ModelPage) => page.nextCursor,
  });
  return {
    ...query,
    rows: computed(() => query.data.value?.pages.flatMap((page) => page.data) ?? []),
    total: computed(() => query.data.value?.pages[0]?.totalEstimate ?? null),
  };
}
export const useVersions = (model: Text, deleted: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: ['models', model, 'versions', { deleted }],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.get<ModelVersionPage>(
        `${path('models', toValue(model))}/versions`,
        { limit: 200, ...(toValue(deleted) ? { lifecycle: 'all' } : {}) },
        signal,
      ),
  });
const versionPath = (model: string, version: number): string => path('models', model, 'versions', version);
export const useGraph = (model: Text, version: MaybeRefOrGetter<number>, enabled: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: ['models', model, 'graph', version],
    enabled: () => toValue(enabled),
    staleTime: Infinity,
    queryFn: ({ signal }) => api.get<ModelGraph>(`${versionPath(toValue(model), toValue(version))}/graph`, {}, signal),
  });
export const useFiles = (model: Text, version: MaybeRefOrGetter<number>, folder: Text) =>
  useQuery({
    queryKey: ['models', model, 'files', version, folder],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.get<ArtifactList>(`${versionPath(toValue(model), toValue(version))}/artifacts`, { path: toValue(folder), limit: 1000 }, signal),
  });
export const useSourceRun = (run: MaybeRefOrGetter<string | null>) =>
  useQuery({
    queryKey: ['runs', run],
    enabled: () => Boolean(toValue(run)),
    queryFn: ({ signal }) => api.get<Run>(path('runs', toValue(run) ?? ''), {}, signal),
  });
/** Changes to a version: words, tags, and whether it is there. */
export function useChangeVersion(model: Text) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['models'] });
  return {
    update: useMutation({
      mutationFn: ({ version, body }: { version: number; body: UpdateVersion }) =>
        api.patch<ModelVersion>(versionPath(toValue(model), version), body),
      onSettled,
    }),
    remove: useMutation({ mutationFn: (version: number) => api.remove(versionPath(toValue(model), version)), onSettled }),
    restore: useMutation({
      mutationFn: (version: number) => api.post<ModelVersion>(`${versionPath(toValue(model), version)}/restore`),
      onSettled,
    }),
  };
}
export const useModel = (model: Text) =>
  useQuery({ queryKey: ['models', model], queryFn: ({ signal }) => api.get<Model>(path('models', toValue(model)), {}, signal) });
/** The aliases with their revisions, which a move must name. */
export const useAliases = (model: Text, names: MaybeRefOrGetter<readonly string[]>) =>
  useQuery({
    queryKey: ['models', model, 'aliases', names],
    queryFn: ({ signal }) =>
      Promise.all(toValue(names).map((alias) => api.get<Alias>(path('models', toValue(model), 'aliases', alias), {}, signal))),
  });

export interface AliasMove {
  readonly alias: string;
  readonly version: number;
  readonly comment: string;
  /** Revision that the mover saw; null for an alias that is new. */
  readonly revision: number | null;
}
export function useMoveAlias(model: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ alias, version, comment, revision }: AliasMove) =>
      api.put<Alias>(
        path('models', toValue(model), 'aliases', alias),
        { version, comment },
        revision === null ? { headers: { 'If-None-Match': '*' } } : { ifMatch: `"r${revision}"` },
      ),
    // Also after a failure: a lost race must show who won.
    onSettled: () => client.invalidateQueries({ queryKey: ['models'] }),
  });
}
export function useRemoveAlias(model: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ alias, revision }: { alias: string; revision: number }) =>
      api.remove(path('models', toValue(model), 'aliases', alias), { ifMatch: `"r${revision}"` }),
    onSettled: () => client.invalidateQueries({ queryKey: ['models'] }),
  });
}
export function useRestoreModel() {
  const client = useQueryClient();
  return useMutation({
    // A name may belong to another model by now.
    mutationFn: (id: string) => api.post<Model>(`${path('models', id)}/restore`),
    onSettled: () => client.invalidateQueries({ queryKey: ['models'] }),
  });
}
export function useDeleteModel(model: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.remove(path('models', toValue(model))),
    onSuccess: () => client.invalidateQueries({ queryKey: ['models', 'list'] }),
  });
}

export const useGates = (model: Text) =>
  useQuery({
    queryKey: ['models', model, 'gates'],
    queryFn: ({ signal }) => api.get<GateList>(`${path('models', toValue(model))}/gates`, {}, signal),
  });
export const useJudgements = (model: Text, version: MaybeRefOrGetter<number | null>) =>
  useQuery({
    queryKey: ['models', model, 'judgements', version],
    enabled: () => toValue(version) !== null,
    queryFn: ({ signal }) =>
      api.get<JudgementList>(`${path('models', toValue(model), 'versions', toValue(version) ?? 0)}/judgements`, {}, signal),
  });
export function useSaveGate(model: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, body, gate }: { name: string; body: PutGate; gate: Gate | null }) =>
      api.put<Gate>(
        path('models', toValue(model), 'gates', name),
        body,
        gate ? { ifMatch: `"r${gate.revision}"` } : { headers: { 'If-None-Match': '*' } },
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['models'] }),
  });
}
export function useDeleteGate(model: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (gate: Gate) => api.remove(path('models', toValue(model), 'gates', gate.name), { ifMatch: `"r${gate.revision}"` }),
    onSettled: () => client.invalidateQueries({ queryKey: ['models'] }),
  });
}
export function useJudge(model: Text) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ version, alias }: { version: number; alias: string }) =>
      api.post<Job>(`${path('models', toValue(model), 'versions', version)}/judgements`, { alias }),
    onSettled: () => client.invalidateQueries({ queryKey: ['models'] }),
  });
}
