import { FilterError, everything, type Comparison, type FilterTree, type OrderTerm } from './filter-tree.js';
import { tokenize, type Token } from './filter-tokens.js';

/** A clause as it was written, before the rules of a search have looked at it. */
export interface RawClause {
  /** In front of the first dot; null for a bare word. */
  readonly entity: string | null;
  readonly key: string;
  /** In capitals, such as `NOT LIKE`; what is no comparator at all is here too. */
  readonly comparator: string;
  readonly value: RawValue;
}
export type RawValue =
  | { readonly kind: 'string'; readonly value: string; readonly text: string }
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly RawValue[]; readonly text: string }
  | { readonly kind: 'none'; readonly text: string };

/** What one search lets a filter ask. Each method throws a FilterError for what it does not take. */
export interface FilterRules {
  comparison(clause: RawClause): Comparison;
  order(reference: { readonly entity: string | null; readonly key: string }, text: string): Pick<OrderTerm, 'entity' | 'key'>;
  /** Metrics may be ordered by their least and greatest value too. */
  readonly extremes?: boolean;
}

/** Deep enough for anybody; a text of brackets must not use up the stack. */
const maxDepth = 100;
const maxClauses = 500;
/** Each may cost a look at another table for every row. */
const maxOrderTerms = 50;

/**
 * Understands a filter: clauses joined by AND and OR, with parentheses; AND binds closer.
 * @throws FilterError
 */
export function parseFilter(text: string, rules: FilterRules): FilterTree {
  const tokens = tokenize(text);
  if (tokens.length === 0) return everything;
  const reader = new FilterReader(tokens, rules);
  return reader.whole();
}

class FilterReader {
  private at = 0;
  private clauses = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly rules: FilterRules,
  ) {}

  whole(): FilterTree {
    while (this.word(0) === 'AND') this.at++;
    if (this.at === this.tokens.length) return everything;
    const tree = this.any(0);
    if (this.at < this.tokens.length) throw invalidClause(this.tokens.slice(this.at));
    return tree;
  }

  private any(depth: number): FilterTree {
    return this.joined('OR', () => this.joined('AND', () => this.clause(depth)));
  }

  private startsClause(): boolean {
    const token = this.tokens[this.at];
    return token !== undefined && (this.is('(') || (referenceOf(token) !== undefined && !isJoin(token)));
  }

  private joined(word: 'AND' | 'OR', part: () => FilterTree): FilterTree {
    const parts = [part()];
    // As in MLflow, clauses that merely stand beside each other are joined by AND, and an AND too many joins nothing.
    while (this.word(0) === word || (word === 'AND' && this.startsClause())) {
      if (this.word(0) === word) this.at++;
      if (word === 'OR' || this.startsClause()) parts.push(part());
    }
    const [only] = parts;
    return only && parts.length === 1 ? only : { kind: word === 'AND' ? 'and' : 'or', parts };
  }

  private clause(depth: number): FilterTree {
    if (depth > maxDepth) throw new FilterError(`Parentheses in a filter are at most ${maxDepth} deep.`);
    if (this.is('(')) {
      this.at++;
      const inner = this.any(depth + 1);
      if (!this.is(')')) throw invalidClause(this.tokens.slice(this.at));
      this.at++;
      return inner;
    }
    if (++this.clauses > maxClauses) throw new FilterError(`A filter has at most ${maxClauses} clauses.`);
    const start = this.at;
    const token = this.tokens[this.at];
    const reference = token && referenceOf(token);
    if (!reference || (token.kind === 'name' && isJoin(token))) throw invalidClause(this.tokens.slice(this.at));
    this.at++;
    const comparator = this.comparator();
    if (comparator === undefined) throw invalidClause(this.tokens.slice(start));
    if (comparator === 'IS NULL' || comparator === 'IS NOT NULL')
      return this.rules.comparison({ ...reference, comparator, value: { kind: 'none', text: '' } });
    const value = this.value();
    if (!value) throw invalidClause(this.tokens.slice(start));
    return this.rules.comparison({ ...reference, comparator, value });
  }

  private comparator(): string | undefined {
    const token = this.tokens[this.at];
    if (token?.kind === 'operator') {
      this.at++;
      return token.text;
    }
    const word = this.word(0);
    if (word === 'IS') {
      const negated = this.word(1) === 'NOT';
      if (this.word(negated ? 2 : 1) !== 'NULL') return undefined;
      this.at += negated ? 3 : 2;
      return negated ? 'IS NOT NULL' : 'IS NULL';
    }
    if (word === 'NOT') {
      const negated = this.word(1);
      if (negated !== 'IN' && negated !== 'LIKE' && negated !== 'ILIKE') return undefined;
      this.at += 2;
      return `NOT ${negated}`;
    }
    if (word === undefined || isJoinWord(word)) return undefined;
    this.at++;
    return word;
  }

  private value(): RawValue | undefined {
    const token = this.tokens[this.at];
    if (!token) return undefined;
    if (token.kind === 'mark') {
      if (token.text !== '(') return undefined;
      this.at++;
      const items: RawValue[] = [];
      while (!this.is(')')) {
        const item = this.plainValue();
        if (!item) return undefined;
        items.push(item);
        if (this.is(',')) this.at++;
        else if (!this.is(')')) return undefined;
      }
      this.at++;
      return { kind: 'list', items, text: `(${items.map((item) => item.text).join(',')})` };
    }
    return this.plainValue();
  }

  private plainValue(): RawValue | undefined {
    const token = this.tokens[this.at];
    if (!token || token.kind === 'mark' || token.kind === 'operator') return undefined;
    this.at++;
    if (token.kind === 'string') return token;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text), text: token.text };
    return { kind: 'word', text: token.text };
  }

  private is(mark: string): boolean {
    const token = this.tokens[this.at];
    return token?.kind === 'mark' && token.text === mark;
  }

  /** A bare word in capitals. */
  private word(ahead: number): string | undefined {
    const token = this.tokens[this.at + ahead];
    return token?.kind === 'name' && !token.quoted && token.parts.length === 1 ? token.text.toUpperCase() : undefined;
  }
}

const isJoinWord = (word: string): boolean => word === 'AND' || word === 'OR';
const isJoin = (token: Token): boolean => token.kind === 'name' && !token.quoted && isJoinWord(token.text.toUpperCase());

/** What a name means: the part in front of the first dot is the entity, the rest the key with its own dots. */
function referenceOf(token: Token): { entity: string | null; key: string } | undefined {
  if (token.kind === 'string') return token.text.startsWith('"') ? { entity: null, key: token.value } : undefined;
  if (token.kind !== 'name') return undefined;
  const [first = '', ...rest] = token.parts;
  return rest.length === 0 ? { entity: null, key: first } : { entity: first, key: rest.join('.') };
}

function invalidClause(tokens: readonly Token[]): FilterError {
  const clauses = tokens.slice(0, 20).map((token) => `'${token.text.slice(0, 100)}'`);
  return new FilterError(`Invalid clause(s) in filter string: ${clauses.join(', ')}`);
}

/**
 * Understands the terms of an order.
 * @throws FilterError
 */
export function parseOrders(texts: readonly string[], rules: FilterRules): OrderTerm[] {
  checkOrderLength(texts.length);
  return texts.map((text) => parseOrder(text, rules));
}

/** @throws FilterError for an order that the database would not bear */
export function checkOrderLength(terms: number): void {
  if (terms > maxOrderTerms) throw new FilterError(`An order has at most ${maxOrderTerms} terms.`);
}

/**
 * Understands one term of an order: a name, and `ASC` or `DESC` in any case.
 * @throws FilterError
 */
export function parseOrder(text: string, rules: FilterRules): OrderTerm {
  const refused = () => new FilterError(`Invalid order_by clause '${text.slice(0, 300)}'. Could not be parsed.`);
  let tokens: Token[];
  try {
    tokens = tokenize(text);
  } catch {
    throw refused();
  }
  const last = tokens.at(-1);
  if (tokens.length === 2 && last?.kind === 'name' && !/^(?:asc|desc)$/i.test(last.text))
    throw new FilterError(`Invalid ordering key in order_by clause '${text.slice(0, 300)}'.`);
  const direction = tokens.length > 1 && last?.kind === 'name' && !last.quoted ? last.text.toUpperCase() : undefined;
  const directed = direction === 'ASC' || direction === 'DESC';
  const name = directed ? tokens.slice(0, -1) : tokens;
  const [first, open, inner, close] = name;
  const descending = direction === 'DESC';
  if (rules.extremes && name.length === 4 && first?.kind === 'name' && inner && open?.text === '(' && close?.text === ')') {
    const of = first.text.toLowerCase();
    const reference = referenceOf(inner);
    if (!reference || (of !== 'min' && of !== 'max')) throw refused();
    const term = rules.order(reference, text);
    if (term.entity !== 'metric') throw refused();
    return { ...term, of, descending };
  }
  const reference = name.length === 1 && first ? referenceOf(first) : undefined;
  if (!reference) throw refused();
  return { ...rules.order(reference, text), of: 'last', descending };
}
