import type { CheckFinding, ModelFacts } from '@crisol/plugin-api';
import { fisherExact, groupRates, parity, parityInterval, type GroupRates, type ParityMeasure, type RateName } from '@crisol/statistics';
import { isLabel, NotJudgeable, onlyLarge, readRows, type GroupingKwargs } from './judged-rows.js';
import { several, show, withSlices, type Slice } from './words.js';

export interface ParityKwargs extends GroupingKwargs {
  readonly measure: ParityMeasure;
  readonly max_difference?: number | undefined;
  readonly min_ratio?: number | undefined;
  readonly positive_label?: string | undefined;
  readonly min_group_rows: number;
  readonly beyond_chance: boolean;
  readonly seed: number;
  readonly resamples: number;
}
export interface FourFifthsKwargs extends GroupingKwargs {
  readonly min_ratio: number;
  readonly positive_label?: string | undefined;
  readonly min_group_rows: number;
}

/** Rows that all resamples together may read. */
const mostCells = 200_000_000;
const rateNames: Readonly<Record<ParityMeasure, readonly RateName[]>> = {
  demographic_parity: ['selectionRate'],
  equal_opportunity: ['truePositiveRate'],
  equalized_odds: ['truePositiveRate', 'falsePositiveRate'],
};
const measureWords: Readonly<Record<ParityMeasure, string>> = {
  demographic_parity: 'Selection rates',
  equal_opportunity: 'True positive rates',
  equalized_odds: 'True and false positive rates',
};

/** Is the gap between groups small enough? */
export async function judgeParity(facts: ModelFacts, asked: ParityKwargs, signal: AbortSignal): Promise<CheckFinding> {
  const found = await decisions(facts, asked, signal);
  const { measure } = asked;
  const gap = parity(measure, found.large);
  if (gap.difference === null) return few(found, asked);
  const resamples = Math.max(200, Math.min(asked.resamples, Math.floor(mostCells / found.truth.length)));
  const sure = parityInterval(measure, found, { seed: asked.seed, resamples });
  signal.throwIfAborted();
  const tooFar =
    (asked.max_difference !== undefined && gap.difference > asked.max_difference) ||
    (asked.min_ratio !== undefined && gap.ratio !== null && gap.ratio < asked.min_ratio);
  const chance = asked.beyond_chance && sure.chance !== null && gap.difference <= sure.chance;
  const wanted = [
    ...(asked.max_difference === undefined ? [] : [`a difference of at most ${show(asked.max_difference)}`]),
    ...(asked.min_ratio === undefined ? [] : [`a ratio of at least ${show(asked.min_ratio)}`]),
  ].join(' and ');
  const ratio = gap.ratio === null ? '' : `, ratio ${show(gap.ratio)}`;
  const interval = sure.difference ? ` (95 % interval ${show(sure.difference.low)} to ${show(sure.difference.high)}` : ' (';
  const byChance = sure.chance === null ? ')' : `; chance alone reaches ${show(sure.chance)})`;
  const excused = tooFar && chance ? ' The gap is no more than chance makes of groups of this size.' : '';
  return withSlices(
    !tooFar || chance,
    `${measureWords[measure]} by ${groupName(asked)} differ by ${show(gap.difference)}${interval}${byChance}${ratio}; asked is ${wanted}.${excused}${smallNote(found.small, asked.min_group_rows)}`,
    { ...gap, interval: sure.difference, ratioInterval: sure.ratio, chance: sure.chance, rows: found.truth.length },
    found.all.map((group) => slice(group, found.large, asked, !tooFar || chance)),
  );
}

/** The four-fifths rule: a screen. A group is flagged when its ratio is low and chance does not explain it. */
export async function judgeFourFifths(facts: ModelFacts, asked: FourFifthsKwargs, signal: AbortSignal): Promise<CheckFinding> {
  const found = await decisions(facts, asked, signal);
  const best = found.large.reduce<GroupRates | null>(
    (high, group) => ((group.selectionRate.value ?? 0) > (high?.selectionRate.value ?? -1) ? group : high),
    null,
  );
  const highest = best?.selectionRate.value ?? 0;
  if (!best || found.large.length < 2) return few(found, asked);
  if (highest === 0) throw new NotJudgeable('No row of any group is selected, so there are no ratios.');
  const screened = found.large.map((group) => ({ group, ...ratioTo(group, best) }));
  const flagged = screened.filter(({ ratio, high, p }) => ratio < asked.min_ratio && (high === null ? p < 0.05 : high < 1));
  const worst = screened.reduce(
    (low, one) => (one.ratio < low.ratio ? one : low),
    screened[0] ?? { group: best, ratio: 1, high: null, p: 1 },
  );
  const large = new Set(found.large.map(({ group }) => group));
  const flaggedNames = new Set(flagged.map(({ group }) => group.group));
  return withSlices(
    flagged.length === 0,
    `By ${groupName(asked)}, ${worst.group.group} is selected ${show(worst.ratio)} times as often as ${best.group} (${show(worst.group.selectionRate.value ?? 0)} against ${show(highest)}, Fisher's exact p ${show(worst.p)}); asked is at least ${show(asked.min_ratio)}${flagged.length === 0 && worst.ratio < asked.min_ratio ? ', and chance explains what is missing' : ''}.${smallNote(found.small, asked.min_group_rows)}`,
    screened.map(({ group, ratio, p }) => ({ group: group.group, ratio, p })),
    found.all.map(({ group, rows, selectionRate }) => ({
      name: group,
      rows,
      value: selectionRate.value === null ? null : selectionRate.value / highest,
      passed: !flaggedNames.has(group),
      distance: large.has(group) ? 1 - (selectionRate.value ?? highest) / highest : -1,
    })),
  );
}

/** Ratio of two shares with its 95 % interval by the logarithm (null when a share is 0), and Fisher's exact p. */
function ratioTo(group: GroupRates, best: GroupRates): { ratio: number; high: number | null; p: number } {
  const own = group.selectionRate.value ?? 0;
  const other = best.selectionRate.value ?? 0;
  const selected = Math.round(own * group.rows);
  const bestSelected = Math.round(other * best.rows);
  const ratio = own / other;
  const error = Math.sqrt(1 / selected - 1 / group.rows + 1 / bestSelected - 1 / best.rows);
  const high = selected === 0 ? null : Math.exp(Math.log(ratio) + 1.959963984540054 * error);
  return { ratio, high, p: fisherExact(selected, group.rows - selected, bestSelected, best.rows - bestSelected) };
}

async function decisions(
  facts: ModelFacts,
  asked: GroupingKwargs & { readonly positive_label?: string | undefined; readonly min_group_rows: number },
  signal: AbortSignal,
) {
  const { labels } = facts.candidate;
  if (labels.length < 2) throw new NotJudgeable(`A model for ${facts.task} selects nobody; this check needs classes.`);
  if (asked.positive_label === undefined && labels.length > 2)
    throw new NotJudgeable(
      `There are ${labels.length} classes; say with positive_label which one is selected: ${labels.slice(0, 20).join(', ')}.`,
    );
  const positive = asked.positive_label ?? labels[1] ?? '';
  if (!labels.includes(positive)) throw new NotJudgeable(`There is no class ${positive}; there are ${labels.slice(0, 20).join(', ')}.`);
  const read = await readRows(facts, asked, signal);
  const truth = isLabel(read.target, positive);
  const decision = isLabel(read.prediction, positive);
  const { rows, groups, small } = onlyLarge(read.groups, asked.min_group_rows);
  const pick = (values: Int8Array): Int8Array => Int8Array.from(rows, (row) => values[row] ?? 0);
  const kept = { truth: pick(truth), decision: pick(decision), groups: groups.of, names: groups.names };
  return {
    ...kept,
    small,
    all: groupRates(truth, decision, read.groups.of, read.groups.names),
    large: groupRates(kept.truth, kept.decision, kept.groups, kept.names),
  };
}

/** How a group stands: its distance from the one that is treated best. */
function slice(group: GroupRates, large: readonly GroupRates[], asked: ParityKwargs, allPassed: boolean): Slice {
  const gated = large.some((one) => one.group === group.group);
  let distance = 0;
  let passed = true;
  for (const name of rateNames[asked.measure]) {
    const own = group[name].value;
    const values = large.flatMap((one) => one[name].value ?? []);
    if (own === null || values.length < 2) continue;
    // To be wrongly selected less often is better; to be selected or found more often is.
    const best = name === 'falsePositiveRate' ? Math.min(...values) : Math.max(...values);
    const ratio = Math.max(own, best) === 0 ? 1 : Math.min(own, best) / Math.max(own, best);
    distance = Math.max(distance, Math.abs(own - best));
    if (Math.abs(own - best) > (asked.max_difference ?? Infinity) || ratio < (asked.min_ratio ?? 0)) passed = false;
  }
  const [first] = rateNames[asked.measure];
  const value = asked.measure === 'equalized_odds' ? distance : first ? group[first].value : null;
  return { name: group.group, rows: group.rows, value, passed: passed || allPassed || !gated, distance: gated ? distance : -1 };
}

function few(
  found: { readonly large: readonly GroupRates[]; readonly all: readonly GroupRates[] },
  asked: GroupingKwargs & { readonly min_group_rows: number },
): CheckFinding {
  return withSlices(
    null,
    `By ${groupName(asked)} there ${found.large.length === 1 ? 'is' : 'are'} ${several(found.large.length, 'group')} with at least ${asked.min_group_rows} rows and a rate to compare; two are needed.`,
    undefined,
    found.all.map(({ group, rows, selectionRate }) => ({ name: group, rows, value: selectionRate.value, passed: true, distance: 0 })),
  );
}

const groupName = ({ column, cross_with }: GroupingKwargs): string => [column, ...cross_with].join(' × ');

export function smallNote(small: number, minRows: number): string {
  if (small === 0) return '';
  return ` ${several(small, 'group')} under ${minRows} rows ${small === 1 ? 'is' : 'are'} shown and not gated.`;
}
