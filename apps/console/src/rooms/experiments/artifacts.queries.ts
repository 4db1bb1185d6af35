import type { ArtifactList, ArtifactPreview } from '@crisol/contracts';
import { keepPreviousData, useQuery } from '@tanstack/vue-query';
import { toValue, type MaybeRefOrGetter } from 'vue';
import { api, path, url } from '../../shared/api/http';

const folder = (run: string): string => `${path('runs', run)}/artifacts`;
/** All pages of one folder, up to what a tree can show. */
const mostEntries = 2000;

export const useArtifacts = (run: MaybeRefOrGetter<string>, at: MaybeRefOrGetter<string>, live: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: ['run-artifacts', run, at],
    enabled: () => toValue(run) !== '',
    placeholderData: keepPreviousData,
    refetchInterval: () => (toValue(live) ? 10_000 : false),
    queryFn: async ({ signal }) => {
      const entries: ArtifactList['data'] = [];
      let cursor = '';
      do {
        const page = await api.get<ArtifactList>(folder(toValue(run)), { path: toValue(at), limit: 1000, cursor }, signal);
        entries.push(...page.data);
        cursor = page.nextCursor ?? '';
      } while (cursor && entries.length < mostEntries);
      return { entries, more: cursor !== '' };
    },
  });

export const useArtifactPreview = (run: MaybeRefOrGetter<string>, at: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) =>
  useQuery({
    queryKey: ['run-artifacts', 'preview', run, at],
    enabled: () => toValue(enabled) && toValue(at) !== '',
    staleTime: 60_000,
    queryFn: ({ signal }) => api.get<ArtifactPreview>(`${folder(toValue(run))}/preview`, { path: toValue(at) }, signal),
  });

/** Where the bytes of a file are; the server sends them as an attachment in a sandbox. */
export const artifactAddress = (run: string, at: string): string => url(`${folder(run)}/file`, { path: at });
