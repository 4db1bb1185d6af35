import type { ArtifactList, ArtifactPreview } from '@crisol/contracts';
import { keepPreviousData, useQuery } from '@tanstack/vue-query';
import { toValue, type MaybeRefOrGetter } from 'vue';
import { api, path, url } from '../../shared/api/http';

/** Whose files: a run's, or those of a model that a client logged. Logged models have ids of their own kind. */
const folder = (owner: string): string => `${path(owner.startsWith('m-') ? 'logged-models' : 'runs', owner)}/artifacts`;
/** All pages of one folder, up to what a tree can show. */
const mostEntries = 2000;

export const useArtifacts = (owner: MaybeRefOrGetter<string>, at: MaybeRefOrGetter<string>, live: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: ['run-artifacts', owner, at],
    enabled: () => toValue(owner) !== '',
    placeholderData: keepPreviousData,
    refetchInterval: () => (toValue(live) ? 10_000 : false),
    queryFn: async ({ signal }) => {
      const entries: ArtifactList['data'] = [];
      let cursor = '';
      do {
        const page = await api.get<ArtifactList>(folder(toValue(owner)), { path: toValue(at), limit: 1000, cursor }, signal);
        entries.push(...page.data);
        cursor = page.nextCursor ?? '';
      } while (cursor && entries.length < mostEntries);
      return { entries, more: cursor !== '' };
    },
  });

export const useArtifactPreview = (owner: MaybeRefOrGetter<string>, at: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: ['run-artifacts', 'preview', owner, at],
    enabled: () => toValue(enabled) && toValue(at) !== '',
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<ArtifactPreview>(`${folder(toValue(owner))}/preview`, { path: toValue(at) }, signal),
  });

/** Where the bytes of a file are; the server sends them as an attachment in a sandbox. */
export const artifactAddress = (owner: string, at: string): string => url(`${folder(owner)}/content`, { path: at });
