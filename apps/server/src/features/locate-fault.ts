import type { ProblemIssue } from '@crisol/contracts';
import type { EntityKeys, FeatureViewInfo } from '@crisol/plugin-api';
import { toPointer } from '../platform/http/validation.pipe.js';

const MOST_ISSUES = 100;
type Views = readonly FeatureViewInfo[];

/** Where a read that a store refused names what the store does not have; nothing when the cause is another. */
export function locateInRead(
  views: Views,
  features: readonly string[],
  keys: readonly EntityKeys[],
  under: readonly string[],
): ProblemIssue[] {
  const asked = features.map((name) => {
    const view = views.find((one) => name.startsWith(`${one.name}:`));
    return { view, isKnown: view?.features.some((feature) => `${view.name}:${feature.name}` === name) === true };
  });
  const unknown = asked.flatMap(({ view, isKnown }, i) =>
    isKnown ? [] : [issue(['features', i], 'unknown', view ? `must be one of ${listed(view)}` : `must begin with one of ${names(views)}`)],
  );
  const used = views.filter((view) => asked.some((one) => one.view === view));
  return [...unknown, ...keys.flatMap((row, i) => used.flatMap((view) => missingKeys(view, row, ['rows', i, ...under])))].slice(
    0,
    MOST_ISSUES,
  );
}

/** Where rows that a store refused do not fit the view. */
export function locateInRows(
  view: FeatureViewInfo,
  rows: readonly { readonly keys: EntityKeys; readonly values: Readonly<Record<string, unknown>> }[],
): ProblemIssue[] {
  const known = new Set(view.features.map(({ name }) => name));
  return rows
    .flatMap(({ keys, values }, i) => [
      ...missingKeys(view, keys, ['rows', i, 'keys']),
      ...Object.keys(values)
        .filter((name) => !known.has(name))
        .map((name) => issue(['rows', i, 'values', name], 'unknown', `must be one of ${[...known].join(', ')}`)),
    ])
    .slice(0, MOST_ISSUES);
}

function missingKeys(view: FeatureViewInfo, row: EntityKeys, path: readonly (string | number)[]): ProblemIssue[] {
  return view.entities
    .filter((entity) => row[entity] === undefined)
    .map((entity) => issue([...path, entity], 'required', `is missing: ${view.name} is keyed by ${view.entities.join(', ')}`));
}

const issue = (path: readonly (string | number)[], code: string, message: string): ProblemIssue => ({
  pointer: toPointer(path),
  code,
  message,
});
const names = (views: Views): string => views.map(({ name }) => `${name}:`).join(', ') || 'nothing: there is no view yet';
const listed = (view: FeatureViewInfo): string => view.features.map(({ name }) => `${view.name}:${name}`).join(', ');
