import type { RunFields } from '@crisol/contracts';
import { quoteKey, quoteText } from './run-field';

/** A piece of a filter as it is typed; white space stands between. */
interface Piece {
  readonly kind: 'name' | 'operator' | 'text' | 'number' | 'mark' | 'join' | 'word';
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** A quote that is not closed yet. */
  readonly open: boolean;
}
export interface Completion {
  readonly label: string;
  readonly hint: string;
  /** What replaces the text between `start` and `end`. */
  readonly insert: string;
  readonly start: number;
  readonly end: number;
}
export interface FilterReading {
  readonly pieces: readonly Piece[];
  /** It can be sent: nothing is half typed. */
  readonly complete: boolean;
}

const entityNames = ['metrics', 'params', 'tags', 'attributes', 'dataset'] as const;
const entityPattern = /^(?:metrics?|params?|parameters?|tags?|attributes?|attr|run|datasets?)\./i;
const attributes = ['run_name', 'status', 'start_time', 'end_time', 'user_id', 'run_id'] as const;
const datasetKeys = ['name', 'digest', 'context'] as const;
const statuses = ['FINISHED', 'RUNNING', 'FAILED', 'KILLED', 'SCHEDULED'] as const;
const numberOperators = ['>', '>=', '<', '<=', '=', '!='] as const;
const textOperators = ['=', '!=', 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL'] as const;
const plainTextOperators = ['=', '!=', 'LIKE', 'ILIKE'] as const;
const patterns: readonly [Piece['kind'], RegExp][] = [
  ['mark', /[(),]/y],
  ['number', /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y],
  ['operator', /!=|<>|>=|<=|==|[=<>]/y],
  ['join', /(?:and|or)(?![\w.])/iy],
  ['operator', /(?:is\s+not\s+null|is\s+null|not\s+like|not\s+ilike|not\s+in|ilike|like|in)(?![\w.])/iy],
  ['name', /[\p{L}_][\p{L}\p{N}_]*\.(?:`[^`]*`?|"[^"]*"?|[\p{L}\p{N}_./\- ]*[\p{L}\p{N}_/-]|)/uy],
  ['text', /'[^']*'?|"[^"]*"?/y],
  ['word', /[^\s()<>=!'"]+|./uy],
];
/** Names with blanks or marks stand in backticks; a bare one ends at a blank. */
const bareName = /^[\p{L}_][\p{L}\p{N}_]*\.[\p{L}\p{N}_.]*/u;

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at++;
      continue;
    }
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      let found = pattern.exec(text)?.[0];
      if (found === undefined) continue;
      if (kind === 'name' && !/[`"]/.test(found)) found = bareName.exec(found)?.[0] ?? found;
      const quote = kind === 'name' ? (/[`"]/.exec(found)?.[0] ?? '') : kind === 'text' ? found.charAt(0) : '';
      const inside = quote ? found.slice(found.indexOf(quote) + 1) : '';
      pieces.push({ kind, text: found, start: at, end: at + found.length, open: quote !== '' && !inside.endsWith(quote) });
      at += found.length;
      break;
    }
  }
  return pieces;
}

/** Reads a filter far enough to know what may come next, and whether it is worth a question to the server. */
export function readFilter(text: string): FilterReading {
  const pieces = piecesOf(text);
  let depth = 0;
  for (const piece of pieces) depth += piece.text === '(' ? 1 : piece.text === ')' ? -1 : 0;
  const last = pieces.at(-1);
  const ended = !last || (last.kind === 'text' && !last.open) || last.kind === 'number' || last.text === ')' || /null$/i.test(last.text);
  return { pieces, complete: ended && depth === 0 };
}

const operatorsOf = (name: string): readonly string[] => {
  if (/^metrics?\./i.test(name) || /\.(?:start_time|end_time)$/.test(name)) return numberOperators;
  return /^(?:params?|parameters?|tags?)\./i.test(name)
    ? textOperators
    : [...plainTextOperators, ...(/\.run_id$/.test(name) || /^datasets?\./i.test(name) ? ['IN'] : [])];
};

function keyOf(name: string): string {
  return name.slice(name.indexOf('.') + 1).replaceAll(/^[`"]|[`"]$/g, '');
}

function valuesOf(name: string, fields: RunFields | undefined): readonly string[] {
  const key = keyOf(name);
  if (/^params?\.|^parameters?\./i.test(name)) return (fields?.params.find((param) => param.name === key)?.values ?? []).map(quoteText);
  if (/^tags?\./i.test(name)) return (fields?.tags.find((tag) => tag.name === key)?.values ?? []).map(quoteText);
  if (/^datasets?\./i.test(name)) {
    const values = (fields?.datasets ?? []).map((dataset) =>
      key === 'digest' ? dataset.digest : key === 'context' ? dataset.context : dataset.name,
    );
    return [...new Set(values.filter((value) => value !== null))].map(quoteText);
  }
  if (/\.status$/.test(name)) return statuses.map(quoteText);
  return [];
}

function namesOf(fields: RunFields | undefined): { label: string; hint: string }[] {
  const range = (min: unknown, max: unknown): string => (min === null || max === null ? '' : `${short(min)} … ${short(max)}`);
  return [
    ...(fields?.metrics ?? []).map((metric) => ({ label: `metrics.${quoteKey(metric.name)}`, hint: range(metric.min, metric.max) })),
    ...(fields?.params ?? []).map((param) => ({ label: `params.${quoteKey(param.name)}`, hint: param.values.slice(0, 4).join(', ') })),
    ...attributes.map((name) => ({ label: `attributes.${name}`, hint: '' })),
    ...(fields?.tags ?? []).map((tag) => ({ label: `tags.${quoteKey(tag.name)}`, hint: tag.values.slice(0, 3).join(', ') })),
    ...datasetKeys.map((name) => ({ label: `dataset.${name}`, hint: '' })),
  ];
}
const short = (value: unknown): string => (typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value));

/** What may stand where the cursor is: a name, a comparator, a value, AND or OR. */
export function completionsFor(text: string, cursor: number, fields: RunFields | undefined, limit = 12): Completion[] {
  const before = piecesOf(text.slice(0, cursor));
  const last = before.at(-1);
  const touching = last !== undefined && last.end === cursor && last.kind !== 'mark' ? last : undefined;
  // A finished quote or number is behind us: what comes next is a join.
  const typing = touching && !(touching.kind === 'text' && !touching.open) ? touching : undefined;
  const done = typing ? before.slice(0, -1) : before;
  const [previous, beforeIt] = [done.at(-1), done.at(-2)];
  const start = typing?.start ?? cursor;
  const offer = (options: readonly { label: string; hint: string }[], after: string): Completion[] => {
    const word = text.slice(start, cursor).toLocaleLowerCase();
    const bare = word.replaceAll(/[`'"]/g, '');
    const ranked = options
      .map((option) => ({ option, rank: rankOf(option.label.toLocaleLowerCase().replaceAll(/[`'"]/g, ''), bare) }))
      .filter(({ rank }) => rank >= 0)
      .toSorted((a, b) => a.rank - b.rank);
    return ranked.slice(0, limit).map(({ option }) => ({ ...option, insert: `${option.label}${after}`, start, end: cursor }));
  };
  const plain = (labels: readonly string[]): { label: string; hint: string }[] => labels.map((label) => ({ label, hint: '' }));
  if (previous?.kind === 'name') return offer(plain(operatorsOf(previous.text)), ' ');
  if (previous?.kind === 'operator' && !/null$/i.test(previous.text) && beforeIt?.kind === 'name')
    return offer(plain(valuesOf(beforeIt.text, fields)), ' ');
  const afterValue =
    previous && (previous.kind === 'text' || previous.kind === 'number' || previous.text === ')' || /null$/i.test(previous.text));
  if (afterValue) return offer(plain(['AND', 'OR']), ' ');
  const names = namesOf(fields);
  // Without a dot one first sees the kinds, then their names.
  const kinds =
    typing && !entityPattern.test(typing.text) ? [] : typing ? [] : entityNames.map((name) => ({ label: `${name}.`, hint: '' }));
  const offered = offer(names, ' ');
  return kinds.length && !fields ? offer(kinds, '') : offered;
}

/** Lower is better: at the start, at the start of the key, anywhere; -1 for not at all. */
function rankOf(label: string, word: string): number {
  if (word === '' || label.startsWith(word)) return 0;
  if (label.slice(label.indexOf('.') + 1).startsWith(word)) return 1;
  return label.includes(word) ? 2 : -1;
}

/** Where in the filter the server's complaint points: it quotes what it did not understand. */
export function errorPlace(filter: string, message: string): { readonly start: number; readonly end: number } | null {
  const quoted = [...message.matchAll(/'([^']+)'|"([^"]+)"/g)].map((match) => match[1] ?? match[2] ?? '');
  for (const text of quoted) {
    const start = filter.lastIndexOf(text);
    if (start >= 0) return { start, end: start + text.length };
  }
  return null;
}
