import { describe, expect, it } from '@jest/globals';
import { encodeModel } from './encode.js';
import { GraphBuilder } from './graph-builder.js';
import { DataType } from './model.js';
import { WireWriter } from './wire-writer.js';

describe(WireWriter.name, () => {
  it('writes varints as the protobuf guide shows them', () => {
    const writer = new WireWriter();
    writer.integer(1, 150);
    writer.integer(2, -1n);
    expect([...writer.finish()]).toEqual([0x08, 0x96, 0x01, 0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  });

  it('packs floats and nests messages with their lengths', () => {
    const writer = new WireWriter();
    writer.message(3, (inner) => inner.packedFloats(7, Float32Array.of(1)));
    expect([...writer.finish()]).toEqual([0x1a, 6, 0x3a, 4, 0, 0, 0x80, 0x3f]);
  });
});

describe(encodeModel.name, () => {
  it('gives the same bytes for the same calls, and stores an equal constant once', () => {
    const build = () => {
      const graph = new GraphBuilder('g');
      const x = graph.input('x', DataType.FLOAT, ['N', 1]);
      expect(graph.constant(Float32Array.of(2))).toBe(graph.constant(Float32Array.of(2)));
      graph.output(graph.add('Mul', [x, graph.constant(Float32Array.of(2))]), 'y', DataType.FLOAT, ['N', 1]);
      return encodeModel(graph.model());
    };
    expect(build()).toEqual(build());
  });
});
