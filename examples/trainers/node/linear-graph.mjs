// A linear model as ONNX, written byte by byte: the messages of onnx.proto are few enough for a small file without packages.

const utf8 = new TextEncoder();
const varint = (value) => {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
};
const integer = (field, value) => [...varint(field * 8), ...varint(value)];
const block = (field, bytes) => [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];
const text = (field, value) => block(field, [...utf8.encode(value)]);

const FLOAT = 1;
const node = (opType, inputs, output, attributes = []) => [
  ...inputs.flatMap((name) => text(1, name)),
  ...text(2, output),
  ...text(4, opType),
  ...attributes.flatMap((attribute) => block(5, attribute)),
];
const integerAttribute = (name, value) => [...text(1, name), ...integer(3, value), ...integer(20, 2)];
const tensor = (name, dims, values) => [
  ...dims.flatMap((size) => integer(1, size)),
  ...integer(2, FLOAT),
  ...text(8, name),
  ...block(9, [...new Uint8Array(Float32Array.from(values).buffer)]),
];
const value = (name, width) => {
  const shape = [...block(1, text(2, 'N')), ...block(1, integer(1, width))];
  return [...text(1, name), ...block(2, block(1, [...integer(1, FLOAT), ...block(2, shape)]))];
};

/** One wide input; missing values become the mean; `prediction`, or `probabilities` of two classes, out. */
export function linearGraph(columns, weights, bias, isClass) {
  const width = columns.length;
  const nodes = [
    node('IsNaN', ['input'], 'missing'),
    node('Where', ['missing', 'means', 'input'], 'filled'),
    node('Sub', ['filled', 'means'], 'centred'),
    node('Div', ['centred', 'scales'], 'scaled'),
    node('MatMul', ['scaled', 'weights'], 'product'),
    node('Add', ['product', 'bias'], isClass ? 'score' : 'prediction'),
    ...(isClass
      ? [
          node('Sigmoid', ['score'], 'p'),
          node('Sub', ['one', 'p'], 'q'),
          node('Concat', ['q', 'p'], 'probabilities', [integerAttribute('axis', 1)]),
        ]
      : []),
  ];
  const constants = [
    tensor(
      'means',
      [1, width],
      columns.map(({ mean }) => mean),
    ),
    tensor(
      'scales',
      [1, width],
      columns.map(({ scale }) => scale),
    ),
    tensor('weights', [width, 1], weights),
    tensor('bias', [1], [bias]),
    ...(isClass ? [tensor('one', [1], [1])] : []),
  ];
  const graph = [
    ...nodes.flatMap((bytes) => block(1, bytes)),
    ...text(2, 'linear'),
    ...constants.flatMap((bytes) => block(5, bytes)),
    ...block(11, value('input', width)),
    ...block(12, isClass ? value('probabilities', 2) : value('prediction', 1)),
  ];
  return Uint8Array.from([...integer(1, 8), ...text(2, 'example'), ...block(7, graph), ...block(8, [...text(1, ''), ...integer(2, 17)])]);
}
