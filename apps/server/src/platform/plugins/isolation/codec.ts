/**
 * Values as they cross to a plugin's process and back: JSON with tags for what JSON lacks, and typed arrays as sections of
 * raw bytes that the receiver looks at without another copy. Bytes of a hostile process never reach `v8.deserialize`.
 *
 * A tag is an object with `$`: `u` undefined, `n` a number that JSON lacks, `i` a bigint, `d` a date, `b` a section of the
 * message, `f` a section of its file, `o` an object that has a property `$` of its own. Functions and symbols are left out,
 * as is a property called `__proto__`.
 */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

export interface EncodedValue {
  readonly json: string;
  /** One after another, each on a boundary of 8 bytes. */
  readonly sections: readonly Uint8Array[];
  /** Sections that are large enough to travel in a file. */
  readonly fileSections: readonly Uint8Array[];
}

const mostDepth = 100;
const arrayTypes = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};
type ArrayName = keyof typeof arrayTypes;
export type Bytes = Uint8Array<ArrayBuffer>;
const oddNumbers: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity, '-0': -0 };

export const aligned = (bytes: number): number => (bytes + 7) & ~7;

/** @param fileFrom - typed arrays of at least so many bytes go to `fileSections` */
export function encode(value: unknown, fileFrom = Infinity): EncodedValue {
  const encoder = new Encoder(fileFrom);
  const json = JSON.stringify(encoder.walk(value, 0));
  return { json, sections: encoder.sections, fileSections: encoder.fileSections };
}

class Encoder {
  readonly sections: Uint8Array[] = [];
  readonly fileSections: Uint8Array[] = [];
  private bytes = 0;
  private fileBytes = 0;

  constructor(private readonly fileFrom: number) {}

  walk(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return value;
        return { $: 'n', v: Object.is(value, -0) ? '-0' : String(value) };
      case 'bigint':
        return { $: 'i', v: String(value) };
      case 'object':
        return value === null ? null : this.object(value, depth + 1);
      default:
        return { $: 'u' };
    }
  }

  private object(value: object, depth: number): unknown {
    if (depth > mostDepth) throw new CodecError(`A value is nested deeper than ${mostDepth} levels, or holds itself.`);
    if (Array.isArray(value)) {
      // By hand: a plugin may have patched `map` in its process.
      const list: unknown[] = new Array(value.length);
      for (let i = 0; i < value.length; i++) list[i] = this.walk(value[i], depth);
      return list;
    }
    if (ArrayBuffer.isView(value)) return this.binary(value);
    if (value instanceof Date) return { $: 'd', v: Number.isNaN(value.getTime()) ? null : value.getTime() };
    const plain: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (typeof item !== 'function' && typeof item !== 'symbol' && key !== '__proto__') plain[key] = this.walk(item, depth);
    }
    return Object.hasOwn(plain, '$') ? { $: 'o', v: plain } : plain;
  }

  private binary(view: ArrayBufferView): unknown {
    const t = nameOf(view);
    const section = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const l = view.byteLength / arrayTypes[t].BYTES_PER_ELEMENT;
    if (view.byteLength >= this.fileFrom) {
      this.fileSections.push(section);
      this.fileBytes += aligned(view.byteLength);
      return { $: 'f', t, o: this.fileBytes - aligned(view.byteLength), l };
    }
    this.sections.push(section);
    this.bytes += aligned(view.byteLength);
    return { $: 'b', t, o: this.bytes - aligned(view.byteLength), l };
  }
}

/** By the tag, which no realm and no subclass changes: a Buffer counts as the Uint8Array that it is. */
function nameOf(view: ArrayBufferView): ArrayName {
  const name = Object.prototype.toString.call(view).slice(8, -1);
  if (!isArrayName(name)) throw new CodecError(`A ${name} does not cross to a plugin.`);
  return name;
}

function isArrayName(name: unknown): name is ArrayName {
  return typeof name === 'string' && Object.hasOwn(arrayTypes, name);
}

/**
 * Undoes `encode`. The typed arrays of the answer are views of `binary` and of `file`.
 * @throws CodecError for whatever is not an encoded value
 */
export function decode(json: string, binary: Bytes, file?: Bytes): unknown {
  return revive(parse(json), binary, file);
}

export function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CodecError('A message is not JSON.', { cause: error });
  }
}

/** Works in place: the tree came out of JSON.parse a moment ago and is nobody else's. */
export function revive(tree: unknown, binary: Bytes, file?: Bytes, depth = 0): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (depth > mostDepth + 5) throw new CodecError(`A message is nested deeper than ${mostDepth} levels.`);
  if (Array.isArray(tree)) {
    for (let i = 0; i < tree.length; i++) {
      const item: unknown = tree[i];
      if (typeof item === 'object' && item !== null) tree[i] = revive(item, binary, file, depth + 1);
    }
    return tree;
  }
  // What JSON.parse gives and is no array is an object of plain properties.
  const fields = tree as Record<string, unknown>;
  if (Object.hasOwn(fields, '$')) return untag(fields, binary, file, depth);
  reviveFields(fields, binary, file, depth);
  return fields;
}

function reviveFields(fields: Record<string, unknown>, binary: Bytes, file: Bytes | undefined, depth: number): void {
  if (Object.hasOwn(fields, '__proto__')) delete fields['__proto__'];
  for (const key of Object.keys(fields)) {
    const item = fields[key];
    if (typeof item === 'object' && item !== null) fields[key] = revive(item, binary, file, depth + 1);
  }
}

function untag(tag: Record<string, unknown>, binary: Bytes, file: Bytes | undefined, depth: number): unknown {
  const value = tag['v'];
  switch (tag['$']) {
    case 'u':
      return undefined;
    case 'n':
      if (typeof value === 'string' && Object.hasOwn(oddNumbers, value)) return oddNumbers[value];
      break;
    case 'i':
      if (typeof value === 'string' && /^-?\d{1,10000}$/.test(value)) return BigInt(value);
      break;
    case 'd':
      if (value === null || typeof value === 'number') return new Date(value ?? NaN);
      break;
    case 'b':
      return view(tag, binary);
    case 'f':
      if (file) return view(tag, file);
      break;
    case 'o':
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        // As above: an object out of JSON.parse.
        const fields = value as Record<string, unknown>;
        reviveFields(fields, binary, file, depth);
        return fields;
      }
  }
  throw new CodecError('A message holds a tag that means nothing.');
}

function view({ t, o, l }: Record<string, unknown>, bytes: Bytes): ArrayBufferView {
  const type = isArrayName(t) ? arrayTypes[t] : undefined;
  if (type && typeof o === 'number' && typeof l === 'number' && Number.isSafeInteger(o) && Number.isSafeInteger(l)) {
    if (o >= 0 && l >= 0 && o % 8 === 0 && o + l * type.BYTES_PER_ELEMENT <= bytes.byteLength)
      return new type(bytes.buffer, bytes.byteOffset + o, l);
  }
  throw new CodecError('A message points outside of its bytes.');
}
