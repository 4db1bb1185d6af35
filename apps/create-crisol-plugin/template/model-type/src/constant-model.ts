import type { TableColumn } from '@crisol/plugin-api';

// The few messages of onnx.proto that such a graph needs, written by hand; a larger model takes a library.
const FLOAT = 1;
const STRING = 8;
const DOUBLE = 11;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]);
const whole = (field: number, value: number): Uint8Array => Uint8Array.from([...varint(field * 8), ...varint(value)]);
function message(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return Uint8Array.from([...varint(field * 8 + 2), ...varint(size), ...parts.flatMap((part) => [...part])]);
}

const typeOf = ({ type }: TableColumn): number => (type === 'text' ? STRING : type === 'date' || type === 'timestamp' ? DOUBLE : FLOAT);
/** A value of the shape [N, 1]. */
function valueInfo(field: number, name: string, elementType: number): Uint8Array {
  const shape = message(2, message(1, message(2, text('N'))), message(1, whole(1, 1)));
  return message(field, message(1, text(name)), message(2, message(1, whole(1, elementType), shape)));
}

/** An ONNX model that takes every column and gives the same number for each row. */
export function constantModel(columns: readonly TableColumn[], value: number): Uint8Array {
  const [first] = columns;
  if (!first) throw new RangeError('A model takes at least one column.');
  const number = new Uint8Array(Float32Array.of(value).buffer);
  const tensor = message(5, whole(1, 1), whole(2, FLOAT), message(9, number));
  const nodes = [
    message(1, message(1, text(first.name)), message(2, text('shape')), message(4, text('Shape'))),
    message(
      1,
      message(1, text('shape')),
      message(2, text('prediction')),
      message(4, text('ConstantOfShape')),
      message(5, message(1, text('value')), tensor, whole(20, 4)),
    ),
  ];
  const inputs = columns.map((column) => valueInfo(11, column.name, typeOf(column)));
  const graph = message(7, ...nodes, message(2, text('constant')), ...inputs, valueInfo(12, 'prediction', FLOAT));
  const parts = [whole(1, 8), message(2, text('__ID__')), graph, message(8, message(1), whole(2, 17))];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
