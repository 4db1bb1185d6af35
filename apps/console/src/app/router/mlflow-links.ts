/**
 * MLflow's clients print links to runs, experiments and models as MLflow's own pages have them: `/#/experiments/5/runs/01a2…`.
 * @returns the page here that shows the same, or null
 */
export function pageOfMlflowLink(hash: string): string | null {
  const [place = ''] = hash.replace(/^#/, '').split('?');
  const [, kind, name, inner, part] = place.split('/');
  if (!name) return null;
  if (kind === 'experiments') return inner === 'runs' && part ? `/runs/${part}` : `/experiments/${name}`;
  if (kind === 'models') return inner === 'versions' && part ? `/models/${name}?version=${part}` : `/models/${name}`;
  return null;
}
