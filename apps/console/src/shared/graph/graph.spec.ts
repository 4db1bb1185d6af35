import type { ModelGraph } from '@crisol/contracts';
import { describe, expect, it } from 'vitest';
import { fold } from './fold';
import type { GraphSpec } from './graph-spec';
import { placeNodes } from './layout';
import { graphOf } from './onnx-graph';

const chain = (n: number): GraphSpec => ({
  nodes: Array.from({ length: n }, (_, index) => ({ id: `${index}`, title: `op${index}` })),
  edges: Array.from({ length: n - 1 }, (_, index) => ({ from: `${index}`, to: `${index + 1}` })),
});
const model: ModelGraph = {
  producer: 'p',
  opsets: [],
  inputs: [{ name: 'x', type: 'float', shape: ['n', 2] }],
  outputs: [{ name: 'y', type: 'float', shape: [] }],
  nodes: [
    { id: 0, name: 'first', operator: 'MatMul', domain: '', inputs: ['x', 'w'], outputs: ['h'], attributes: [] },
    { id: 1, name: '', operator: 'Add', domain: '', inputs: ['h', 'h', ''], outputs: ['y'], attributes: [{ name: 'a', value: '1' }] },
  ],
  weights: [{ name: 'w', type: 'float', shape: [2, 2], bytes: 16 }],
  truncated: false,
};

describe(graphOf, () => {
  it('joins inputs, operators and outputs by the names they make and take', () => {
    const { nodes, edges } = graphOf(model);
    expect(nodes.map((node) => node.title)).toEqual(['x', 'MatMul', 'Add', 'y']);
    expect(edges.map((edge) => `${edge.from} > ${edge.to}`)).toEqual(['in x > op 0', 'op 0 > op 1', 'op 1 > out y']);
  });
  it('tells weights from inputs in the facts of a node', () => {
    expect(graphOf(model).nodes[1]?.facts).toContainEqual({ label: 'weight', value: 'w: float 2 × 2' });
  });
});

describe(fold, () => {
  it('leaves a small graph alone', () => {
    const spec = chain(5);
    expect(fold(spec, 10).spec).toBe(spec);
  });
  it('puts a chain into one box that can be unfolded', () => {
    const folded = fold(chain(20), 10);
    expect(folded.spec.nodes).toHaveLength(1);
    expect(folded.behind.get('0')).toHaveLength(20);
    expect(fold(chain(20), 10, new Set(['0'])).spec.nodes).toHaveLength(10);
  });
  it('keeps forks, and says what is left out', () => {
    const star: GraphSpec = {
      nodes: Array.from({ length: 30 }, (_, index) => ({ id: `${index}`, title: 'n' })),
      edges: Array.from({ length: 29 }, (_, index) => ({ from: '0', to: `${index + 1}` })),
    };
    const folded = fold(star, 10);
    expect(folded.spec.nodes).toHaveLength(10);
    expect(folded.left).toBe(20);
    expect(folded.spec.edges.every((edge) => Number(edge.to) < 10)).toBe(true);
  });
  it('ends on a ring', () => {
    const ring = chain(12);
    expect(fold({ ...ring, edges: [...ring.edges, { from: '11', to: '0' }] }, 5).spec.nodes).toHaveLength(5);
  });
});

describe(placeNodes, () => {
  it('puts what comes later below or to the right', () => {
    const [a, b] = placeNodes(chain(2), 'TB');
    expect((b?.y ?? 0) > (a?.y ?? 0) && a?.x === b?.x).toBe(true);
    const [c, d] = placeNodes(chain(2), 'LR');
    expect((d?.x ?? 0) > (c?.x ?? 0)).toBe(true);
  });
});
