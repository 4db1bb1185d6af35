import type { ParameterImportance } from '@crisol/contracts';
import { spearman } from '@crisol/statistics';
import { permutationImportance, type BinnedInput } from './regression-forest.js';

/** Runs that have the metric, with their parameters as they were logged. */
export interface ImportanceTable {
  readonly params: readonly Readonly<Record<string, string>>[];
  readonly values: readonly number[];
}
type Found = Pick<ParameterImportance, 'runs' | 'method' | 'parameters' | 'note'>;

const fewestRuns = 10;
const mostParameters = 200;
const method = 'permutation importance of a random forest (64 trees, errors on rows that a tree has not seen)';

/** Which parameters the metric depends on, as far as these runs tell. */
export function importanceOf({ params, values }: ImportanceTable): Found {
  const columns = columnsOf(params);
  const runs = columns.length === 0 ? 0 : params.filter((own) => columns.some(({ name }) => own[name] !== undefined)).length;
  const nothing = (note: string): Found => ({ runs, method, parameters: [], note });
  if (values.length < fewestRuns) return nothing(`Only ${values.length} of the runs have the metric; at least ${fewestRuns} are needed.`);
  if (columns.length === 0) return nothing('No parameter varies between the runs.');
  if (values.every((value) => value === values[0])) return nothing('The metric is the same in all runs.');
  const target = Float64Array.from(values);
  const centre = target.reduce((sum, value) => sum + value, 0) / target.length;
  const scale = Math.sqrt(target.reduce((sum, value) => sum + (value - centre) ** 2, 0) / target.length);
  const growth = permutationImportance(
    columns.map(({ bins }) => bins),
    target.map((value) => (value - centre) / scale),
  );
  const total = growth.reduce((sum, value) => sum + value, 0);
  if (total === 0) return nothing('The metric does not depend on any parameter, as far as these runs tell.');
  const parameters = columns
    .map(({ name, numbers }, index) => ({
      name,
      importance: (growth[index] ?? 0) / total,
      correlation: numbers && correlationOf(numbers, target),
      numeric: numbers !== null,
    }))
    .sort((a, b) => b.importance - a.importance || (a.name < b.name ? -1 : 1));
  return { runs, method, parameters, note: null };
}

interface ParameterColumn {
  readonly name: string;
  /** NaN where it is missing; null for texts. */
  readonly numbers: Float64Array | null;
  readonly bins: BinnedInput;
}

/** Parameters with two values or more, missing counting as one; of many those that most runs have. */
function columnsOf(params: ImportanceTable['params']): ParameterColumn[] {
  const counted = new Map<string, number>();
  for (const own of params) for (const name of Object.keys(own)) counted.set(name, (counted.get(name) ?? 0) + 1);
  const names = [...counted].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1)).map(([name]) => name);
  const columns: ParameterColumn[] = [];
  for (const name of names) {
    if (columns.length === mostParameters) break;
    const texts = params.map((own) => (Object.hasOwn(own, name) ? (own[name] ?? null) : null));
    if (new Set(texts).size < 2) continue;
    const numbers = numbersOf(texts);
    columns.push({ name, numbers, bins: numbers ? binNumbers(numbers) : binTexts(texts) });
  }
  return columns;
}

/** Texts as numbers when every one is one. */
function numbersOf(texts: readonly (string | null)[]): Float64Array | null {
  const numbers = new Float64Array(texts.length).fill(Number.NaN);
  for (const [i, text] of texts.entries()) {
    if (text === null) continue;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) return null;
    numbers[i] = value;
  }
  return numbers;
}

/** Missing is bin 0; the others by quantiles, which logarithms do not change. */
function binNumbers(numbers: Float64Array): BinnedInput {
  const distinct = [...new Set(numbers)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const places = new Map(distinct.map((value, place) => [value, place]));
  const scale = Math.max(1, distinct.length / 255);
  return Uint8Array.from(numbers, (value) => (Number.isNaN(value) ? 0 : 1 + Math.min(254, Math.floor((places.get(value) ?? 0) / scale))));
}

/** Missing is bin 0; the commonest 254 texts have a bin each, commonest first, and the others share the last. */
function binTexts(texts: readonly (string | null)[]): BinnedInput {
  const counted = new Map<string, number>();
  for (const text of texts) if (text !== null) counted.set(text, (counted.get(text) ?? 0) + 1);
  const order = [...counted].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const places = new Map(order.map(([text], place) => [text, Math.min(255, 1 + place)]));
  return Uint8Array.from(texts, (text) => (text === null ? 0 : (places.get(text) ?? 255)));
}

function correlationOf(numbers: Float64Array, target: Float64Array): number | null {
  const known = Int32Array.from(numbers.keys()).filter((row) => !Number.isNaN(numbers[row] ?? Number.NaN));
  return spearman(
    Float64Array.from(known, (row) => numbers[row] ?? 0),
    Float64Array.from(known, (row) => target[row] ?? 0),
  );
}
