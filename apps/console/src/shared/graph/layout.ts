import { Graph, layout } from '@dagrejs/dagre';
import { nodeHeight, nodeWidth, type GraphDirection, type GraphSpec, type PlacedNode } from './graph-spec';

/** Places nodes in layers, so that arrows run one way. */
export function placeNodes(
  spec: Pick<GraphSpec, 'edges'> & { readonly nodes: readonly { readonly id: string }[] },
  direction: GraphDirection,
): PlacedNode[] {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: direction, nodesep: 24, ranksep: 44 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of spec.nodes) graph.setNode(node.id, { width: nodeWidth, height: nodeHeight });
  for (const edge of spec.edges) if (graph.hasNode(edge.from) && graph.hasNode(edge.to)) graph.setEdge(edge.from, edge.to);
  layout(graph);
  return spec.nodes.map(({ id }) => {
    const place = graph.node(id);
    return { id, x: (place.x ?? 0) - nodeWidth / 2, y: (place.y ?? 0) - nodeHeight / 2 };
  });
}
