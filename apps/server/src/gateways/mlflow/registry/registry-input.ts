import { looksLikeId } from '@crisol/contracts';
import { FilterError } from '../../../experiments/search/filter-tree.js';
import { invalid } from '../mlflow-error.js';
import { wrongValue, type MlflowInput } from '../mlflow-input.js';
import { checkLength, checkName } from '../tracking/names.js';

const maxTagValue = 100_000;
const maxName = 1000;
const maxAlias = 255;

/** Numbers of versions are texts in this protocol. One that no version can have comes back as −1. */
export function requiredVersion(input: MlflowInput): number {
  return versionNumber(input.requiredText('version'));
}

export function versionNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text.trim())) throw invalid(`Parameter 'version' must be an integer, got '${text}'.`);
  const number = Number(text);
  return number > 0 && number < 2 ** 31 ? number : -1;
}

export function flag(input: MlflowInput, fields: Readonly<Record<string, unknown>>, name: string): boolean {
  if (!input.has(name)) return false;
  const value = fields[name];
  if (typeof value === 'boolean') return value;
  throw wrongValue(name, value);
}

/** How many rows a page may have. In a query the number is a text. */
export function pageSize(input: MlflowInput, fields: Readonly<Record<string, unknown>>, byDefault: number, most: number): number {
  const size = input.integer('max_results') ?? byDefault;
  if (size > most) throw wrongValue('max_results', fields['max_results']);
  if (size < 1) throw invalid(`Invalid value for max_results. It must be a positive integer, but got ${size}`);
  return Number(size);
}

/** A name that a model may get. */
export function newModelName(name: string): string {
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  if (looksLikeId(name)) throw invalid(`Invalid model name '${name}'. Names cannot have the form of an id.`);
  checkLength(name, maxName, 'name');
  return name;
}

/** A name that an alias may get. */
export function newAliasName(alias: string): string {
  checkLength(alias, maxAlias, 'Registered model alias name');
  if (!/^[\p{L}\p{N}\p{M}_-]+$/u.test(alias))
    throw invalid(`Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`);
  if (alias.toLowerCase() === 'latest') throw invalid("'latest' alias name (case insensitive) is reserved.");
  if (/^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`);
  return alias;
}

/** A text of any kind, as long as the log of changes bears it: every change of it stays there. */
export function boundedText(input: MlflowInput, name: string): string {
  const text = input.text(name) ?? '';
  checkLength(text, maxTagValue, name);
  return text;
}

export function readTag(key: string, value: string): { key: string; value: string } {
  checkName(key, 'key');
  if (key === '')
    throw invalid(
      `Invalid value "" for parameter 'key' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '.'`,
    );
  checkLength(key, 250, 'key');
  checkLength(value, maxTagValue, 'value');
  return { key, value };
}

export function readTags(input: MlflowInput): Record<string, string> {
  return Object.fromEntries(
    input.objects('tags').map((tag) => {
      const { key, value } = readTag(tag.text('key') ?? '', tag.text('value') ?? '');
      return [key, value];
    }),
  );
}

/** Runs a search whose filter or order may be wrong. */
export async function refusingFilters<T>(search: () => Promise<T>): Promise<T> {
  try {
    return await search();
  } catch (error) {
    if (error instanceof FilterError) throw invalid(error.message);
    throw error;
  }
}
