import { makeAttribute, makeTensor, type AttributeValue } from './graph-builder.js';
import type { Attribute, Dimension, Model, Node, Tensor, ValueInfo } from './model.js';

// What a file without a version of the standard operators is taken to mean by those that are added.
const assumedOpset = 15;

/**
 * Changes a finished model without touching its own operators: gives it other inputs and outputs, and puts operators before
 * or after what is there. New values are named after `crisol`, so that they meet no name of the file.
 */
export class GraphEditor {
  /** Version of the standard operators that the file asks for. */
  readonly opset: number;
  private readonly before: Node[] = [];
  private readonly after: Node[] = [];
  private readonly initializers: Tensor[] = [];
  private readonly taken = new Set<string>();
  private readonly renamed = new Map<string, string>();
  private counter = 0;

  constructor(private readonly model: Model) {
    const standard = model.opsetImports.find(({ domain }) => domain === '' || domain === 'ai.onnx');
    this.opset = standard?.version ?? assumedOpset;
    const { nodes, inputs, initializers } = model.graph;
    for (const { name } of [...inputs, ...initializers]) this.taken.add(name);
    for (const { outputs } of nodes) for (const name of outputs) this.taken.add(name);
  }

  /** Adds an operator behind (or in front of) those of the file; returns the name of what it gives. */
  add(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    where: 'before' | 'after' = 'after',
  ): string {
    const output = this.fresh();
    this.write(opType, inputs, output, attributes, where);
    return output;
  }

  /** The same under a name that is given. */
  write(
    opType: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    where: 'before' | 'after' = 'after',
  ): void {
    const list: Attribute[] = Object.entries(attributes).map(([name, value]) => makeAttribute(name, value));
    this[where].push({ name: `crisol_${output}`, opType, domain: '', inputs, outputs: [output], attributes: list });
  }

  constant(data: Float32Array | BigInt64Array | readonly string[], dims: readonly number[] = [data.length]): string {
    const name = this.fresh();
    this.initializers.push(makeTensor(name, data, dims));
    return name;
  }

  /** Frees a name for an input or output: the file's own value of that name gets another, which is returned. */
  free(name: string): string {
    if (!this.taken.has(name)) return name;
    const other = this.fresh();
    this.renamed.set(name, other);
    this.taken.delete(name);
    return other;
  }

  /** What a value of the file is called by now. */
  nameOf(name: string): string {
    return this.renamed.get(name) ?? name;
  }

  /** The model with new inputs and outputs. */
  finish(inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): Model {
    const { graph } = this.model;
    const hasStandard = this.model.opsetImports.some(({ domain }) => domain === '' || domain === 'ai.onnx');
    return {
      ...this.model,
      opsetImports: hasStandard ? this.model.opsetImports : [...this.model.opsetImports, { domain: '', version: assumedOpset }],
      graph: {
        ...graph,
        nodes: [...this.before, ...graph.nodes.map((node) => renameNode(node, this.renamed)), ...this.after],
        initializers: [...graph.initializers.map((tensor) => ({ ...tensor, name: this.nameOf(tensor.name) })), ...this.initializers],
        inputs: [...inputs],
        outputs: [...outputs],
        valueInfo: [],
      },
    };
  }

  private fresh(): string {
    let name: string;
    do name = `crisol_${this.counter++}`;
    while (this.taken.has(name));
    this.taken.add(name);
    return name;
  }
}

/** A tensor as an input or output; numbers in the shape are fixed, texts are symbolic. */
export function tensorValue(name: string, elementType: number, shape: readonly (number | string)[]): ValueInfo {
  const dimensions = shape.map((size): Dimension => (typeof size === 'number' ? { value: size } : { parameter: size }));
  return { name, type: { kind: 'tensor', elementType, shape: dimensions } };
}

// Graphs inside attributes see the values around them, so their nodes are renamed, too.
function renameNode(node: Node, renamed: ReadonlyMap<string, string>): Node {
  if (renamed.size === 0) return node;
  const names = (list: readonly string[]) => list.map((name) => renamed.get(name) ?? name);
  return {
    ...node,
    inputs: names(node.inputs),
    outputs: names(node.outputs),
    attributes: node.attributes.map((attribute) =>
      attribute.g === undefined
        ? attribute
        : {
            ...attribute,
            g: {
              ...attribute.g,
              nodes: attribute.g.nodes.map((inner) => renameNode(inner, renamed)),
              outputs: attribute.g.outputs.map((value) => ({ ...value, name: renamed.get(value.name) ?? value.name })),
            },
          },
    ),
  };
}
