import { FilterError } from './filter-tree.js';

export type Token =
  /** A name, in parts that were apart by dots; `text` is how it was written. */
  | { readonly kind: 'name'; readonly parts: readonly string[]; readonly quoted: boolean; readonly text: string }
  /** In single or double quotes. Double quotes hold a name where a name is expected. */
  | { readonly kind: 'string'; readonly value: string; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: '(' | ')' | ',' };

const number = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;
const bareWord = /[\p{L}_][\p{L}\p{N}_]*/uy;
const digitsPart = /[\p{L}\p{N}_]+/uy;
const operator = /[!<>=]=|<>|[=<>]/y;
const space = /\s+/y;

/**
 * Cuts a filter into tokens. Every character belongs to a token or is white space; what is neither is refused.
 * @throws FilterError
 */
export function tokenize(given: string): Token[] {
  const text = given.toWellFormed();
  if (text.includes('\u0000')) throw new FilterError('A filter has no characters of code 0.');
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  while (at < text.length) {
    if (match(space) !== undefined) continue;
    const start = at;
    const character = text.charAt(at);
    if (character === '(' || character === ')' || character === ',') {
      at++;
      tokens.push({ kind: 'mark', text: character });
      continue;
    }
    const found = match(number);
    if (found !== undefined) {
      tokens.push({ kind: 'number', text: found });
      continue;
    }
    const compared = match(operator);
    if (compared !== undefined) {
      tokens.push({ kind: 'operator', text: compared });
      continue;
    }
    if (character === "'" || character === '"') {
      const value = readQuoted(text, at);
      at = value.end;
      if (character === "'" || text.charAt(at) !== '.') {
        tokens.push({ kind: 'string', value: value.text, text: text.slice(start, at) });
        continue;
      }
      at = start;
    }
    const parts: string[] = [];
    let quoted = false;
    for (;;) {
      const next = text.charAt(at);
      if (next === '`' || next === '"' || (next === "'" && parts.length > 0)) {
        const part = readQuoted(text, at);
        parts.push(part.text);
        at = part.end;
        quoted = true;
      } else {
        const word = match(parts.length === 0 ? bareWord : digitsPart);
        if (word === undefined) throw new FilterError(`Invalid clause(s) in filter string: '${text.slice(start, start + 100)}'`);
        parts.push(word);
      }
      if (text.charAt(at) !== '.') break;
      at++;
    }
    tokens.push({ kind: 'name', parts, quoted, text: text.slice(start, at) });
  }
  return tokens;
}

/** Reads from one quote to its fellow; a doubled quote stands for itself. */
function readQuoted(text: string, start: number): { text: string; end: number } {
  const quote = text.charAt(start);
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character !== quote) value += character;
    else if (text.charAt(at + 1) === quote) {
      value += quote;
      at++;
    } else return { text: value, end: at + 1 };
  }
  throw new FilterError(`Invalid clause(s) in filter string: '${text.slice(start, start + 100)}'`);
}
