import { describe, expect, it } from '@jest/globals';
import { cleanModel } from './clean.js';
import { judgeModel } from './gate.js';
import { makeAttribute, makeTensor } from './graph-builder.js';
import { AttributeType, DataType, type Attribute, type Graph, type Model, type Node, type Tensor } from './model.js';

function aGraph(parts: Partial<Graph> = {}): Graph {
  return {
    name: 'g',
    nodes: [],
    inputs: [],
    outputs: [{ name: 'y', type: { kind: 'tensor', elementType: DataType.FLOAT } }],
    initializers: [],
    sparseInitializers: [],
    valueInfo: [],
    ...parts,
  };
}
function aModel(graph: Partial<Graph> = {}, parts: Partial<Model> = {}): Model {
  return {
    irVersion: 8,
    producerName: '',
    producerVersion: '',
    opsetImports: [{ domain: '', version: 17 }],
    graph: aGraph(graph),
    metadata: [],
    functions: [],
    ...parts,
  };
}
function aNode(opType: string, parts: Partial<Node> = {}): Node {
  return { name: `the ${opType}`, opType, domain: '', inputs: [], outputs: ['y'], attributes: [], ...parts };
}
function within(graph: Graph): Node {
  return aNode('If', { attributes: [{ name: 'then_branch', type: AttributeType.GRAPH, g: graph }] });
}
const outside: Tensor = {
  name: 'weights',
  dataType: DataType.FLOAT,
  dims: [0],
  dataLocation: 1,
  externalData: [{ key: 'location', value: '/etc/passwd' }],
};
const int64s = (...values: number[]) => BigInt64Array.from(values, BigInt);
const rulesOf = (model: Model) => judgeModel(model).reasons.map((reason) => reason.rule);

/** A tree of one split and two leaves, with what a test breaks. */
function aTree(broken: Record<string, BigInt64Array | Float32Array | string[]> = {}): Model {
  const lists: Record<string, BigInt64Array | Float32Array | string[]> = {
    nodes_treeids: int64s(0, 0, 0),
    nodes_nodeids: int64s(0, 1, 2),
    nodes_featureids: int64s(0, 0, 0),
    nodes_values: Float32Array.of(0.5, 0, 0),
    nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'],
    nodes_truenodeids: int64s(1, 0, 0),
    nodes_falsenodeids: int64s(2, 0, 0),
    target_treeids: int64s(0, 0),
    target_nodeids: int64s(1, 2),
    target_ids: int64s(0, 0),
    target_weights: Float32Array.of(1, 2),
    ...broken,
  };
  const attributes = Object.entries(lists).map(([name, value]) => makeAttribute(name, value));
  const node = aNode('TreeEnsembleRegressor', { domain: 'ai.onnx.ml', attributes: [...attributes, makeAttribute('n_targets', 1n)] });
  return aModel({ nodes: [node] }, { opsetImports: [{ domain: 'ai.onnx.ml', version: 3 }] });
}

describe(judgeModel, () => {
  it('lets an ordinary model in', () => {
    expect(judgeModel(aModel({ nodes: [aNode('Relu')] }))).toEqual({ admitted: true, reasons: [], hasControlFlow: false });
    expect(rulesOf(aTree())).toEqual([]);
  });

  const attribute = (part: Partial<Attribute>): Attribute => ({ name: 'value', type: AttributeType.TENSOR, ...part });
  it.each<[string, Model]>([
    ['an initializer', aModel({ initializers: [outside] })],
    ['a constant', aModel({ nodes: [aNode('Constant', { attributes: [attribute({ t: outside })] })] })],
    ['a list of tensors', aModel({ nodes: [aNode('Constant', { attributes: [attribute({ tensors: [outside] })] })] })],
    ['values of a sparse initializer', aModel({ sparseInitializers: [{ values: outside, dims: [1] }] })],
    ['indices of a sparse initializer', aModel({ sparseInitializers: [{ indices: outside, dims: [1] }] })],
    [
      'a sparse constant',
      aModel({ nodes: [aNode('Constant', { attributes: [attribute({ sparseTensor: { values: outside, dims: [1] } })] })] }),
    ],
    ['a subgraph', aModel({ nodes: [within(aGraph({ initializers: [outside] }))] })],
    ['a subgraph of a subgraph', aModel({ nodes: [within(aGraph({ nodes: [within(aGraph({ initializers: [outside] }))] }))] })],
    [
      'a function',
      aModel(
        {},
        {
          functions: [
            {
              name: 'f',
              domain: 'own',
              inputs: [],
              outputs: [],
              opsetImports: [],
              nodes: [aNode('Constant', { attributes: [attribute({ t: outside })] })],
            },
          ],
        },
      ),
    ],
    ['the location mark alone', aModel({ initializers: [{ ...outside, externalData: undefined }] })],
    ['the entries alone, without the mark', aModel({ initializers: [{ ...outside, dataLocation: undefined }] })],
    ['an address in memory', aModel({ initializers: [{ ...outside, externalData: [{ key: 'location', value: '*/_ORT_MEM_ADDR_/*' }] }] })],
  ])('refuses data outside the file in %s', (_where, model) => {
    expect(rulesOf(model)).toContain('external_data');
  });

  it.each<[string, Model, string]>([
    ['an operator of another domain', aModel({ nodes: [aNode('Run', { domain: 'com.evil' })] }), 'unknown_domain'],
    ['an operator set of another domain', aModel({}, { opsetImports: [{ domain: 'com.microsoft', version: 1 }] }), 'unknown_domain'],
    ['an operator set from the future', aModel({}, { opsetImports: [{ domain: '', version: 900 }] }), 'unknown_opset'],
    [
      'a hidden operator inside a branch',
      aModel({ nodes: [within(aGraph({ nodes: [aNode('X', { domain: 'own' })] }))] }),
      'unknown_domain',
    ],
    ['no operator set', aModel({}, { opsetImports: [] }), 'no_opset'],
    ['a graph that gives nothing', aModel({ outputs: [] }), 'no_output'],
    [
      'a tensor that claims more than it holds',
      aModel({ initializers: [{ name: 'w', dataType: DataType.FLOAT, dims: [1000], rawData: new Uint8Array(4) }] }),
      'tensor_size',
    ],
    [
      'a tensor of a terabyte',
      aModel({ initializers: [{ name: 'w', dataType: DataType.FLOAT, dims: [2 ** 20, 2 ** 20] }] }),
      'tensor_size',
    ],
    ['a negative dimension', aModel({ initializers: [{ name: 'w', dataType: DataType.FLOAT, dims: [-1] }] }), 'tensor_size'],
    [
      'a terabyte out of ConstantOfShape',
      aModel({ initializers: [makeTensor('s', int64s(2 ** 20, 2 ** 20))], nodes: [aNode('ConstantOfShape', { inputs: ['s'] })] }),
      'made_size',
    ],
    [
      'a terabyte out of Expand, its shape from a Constant node',
      aModel({
        nodes: [
          aNode('Constant', { outputs: ['s'], attributes: [makeAttribute('value', makeTensor('', int64s(2 ** 40)))] }),
          aNode('Expand', { inputs: ['x', 's'] }),
        ],
      }),
      'made_size',
    ],
  ])('refuses %s', (_what, model, rule) => {
    expect(rulesOf(model)).toContain(rule);
  });

  it('refuses more nodes than the limit, counting those inside branches', () => {
    const nodes = Array.from({ length: 6 }, () => aNode('Relu'));
    expect(judgeModel(aModel({ nodes: [within(aGraph({ nodes }))] }), { nodes: 6 }).reasons).toMatchObject([{ rule: 'too_many_nodes' }]);
  });

  it.each([
    ['a node that is its own child', { nodes_truenodeids: int64s(0, 0, 0) }, /circle/],
    ['a child that is not there', { nodes_falsenodeids: int64s(9, 0, 0) }, /not there/],
    ['lists of different lengths', { nodes_featureids: int64s(0) }, /different lengths/],
    ['a column that cannot be', { nodes_featureids: int64s(-1, 0, 0) }, /column/],
    ['a node that is there twice', { nodes_nodeids: int64s(0, 1, 1) }, /twice/],
    ['a leaf for an answer that is not there', { target_ids: int64s(0, 7) }, /not there/],
    ['a weight of a leaf that is not there', { target_nodeids: int64s(1, 99) }, /not there/],
  ])('refuses a tree with %s', (_what, broken, words) => {
    expect(judgeModel(aTree(broken)).reasons).toEqual([
      { rule: 'tree', message: expect.stringMatching(words), node: 'the TreeEnsembleRegressor' },
    ]);
  });

  it.each(['Loop', 'Scan', 'If'])('notes %s, also inside a branch, so that it never runs inside the API', (opType) => {
    expect(judgeModel(aModel({ nodes: [aNode(opType)] })).hasControlFlow).toBe(true);
    expect(judgeModel(aModel({ nodes: [within(aGraph({ nodes: [aNode(opType)] }))] })).hasControlFlow).toBe(true);
  });
});

describe(cleanModel, () => {
  it('takes ZipMap away and gives the probabilities themselves', () => {
    const cleaned = cleanModel(
      aModel({
        nodes: [aNode('Softmax', { outputs: ['p'] }), aNode('ZipMap', { domain: 'ai.onnx.ml', inputs: ['p'], outputs: ['y'] })],
        outputs: [{ name: 'y', type: { kind: 'sequence', element: { kind: 'unknown' } } }],
      }),
    );
    expect(cleaned.graph.nodes.map((node) => node.opType)).toEqual(['Softmax']);
    expect(cleaned.graph.outputs).toEqual([{ name: 'p', type: { kind: 'tensor', elementType: DataType.FLOAT } }]);
  });
});
