import { metric } from '../../shared/i18n/format';
import { t } from '../../shared/i18n/messages';
import type { RunTable } from './run-columns';

export interface ColourGroup {
  readonly name: string;
  /** The token of its colour. */
  readonly token: string;
  readonly places: readonly number[];
}
const steps = 5;
const mostNames = 6;

/** Runs by the colour that a field gives them: five steps from its least to its greatest fifth, or its commonest values. */
export function colourGroups(table: RunTable, field: string, places: readonly number[]): ColourGroup[] {
  if (!field) return [{ name: t('experiments.runs'), token: 'series-1', places }];
  const missing = places.filter((place) => {
    const value = table.value(field, place);
    return value === null || (table.numeric(field) && !Number.isFinite(table.number(field, place)));
  });
  const without = new Set(missing);
  const there = places.filter((place) => !without.has(place));
  const rest = missing.length ? [{ name: t('experiments.noValue'), token: 'series-reference', places: missing }] : [];
  const distinct = new Set(there.map((place) => table.value(field, place)));
  if (table.numeric(field) && distinct.size > steps) return [...rest, ...fifths(table, field, there)];
  const byValue = new Map<string, number[]>();
  for (const place of there) {
    const value = String(table.value(field, place));
    const group = byValue.get(value);
    if (group) group.push(place);
    else byValue.set(value, [place]);
  }
  const common = [...byValue].toSorted((a, b) => b[1].length - a[1].length);
  const named = common.slice(0, mostNames).map(([name, members], index) => ({ name, token: `series-${index + 1}`, places: members }));
  const others = common.slice(mostNames).flatMap(([, members]) => members);
  return [...rest, ...(others.length ? [{ name: t('experiments.otherValues'), token: 'series-reference', places: others }] : []), ...named];
}

/** Equal in number, not in width: a few extreme runs must not leave one colour to all others. */
function fifths(table: RunTable, field: string, places: readonly number[]): ColourGroup[] {
  const ordered = table.sorted(places, field, false);
  return Array.from({ length: steps }, (_, step) => {
    const members = ordered.slice(Math.floor((step * ordered.length) / steps), Math.floor(((step + 1) * ordered.length) / steps));
    const [first, last] = [members[0], members.at(-1)];
    const text = (place: number | undefined): string => metric(place === undefined ? null : table.number(field, place));
    return { name: `${text(first)} – ${text(last)}`, token: `sequential-${step + 1}`, places: members };
  }).filter((group) => group.places.length > 0);
}
