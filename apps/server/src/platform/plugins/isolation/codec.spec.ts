import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { aligned, CodecError, decode, encode } from './codec.js';

function bytesOf(sections: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sections.reduce((sum, section) => sum + aligned(section.byteLength), 0));
  let at = 0;
  for (const section of sections) {
    bytes.set(section, at);
    at += aligned(section.byteLength);
  }
  return bytes;
}
function roundTrip(value: unknown, fileFrom?: number): unknown {
  const { json, sections, fileSections } = encode(value, fileFrom);
  return decode(json, bytesOf(sections), bytesOf(fileSections));
}

const special = fc.constantFrom(NaN, Infinity, -Infinity, -0, undefined, null, new Date(0), 2n ** 80n, -1n);
const binary = fc.oneof(
  fc.float64Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }),
  fc.float32Array({ maxLength: 20 }),
  fc.bigInt64Array({ maxLength: 5 }),
  fc.uint16Array({ maxLength: 5 }),
);
const key = fc.oneof(fc.string(), fc.constantFrom('$', 'v', 't', 'constructor', 'toString')).filter((name) => name !== '__proto__');
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    special,
    binary,
    tie('list'),
    tie('fields'),
  ),
  list: fc.array(tie('any'), { maxLength: 6 }),
  fields: fc.dictionary(key, tie('any'), { maxKeys: 6, noNullPrototype: true }),
})).any;

describe('the codec of isolated plugins', () => {
  it('brings every plain value back as it was, typed arrays of each type among them', () => {
    fc.assert(fc.property(value, (sent) => expect(roundTrip(sent)).toEqual(sent)));
  });

  it('brings large arrays back through the file beside the message', () => {
    fc.assert(fc.property(value, (sent) => expect(roundTrip(sent, 16)).toEqual(sent)));
  });

  it('keeps a date that is none', () => {
    expect(String(roundTrip(new Date(NaN)))).toBe('Invalid Date');
  });

  it('tells -0 from 0 and lone surrogates from each other', () => {
    expect(Object.is(roundTrip(-0), -0)).toBe(true);
    expect(roundTrip('\ud800')).toBe('\ud800');
  });

  it('looks at the bytes that came instead of copying them', () => {
    const { json, sections } = encode({ values: Float64Array.of(1, 2) });
    const bytes = bytesOf(sections);
    const { values } = decode(json, bytes) as { values: Float64Array };
    expect(values.buffer).toBe(bytes.buffer);
  });

  it('leaves out functions, symbols and __proto__, and changes no prototype', () => {
    const sent = JSON.parse('{"__proto__": {"evil": true}, "a": 1}') as object;
    expect(roundTrip({ ...sent, predict: () => 1, mark: Symbol('x') })).toEqual({ a: 1 });
    const hostile = decode('{"a": {"__proto__": {"evil": true}}}', new Uint8Array()) as { a: { evil?: boolean } };
    expect(hostile.a.evil).toBeUndefined();
    expect(Object.getPrototypeOf(hostile.a)).toBe(Object.prototype);
  });

  it('refuses what is nested too deep, on both sides', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => encode(loop)).toThrow(CodecError);
    expect(() => decode('['.repeat(100_000) + ']'.repeat(100_000), new Uint8Array())).toThrow(CodecError);
  });

  it('refuses whatever bytes a hostile process makes up, with its own error only', () => {
    const tag = fc.record(
      {
        $: fc.oneof(fc.constantFrom('u', 'n', 'i', 'd', 'b', 'f', 'o'), fc.string()),
        t: fc.constantFrom('Float64Array', 'toString', 'Uint8Array'),
        o: fc.oneof(fc.integer(), fc.double()),
        l: fc.oneof(fc.integer(), fc.double()),
        v: fc.jsonValue(),
      },
      { requiredKeys: ['$'] },
    );
    const hostile = fc.oneof(
      fc.string(),
      fc.json(),
      tag.map((made) => JSON.stringify(made)),
    );
    fc.assert(
      fc.property(hostile, fc.uint8Array({ maxLength: 64 }), (json, bytes) => {
        try {
          decode(json, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });
});
