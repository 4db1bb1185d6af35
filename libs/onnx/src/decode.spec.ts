import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cleanModel } from './clean.js';
import { decodeModel } from './decode.js';
import { describeModel } from './describe.js';
import { encodeModel } from './encode.js';
import { judgeModel } from './gate.js';
import { GraphBuilder } from './graph-builder.js';
import { DataType } from './model.js';
import { OnnxFormatError } from './onnx-error.js';
import { WireWriter } from './wire-writer.js';

function smallModel(): Uint8Array {
  const graph = new GraphBuilder('small');
  const x = graph.input('x', DataType.FLOAT, ['N', 1]);
  const name = graph.input('country', DataType.STRING, ['N', 1]);
  const code = graph.add(
    'LabelEncoder',
    [name],
    { keys_strings: ['ES', 'DE'], values_floats: Float32Array.of(1, 2), default_float: -1 },
    'ai.onnx.ml',
  );
  const sum = graph.add('Add', [graph.add('Mul', [x, graph.constant(Float32Array.of(2), [1])]), code]);
  graph.output(sum, 'prediction', DataType.FLOAT, ['N', 1]);
  return encodeModel(graph.model());
}

/** Everything that admission does with bytes before a runtime. */
function readWhole(bytes: Uint8Array): void {
  const model = decodeModel(bytes);
  judgeModel(model);
  const cleaned = cleanModel(model);
  describeModel(cleaned);
  encodeModel(cleaned);
}

/** What came of it: nothing, the refusal, or the name of an error that should never come. */
function outcome(bytes: Uint8Array): string {
  try {
    readWhole(bytes);
    return 'read';
  } catch (error) {
    return error instanceof OnnxFormatError ? 'refused' : String(error);
  }
}

describe(decodeModel, () => {
  it('reads back what was written, byte for byte', () => {
    const bytes = smallModel();
    expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
  });

  it('reads each operator, opset and shape', () => {
    expect(describeModel(decodeModel(smallModel()))).toMatchObject({
      inputs: [
        { name: 'x', elementType: DataType.FLOAT, shape: [-1, 1] },
        { name: 'country', elementType: DataType.STRING },
      ],
      outputs: [{ name: 'prediction' }],
      operators: expect.arrayContaining([{ name: 'LabelEncoder', count: 1 }]),
    });
  });

  it.each([
    ['a pickle', [0x80, 0x04, 0x95, 0x10], /pickle/],
    ['a zip archive', [0x50, 0x4b, 0x03, 0x04, 0x14], /zip/],
    ['a gzip archive', [0x1f, 0x8b, 0x08], /gzip/],
    ['an empty file', [], /empty/],
    ['text', [...Buffer.from('name,amount\n1,2\n')], /./],
  ])('refuses %s and says what it is', (_what, bytes, words) => {
    const read = () => decodeModel(Uint8Array.from(bytes));
    expect(read).toThrow(OnnxFormatError);
    expect(read).toThrow(words);
  });

  it('refuses a file that is cut anywhere', () => {
    const bytes = smallModel();
    const whole = Array.from({ length: bytes.length - 1 }, (_, length) => outcome(bytes.subarray(0, length)));
    expect(whole.filter((one) => one !== 'refused' && one !== 'read')).toEqual([]);
  });

  it('refuses a length that goes past the end, before it makes room for it', () => {
    // Field 7 (graph), length 2^62.
    const bytes = Uint8Array.of(0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40);
    expect(() => decodeModel(bytes)).toThrow(/past the end/);
  });

  it('refuses graphs nested deeper than 16, however deep', () => {
    let graph: (writer: WireWriter) => void = (writer) => writer.text(2, 'innermost');
    for (let depth = 0; depth < 200; depth++) {
      const inner = graph;
      graph = (writer) => writer.message(1, (node) => node.message(5, (attribute) => attribute.message(6, inner)));
    }
    const writer = new WireWriter();
    writer.integer(1, 8);
    writer.message(7, graph);
    expect(() => decodeModel(writer.finish())).toThrow(/nested deeper than 16/);
  });

  it('refuses more messages than it was told to take', () => {
    expect(() => decodeModel(smallModel(), { messages: 5 })).toThrow(/more than 5 messages/);
  });

  it('answers any bytes with a model or its own refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(['read', 'refused']).toContain(outcome(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('answers any mutation of a real model with a model or its own refusal', () => {
    const original = smallModel();
    const place = fc.nat(original.length - 1);
    const change = fc.tuple(place, fc.integer({ min: 0, max: 255 }), fc.constantFrom('set', 'insert', 'remove'));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = [...original];
        for (const [at, value, how] of changes) {
          if (how === 'set') bytes[at] = value;
          else bytes.splice(at, how === 'remove' ? 1 : 0, ...(how === 'insert' ? [value] : []));
        }
        expect(['read', 'refused']).toContain(outcome(Uint8Array.from(bytes)));
      }),
      { numRuns: 3000 },
    );
  });
});
