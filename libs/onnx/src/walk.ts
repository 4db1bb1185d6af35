import type { Attribute, Graph, Model, Node, SparseTensor, Tensor } from './model.js';

/** What a walk shows; each is optional. Tensors inside sparse tensors are shown as tensors too. */
export interface ModelVisitor {
  node?(node: Node): void;
  /** Tensors of graphs, attributes and sparse tensors; `node` is where an attribute's tensor sits. */
  tensor?(tensor: Tensor, node?: Node): void;
  initializer?(tensor: Tensor): void;
  sparse?(tensor: SparseTensor, node?: Node): void;
}

/** Visits every graph, node and tensor of a model: subgraphs in attributes and the bodies of functions too. */
export function walkModel(model: Model, visitor: ModelVisitor): void {
  walkGraph(model.graph, visitor);
  for (const entry of model.functions) for (const node of entry.nodes) walkNode(node, visitor);
}

function walkGraph(graph: Graph, visitor: ModelVisitor): void {
  for (const tensor of graph.initializers) {
    visitor.tensor?.(tensor);
    visitor.initializer?.(tensor);
  }
  for (const sparse of graph.sparseInitializers) walkSparse(sparse, visitor);
  for (const node of graph.nodes) walkNode(node, visitor);
}

function walkNode(node: Node, visitor: ModelVisitor): void {
  visitor.node?.(node);
  for (const attribute of node.attributes) walkAttribute(attribute, node, visitor);
}

function walkAttribute(attribute: Attribute, node: Node, visitor: ModelVisitor): void {
  if (attribute.t) visitor.tensor?.(attribute.t, node);
  for (const tensor of attribute.tensors ?? []) visitor.tensor?.(tensor, node);
  if (attribute.sparseTensor) walkSparse(attribute.sparseTensor, visitor, node);
  for (const sparse of attribute.sparseTensors ?? []) walkSparse(sparse, visitor, node);
  if (attribute.g) walkGraph(attribute.g, visitor);
  for (const graph of attribute.graphs ?? []) walkGraph(graph, visitor);
}

function walkSparse(sparse: SparseTensor, visitor: ModelVisitor, node?: Node): void {
  visitor.sparse?.(sparse, node);
  if (sparse.values) visitor.tensor?.(sparse.values, node);
  if (sparse.indices) visitor.tensor?.(sparse.indices, node);
}
