import type { ErrorCode, Signature, SignatureColumn } from '@crisol/contracts';

/** Input of a graph as plain arrays, ready for a tensor of this element type. */
export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | string[];
export interface Feed {
  readonly name: string;
  readonly element: InputElement;
  readonly data: TensorData;
  readonly shape: readonly number[];
}
export type InputElement = 'float32' | 'float64' | 'string' | 'int64' | 'int32' | 'bool';
/** Which signature columns go into which input. */
export interface InputBinding {
  readonly name: string;
  readonly element: InputElement;
  readonly columns: readonly number[];
  readonly rank: 1 | 2;
}
export interface RowFault {
  readonly code: ErrorCode;
  /** Name of the column. */
  readonly column: string;
  readonly message: string;
}
export interface EncodedInstances {
  /** Positions of the instances that can be predicted, in order. */
  readonly good: readonly number[];
  /** First fault of each instance, or undefined. */
  readonly faults: readonly (RowFault | undefined)[];
  readonly feeds: readonly Feed[];
}
export type Instance = Readonly<Record<string, unknown>>;

const dayMs = 86_400_000;
const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const timestampPattern = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/** A value of a column as a number, or the fault in it. Missing is NaN. */
type ReadNumber = (value: unknown) => number | string;

const readers: Readonly<Record<Exclude<SignatureColumn['type'], 'text'>, ReadNumber>> = {
  number: (value) => (typeof value === 'number' ? value : value === 'NaN' ? Number.NaN : 'must be a number'),
  integer: (value) => (typeof value === 'number' && Number.isInteger(value) ? value : 'must be a whole number'),
  boolean: (value) => (value === true ? 1 : value === false ? 0 : 'must be true or false'),
  date: (value) => {
    if (typeof value !== 'string' || !datePattern.test(value)) return 'must be a date such as 2026-01-31';
    const at = Date.parse(`${value}T00:00:00Z`);
    return Number.isNaN(at) ? 'is not a day of the calendar' : at / dayMs;
  },
  timestamp: (value) => {
    if (typeof value !== 'string' || !timestampPattern.test(value)) return 'must be a time such as 2026-01-31T12:00:00Z';
    const at = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/i.test(value) ? value : `${value}Z`);
    return Number.isNaN(at) ? 'is not a time' : at / dayMs;
  },
};

/**
 * Turns records into tensors, and says of each record what is wrong with it. Made once for a version, so that a request
 * costs one pass over its values and no look-up of types.
 *
 * An explicit null is a missing value, which every graph takes. A column that is left out is missing too where the
 * training data had gaps in it, else a fault.
 */
export class InstanceEncoder {
  private readonly columns: readonly SignatureColumn[];
  private readonly known: ReadonlySet<string>;

  constructor(
    signature: Signature,
    private readonly bindings: readonly InputBinding[],
  ) {
    this.columns = signature.inputs;
    this.known = new Set(signature.inputs.map((column) => column.name));
  }

  /** Whether the model has this column. */
  takes(column: string): boolean {
    return this.known.has(column);
  }

  /** @param found - faults that are known before, by position; such an instance is not looked at */
  encode(instances: readonly Instance[], found?: readonly (RowFault | undefined)[]): EncodedInstances {
    const faults = instances.map((instance, i) => found?.[i] ?? this.check(instance));
    const good: number[] = [];
    for (let i = 0; i < faults.length; i++) if (faults[i] === undefined) good.push(i);
    const rows = good.map((i) => instances[i] ?? {});
    return { good, faults, feeds: this.bindings.map((binding) => this.feed(binding, rows)) };
  }

  private check(instance: Instance): RowFault | undefined {
    for (const name in instance) {
      if (!this.known.has(name)) {
        return { code: 'feature_unknown', column: name, message: `the model has no column ${name}; it takes ${this.names()}` };
      }
    }
    for (const column of this.columns) {
      const value = instance[column.name];
      if (value === null) continue;
      if (value === undefined) {
        if (column.nullable) continue;
        return { code: 'feature_missing', column: column.name, message: `is missing; send a value, or null if there is none` };
      }
      if (column.type === 'text') {
        if (typeof value !== 'string')
          return { code: 'feature_type', column: column.name, message: `must be a text, such as ${JSON.stringify(column.example ?? 'a')}` };
        continue;
      }
      const read = readers[column.type](value);
      if (typeof read === 'string') return { code: 'feature_type', column: column.name, message: `${read}, and is ${describe(value)}` };
    }
    return undefined;
  }

  private names(): string {
    const names = this.columns.map((column) => column.name);
    return names.length > 30 ? `${names.slice(0, 30).join(', ')} and ${names.length - 30} more` : names.join(', ');
  }

  private feed(binding: InputBinding, rows: readonly Instance[]): Feed {
    const width = binding.columns.length;
    const shape = binding.rank === 1 ? [rows.length] : [rows.length, width];
    const data = makeData(binding.element, rows.length * width);
    for (let k = 0; k < width; k++) {
      const column = this.columns[binding.columns[k] ?? 0];
      if (column) fill(data, column, rows, k, width);
    }
    return { name: binding.name, element: binding.element, data, shape };
  }
}

function fill(data: TensorData, column: SignatureColumn, rows: readonly Instance[], offset: number, width: number): void {
  if (column.type === 'text') {
    for (let i = 0; i < rows.length; i++) {
      const value = rows[i]?.[column.name];
      if (Array.isArray(data)) data[i * width + offset] = typeof value === 'string' ? value : '';
    }
    return;
  }
  const read = readers[column.type];
  for (let i = 0; i < rows.length; i++) {
    const value = rows[i]?.[column.name];
    const number = value === null || value === undefined ? Number.NaN : Number(read(value));
    const at = i * width + offset;
    if (data instanceof BigInt64Array) data[at] = Number.isNaN(number) ? 0n : BigInt(Math.trunc(number));
    else if (Array.isArray(data)) data[at] = Number.isNaN(number) ? '' : String(number);
    else data[at] = number;
  }
}

function makeData(element: InputElement, length: number): TensorData {
  switch (element) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'bool':
      return new Uint8Array(length);
    case 'string':
      return new Array<string>(length).fill('');
  }
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
