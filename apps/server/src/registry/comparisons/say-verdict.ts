import type { Figure } from './figures.js';
import type { Standing } from './verdict.js';

export interface SentenceFacts {
  readonly standing: Standing;
  readonly metric: Figure;
  readonly labels: readonly string[];
  /** Of the best other candidate against the first. */
  readonly changed: { readonly total: number; readonly rows: number; readonly meanMove: number | null } | null;
  readonly smallestEffect: number;
  readonly folds: number;
  /** Places of candidates that have, or may have, learnt from some of the rows. */
  readonly leaked: ReadonlySet<number>;
}

/** What was found, in plain words. */
export function sayVerdict(facts: SentenceFacts): string {
  const { standing, labels, leaked } = facts;
  const main = mainClause(facts);
  const told = [0, standing.best].filter((place) => place !== null && leaked.has(place)).map((place) => labels[place ?? 0] ?? '');
  if (told.length === 0) return `${main}.`;
  const have = told.length === 1 ? 'has, or may have,' : 'have, or may have,';
  return `${main}. ${told.join(' and ')} ${have} learnt from some of these rows and may look better than ${told.length === 1 ? 'it is' : 'they are'}.`;
}

function mainClause(facts: SentenceFacts): string {
  const { standing, metric, labels, smallestEffect } = facts;
  const [a, b] = [labels[0] ?? '', standing.best === null ? null : (labels[standing.best] ?? '')];
  const rows = facts.changed ? number(facts.changed.rows) : '0';
  const both = b === null ? 'the candidates' : `${b} and ${a}`;
  switch (standing.reason) {
    case 'one_class':
      return `All ${rows} rows are of one class, so nothing can be told of ${both}`;
    case 'few_rows':
      return `There is not enough data to tell ${both} apart: ${rows} rows${facts.changed && facts.changed.rows >= 30 ? ', of which hardly any are of one class' : ''}`;
    case 'nothing':
      return `${capital(metric.title)} does not exist for these candidates and rows, so nothing can be told of ${both}`;
    case 'alike':
      return `${b ?? ''} and ${a} answer alike on all ${rows} rows`;
    case 'below_smallest_effect':
      return `${b ?? ''} and ${a} differ by less than what matters (${amount(metric, smallestEffect)}): ${spread(facts)}${tail(facts)}`;
    case 'maybe_below_smallest_effect': {
      const isAhead = (standing.advantage?.value ?? 0) > 0;
      return `${b ?? ''} is ${isAhead ? 'ahead of' : 'behind'} ${a} by ${spread(facts)}, which may be less than what matters (${amount(metric, smallestEffect)})${tail(facts)}`;
    }
    case 'not_shown':
      return `No difference between ${both} is shown: ${spread(facts, true)}${where(facts)}${tail(facts)}`;
    case 'shown':
      return standing.verdict === 'better'
        ? `${b ?? ''} is better than ${a} by ${spread(facts)}${where(facts)}${tail(facts)}`
        : `${labels.length > 2 ? `None is better than ${a}: the best other, ` : ''}${b ?? ''}${labels.length > 2 ? ',' : ''} is worse${labels.length > 2 ? '' : ` than ${a}`} by ${spread(facts)}${where(facts)}${tail(facts)}`;
  }
}

/** `0.8 ± 0.3 AUC points`. */
function spread({ standing, metric }: SentenceFacts, signed = false): string {
  const { value, low, high } = standing.advantage ?? { value: 0, low: 0, high: 0 };
  const scale = metric.isShare ? 100 : 1;
  const reach = (scale * (high - low)) / 2;
  const size = scale * (signed ? value * (metric.higherIsBetter ? 1 : -1) : Math.abs(value));
  const digits = digitsFor(reach > 0 ? reach : Math.abs(size), metric.isShare);
  const text = `${size < 0 ? '−' : ''}${number(Math.abs(size), digits)} ± ${number(reach, digits)}`;
  return `${text} ${unit(metric)}`;
}

function amount(metric: Figure, size: number): string {
  const value = metric.isShare ? 100 * size : size;
  return `${String(Number(value.toPrecision(3)))} ${metric.isShare && value === 1 ? `${metric.title} point` : unit(metric)}`;
}

function unit(metric: Figure): string {
  return metric.isShare ? `${metric.title} points` : metric.title;
}

/** Enough decimals to show the first digit of the interval. */
function digitsFor(reach: number, isShare: boolean): number {
  if (!(reach > 0)) return isShare ? 1 : 2;
  return Math.min(8, Math.max(isShare && reach < 10 ? 1 : 0, Math.ceil(-Math.log10(reach))));
}

function where({ changed, folds }: SentenceFacts): string {
  return changed ? '' : ` over ${folds} folds`;
}

/** `; 212 of 40,118 decisions change`. */
function tail({ changed }: SentenceFacts): string {
  if (!changed) return '';
  if (changed.meanMove !== null)
    return `; predictions move by ${significant(changed.meanMove)} on average over ${number(changed.rows)} rows`;
  return `; ${number(changed.total)} of ${number(changed.rows)} decisions change`;
}

function significant(value: number): string {
  return value >= 1000 ? number(value) : String(Number(value.toPrecision(2)));
}

function number(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
