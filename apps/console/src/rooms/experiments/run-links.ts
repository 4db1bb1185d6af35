import type { LocationQueryValue } from 'vue-router';

/** Curves of more runs than these cannot be told apart. */
export const mostComparedRuns = 12;

export const runLink = (run: string): string => `/runs/${encodeURIComponent(run)}`;
export const experimentLink = (experiment: string): string => `/experiments/${encodeURIComponent(experiment)}`;
export const compareRunsLink = (runs: readonly string[], more: Readonly<Record<string, string>> = {}) => ({
  path: '/runs/compare',
  query: { of: runs.join(','), ...more },
});
export function runsFrom(query: LocationQueryValue | LocationQueryValue[] | undefined): string[] {
  const text = Array.isArray(query) ? query.join(',') : (query ?? '');
  return [...new Set(text.split(',').filter((run) => run !== ''))];
}
