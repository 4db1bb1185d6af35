import { invalid, type MlflowError } from './mlflow-error.js';

const seeDocs = 'See the API docs for more information about request parameters.';
const largestInt64 = 2n ** 63n - 1n;
const smallestInt64 = -(2n ** 63n);

export const missingValue = (name: string): MlflowError => invalid(`Missing value for required parameter '${name}'. ${seeDocs}`);
export const wrongValue = (name: string, value: unknown): MlflowError =>
  invalid(
    `Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied:  Hint: Value was of type '${typeOf(value)}'. ${seeDocs}`,
  );

/** Stands in front of `NaN` and `Infinity` that came without quotes. */
export const bareMark = '\u0001';

/** What the type of a JSON value is called in MLflow's messages. */
function typeOf(value: unknown): string {
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return Array.isArray(value) ? 'list' : 'dict';
}

/**
 * Reads the fields of a request of MLflow's protocol. Null is the same as absent, and what has the wrong type is refused in
 * the words of MLflow's own server.
 */
export class MlflowInput {
  constructor(
    private readonly fields: Readonly<Record<string, unknown>>,
    /** Where these fields stand in the request, such as `metrics[3].`. */
    private readonly prefix = '',
  ) {}

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  /** A spelling of a number that MLflow's own server cannot read: it takes 0 for it, and forgets the fields behind it. */
  isUnreadable(name: string): boolean {
    const value = this.fields[name];
    return value === 'nan' || (typeof value === 'string' && value.startsWith(bareMark));
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw wrongValue(this.prefix + name, value);
    // PostgreSQL keeps neither zeros nor half characters. Keys are checked by rules of their own.
    if (name !== 'key' && value.includes('\u0000')) throw wrongValue(this.prefix + name, value);
    return value.toWellFormed();
  }

  /** A text that must be there and may not be empty. */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw missingValue(this.prefix + name);
    return value;
  }

  /** A 64-bit integer, as a number or a text of digits; a `bigint` where a number would lose digits. */
  integer(name: string): number | bigint | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    // What is a number but no 64-bit integer counts as 0, as for MLflow's own server.
    if (typeof value === 'number') return Number.isSafeInteger(value) ? value : wholeOf(value);
    if (typeof value === 'boolean') return 0;
    if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) {
      const big = BigInt(value);
      if (big > largestInt64 || big < smallestInt64) throw wrongValue(this.prefix + name, value);
      return Number.isSafeInteger(Number(value)) ? Number(value) : big;
    }
    throw wrongValue(this.prefix + name, value);
  }

  /** A number, also by the names that JSON has none for. */
  double(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (typeof value === 'string') {
      const found = doubleIn(value.startsWith(bareMark) ? value.slice(bareMark.length) : value);
      if (found !== undefined) return found;
    }
    throw wrongValue(this.prefix + name, value);
  }

  /** True or false; anything else is refused. */
  flag(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw wrongValue(this.prefix + name, value);
  }

  /** A list; a single value of a query counts as a list of one. */
  list(name: string): readonly unknown[] {
    const value = this.value(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    throw wrongValue(this.prefix + name, value);
  }

  texts(name: string): string[] {
    return this.list(name).map((item) => String(item).toWellFormed().replaceAll('\u0000', ''));
  }

  /** A list of objects; what is no object is refused. */
  objects(name: string): MlflowInput[] {
    return this.list(name).map((item, index) => this.item(name, item, index));
  }

  /** The fields of one object of a list. */
  item(name: string, item: unknown, index: number): MlflowInput {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw wrongValue(`${this.prefix}${name}[${index}]`, item);
    return new MlflowInput(Object.fromEntries(Object.entries(item)), `${this.prefix}${name}[${index}].`);
  }

  object(name: string): MlflowInput | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw wrongValue(this.prefix + name, value);
    return new MlflowInput(Object.fromEntries(Object.entries(value ?? {})), `${this.prefix}${name}.`);
  }

  private value(name: string): unknown {
    const value = this.fields[name];
    return value === null ? undefined : value;
  }
}

/** The fields of a query: every value in it is a text, and one that repeats is a list. */
export function queryInput(query: Readonly<Record<string, unknown>>, lists: readonly string[] = []): MlflowInput {
  return new MlflowInput(
    Object.fromEntries(
      Object.entries(query).map(([name, value]) => {
        if (lists.includes(name)) return [name, Array.isArray(value) ? value : [value]];
        const last: unknown = Array.isArray(value) ? value.at(-1) : value;
        return [name, last];
      }),
    ),
  );
}

function wholeOf(value: number): number | bigint {
  if (!Number.isInteger(value)) return 0;
  const big = BigInt(value);
  // The greatest integer has no double of its own: JSON.parse makes it the next one.
  if (big === largestInt64 + 1n) return largestInt64;
  return big > largestInt64 || big < smallestInt64 ? 0 : big;
}

/** Python's ways to write a number. */
function doubleIn(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  switch (trimmed) {
    case 'nan':
    case '+nan':
    case '-nan':
      return Number.NaN;
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Number.POSITIVE_INFINITY;
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY;
    default:
      return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
  }
}
