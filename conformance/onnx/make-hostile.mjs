// Writes ONNX files that a server must refuse, each without harm: `node make-hostile.mjs FOLDER`.
// The few lines of protobuf here are on purpose none of ours, so that a fault of our writer hides nothing.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const varint = (value) => {
  const bytes = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
};
const int = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, value) => {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
};
const float32 = (...values) => Buffer.from(Float32Array.from(values).buffer);
const int64 = (...values) => Buffer.from(BigInt64Array.from(values, BigInt).buffer);
const all = (...parts) => Buffer.concat(parts.flat());

const FLOAT = 1;
const INT64 = 7;
const BOOL = 9;
const attribute = {
  int: (name, value) => bytes(5, all(bytes(1, name), int(3, value), int(20, 2))),
  text: (name, value) => bytes(5, all(bytes(1, name), bytes(4, value), int(20, 3))),
  tensor: (name, value) => bytes(5, all(bytes(1, name), bytes(5, value), int(20, 4))),
  graph: (name, value) => bytes(5, all(bytes(1, name), bytes(6, value), int(20, 5))),
  floats: (name, values) => bytes(5, all(bytes(1, name), bytes(7, float32(...values)), int(20, 6))),
  ints: (name, values) => bytes(5, all(bytes(1, name), bytes(8, all(values.map(varint))), int(20, 7))),
  texts: (name, values) =>
    bytes(
      5,
      all(
        bytes(1, name),
        values.map((value) => bytes(9, value)),
        int(20, 8),
      ),
    ),
};
const node = (op, inputs, outputs, attributes = [], domain = '') =>
  bytes(
    1,
    all(
      inputs.map((name) => bytes(1, name)),
      outputs.map((name) => bytes(2, name)),
      bytes(3, `${op} ${outputs[0] ?? ''}`),
      bytes(4, op),
      attributes,
      domain ? bytes(7, domain) : [],
    ),
  );
/** `dims`: numbers or names of axes. */
const value = (field, name, type, dims) => {
  const shape = dims.map((dim) => bytes(1, typeof dim === 'string' ? bytes(2, dim) : int(1, dim)));
  return bytes(field, all(bytes(1, name), bytes(2, bytes(1, all(int(1, type), bytes(2, all(shape)))))));
};
const tensor = (name, type, dims, raw, more = []) =>
  all(
    dims.map((dim) => int(1, dim)),
    int(2, type),
    bytes(8, name),
    raw ? bytes(9, raw) : [],
    more,
  );
const input = value(11, 'x', FLOAT, ['N', 4]);
const output = value(12, 'y', FLOAT, ['N', 1]);
const graph = (...parts) => all(bytes(2, 'g'), parts);
const model = (content, domains = ['']) =>
  all(
    int(1, 8),
    bytes(2, 'hostile'),
    domains.map((domain) => bytes(8, all(domain ? bytes(1, domain) : [], int(2, domain === 'ai.onnx.ml' ? 3 : 17)))),
    bytes(7, content),
  );
const weights = (raw, more, dims = [4, 1]) => bytes(5, tensor('w', FLOAT, dims, raw, more));
const linear = model(graph(node('MatMul', ['x', 'w'], ['y']), weights(float32(1, 2, 3, 4)), input, output));

const external = (entries) =>
  weights(null, [...Object.entries(entries).map(([key, text]) => bytes(13, all(bytes(1, key), bytes(2, text)))), int(14, 1)]);
const withExternal = (location) => model(graph(node('MatMul', ['x', 'w'], ['y']), external({ location }), input, output));

/** Branches within branches. */
function nested(depth) {
  let body = graph(node('Identity', ['x'], ['y0']), value(12, 'y0', FLOAT, ['N', 4]));
  for (let level = 1; level <= depth; level++) {
    const branches = [attribute.graph('then_branch', body)];
    const other = graph(node('Identity', ['x'], [`e${level}`]), value(12, `e${level}`, FLOAT, ['N', 4]));
    branches.push(attribute.graph('else_branch', other));
    body = graph(node('If', ['yes'], [`y${level}`], branches), value(12, `y${level}`, FLOAT, ['N', 4]));
  }
  return model(
    graph(
      node('If', ['yes'], ['y'], [attribute.graph('then_branch', body), attribute.graph('else_branch', body)]),
      bytes(5, tensor('yes', BOOL, [], Buffer.from([1]))),
      input,
      value(12, 'y', FLOAT, ['N', 4]),
    ),
  );
}

/** Adds one until a condition that never changes does. */
function endlessLoop() {
  const body = graph(
    node('Identity', ['going'], ['going on']),
    node('Add', ['carried', 'one'], ['sum']),
    value(11, 'turn', INT64, []),
    value(11, 'going', BOOL, []),
    value(11, 'carried', FLOAT, ['N', 1]),
    value(12, 'going on', BOOL, []),
    value(12, 'sum', FLOAT, ['N', 1]),
  );
  return model(
    graph(
      node('MatMul', ['x', 'w'], ['start']),
      node('Loop', ['', 'yes', 'start'], ['y'], [attribute.graph('body', body)]),
      weights(float32(1, 2, 3, 4)),
      bytes(5, tensor('one', FLOAT, [1], float32(1))),
      bytes(5, tensor('yes', BOOL, [], Buffer.from([1]))),
      input,
      output,
    ),
  );
}

/** Makes a terabyte out of three numbers. */
function terabyte() {
  return model(
    graph(
      node('ConstantOfShape', ['shape'], ['huge']),
      node('ReduceSum', ['huge'], ['total'], [attribute.int('keepdims', 0)]),
      node('MatMul', ['x', 'w'], ['start']),
      node('Add', ['start', 'total'], ['y']),
      weights(float32(1, 2, 3, 4)),
      bytes(5, tensor('shape', INT64, [2], int64(1 << 19, 1 << 19))),
      input,
      output,
    ),
  );
}

/** A tree of one split and two leaves, with what is broken. */
function tree({ modes = ['BRANCH_LEQ', 'LEAF', 'LEAF'], ...broken }) {
  const lists = {
    nodes_treeids: [0, 0, 0],
    nodes_nodeids: [0, 1, 2],
    nodes_featureids: [0, 0, 0],
    nodes_truenodeids: [1, 0, 0],
    nodes_falsenodeids: [2, 0, 0],
    target_treeids: [0, 0],
    target_nodeids: [1, 2],
    target_ids: [0, 0],
    ...broken,
  };
  const attributes = Object.entries(lists).map(([name, values]) => attribute.ints(name, values));
  attributes.push(
    attribute.floats('nodes_values', [0.5, 0, 0]),
    attribute.floats('target_weights', [1, 2]),
    attribute.texts('nodes_modes', modes),
    attribute.int('n_targets', 1),
  );
  return model(graph(node('TreeEnsembleRegressor', ['x'], ['y'], attributes, 'ai.onnx.ml'), input, output), ['', 'ai.onnx.ml']);
}

/** Every hostile file by its name. */
export function hostileFiles() {
  return {
    'truncated.onnx': linear.subarray(0, Math.floor(linear.length * 0.6)),
    'empty.onnx': Buffer.alloc(0),
    'pickle.onnx': Buffer.from('\x80\x04\x95\x1b\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.', 'latin1'),
    'zip.onnx': Buffer.from('PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00!\x00model.onnx', 'latin1'),
    'text.onnx': Buffer.from('<html><body>404 Not Found</body></html>'),
    'external-absolute.onnx': withExternal('/etc/passwd'),
    'external-climbing.onnx': withExternal('../../../../etc/passwd'),
    'external-beside.onnx': withExternal('weights.bin'),
    'unknown-domain.onnx': model(graph(node('Exec', ['x'], ['y'], [attribute.text('command', 'id')], 'com.example.shell'), input, output), [
      '',
      'com.example.shell',
    ]),
    'unknown-operator.onnx': model(graph(node('LaunchMissiles', ['x'], ['y']), input, output)),
    'huge-dims.onnx': model(
      graph(node('MatMul', ['x', 'w'], ['y']), weights(float32(1, 2, 3, 4), [], [1n << 40n, 1n << 20n]), input, output),
    ),
    'huge-length.onnx': all(int(1, 8), varint((7 << 3) | 2), varint(1n << 62n), Buffer.alloc(64)),
    'negative-dims.onnx': model(graph(node('MatMul', ['x', 'w'], ['y']), weights(float32(1), [], [-4, 1]), input, output)),
    'deep-nesting.onnx': nested(60),
    'endless-loop.onnx': endlessLoop(),
    'terabyte.onnx': terabyte(),
    'tree-cycle.onnx': tree({ nodes_truenodeids: [1, 0, 0], modes: ['BRANCH_LEQ', 'BRANCH_LEQ', 'LEAF'] }),
    'tree-self.onnx': tree({ nodes_truenodeids: [0, 0, 0] }),
    'tree-out-of-range.onnx': tree({ nodes_falsenodeids: [999_999, 0, 0] }),
    'tree-feature-out-of-range.onnx': tree({ nodes_featureids: [4_000_000, 0, 0] }),
    'tree-target-out-of-range.onnx': tree({ target_ids: [0, 1_000_000] }),
    'cyclic-graph.onnx': model(
      graph(node('Add', ['x', 'b'], ['a']), node('Identity', ['a'], ['b']), node('Identity', ['b'], ['y']), input, output),
    ),
  };
}
/** The same program without a fault: a server that refuses this one refuses everything. */
export const harmlessFile = () => linear;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder] = process.argv.slice(2);
  if (!folder) {
    console.error('usage: node make-hostile.mjs FOLDER');
    process.exit(2);
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries({ ...hostileFiles(), 'harmless.onnx': harmlessFile() }))
    writeFileSync(join(folder, name), content);
}
