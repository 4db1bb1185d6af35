import type { GraphEdge, GraphNode, GraphSpec } from './graph-spec';

export interface Folded {
  readonly spec: GraphSpec;
  /** Nodes that stand behind each node that is shown. */
  readonly behind: ReadonlyMap<string, readonly GraphNode[]>;
  /** Nodes that even so find no room in the picture. */
  readonly left: number;
}

/**
 * Makes a graph small enough to be looked at: chains without a fork become one box each; what is still too much stays for the
 * table. `opened` names boxes that were unfolded.
 */
export function fold(
  spec: GraphSpec,
  most: number,
  opened: ReadonlySet<string> = new Set(),
  foldedTitle = (n: number): string => `${n}`,
): Folded {
  const plain: Folded = { spec, behind: new Map(), left: 0 };
  if (spec.nodes.length <= most) return plain;
  const out = new Map<string, string[]>();
  const into = new Map<string, string[]>();
  for (const { from, to } of spec.edges) {
    out.set(from, [...(out.get(from) ?? []), to]);
    into.set(to, [...(into.get(to) ?? []), from]);
  }
  const byId = new Map(spec.nodes.map((node) => [node.id, node]));
  const only = (list: readonly string[] | undefined): string | undefined => (list?.length === 1 ? list[0] : undefined);
  /** The node that follows in the same chain. */
  const next = (id: string): string | undefined => {
    const follower = only(out.get(id));
    return follower !== undefined && only(into.get(follower)) === id && isPlain(follower) ? follower : undefined;
  };
  const isPlain = (id: string): boolean => (byId.get(id)?.tone ?? 'plain') === 'plain';
  const boxOf = new Map<string, string>();
  const behind = new Map<string, readonly GraphNode[]>();
  const nodes: GraphNode[] = [];
  for (const node of spec.nodes) {
    if (boxOf.has(node.id)) continue;
    const before = only(into.get(node.id));
    // Not the first of its chain: it is taken along with the one that is.
    if (isPlain(node.id) && before !== undefined && isPlain(before) && next(before) === node.id && !boxOf.has(before)) continue;
    const chain = [node];
    for (let id = isPlain(node.id) ? next(node.id) : undefined; id !== undefined && !boxOf.has(id); id = next(id)) {
      const member = byId.get(id);
      if (!member || chain.length > spec.nodes.length) break;
      chain.push(member);
    }
    if (chain.length < 3 || opened.has(node.id)) {
      for (const member of chain) {
        nodes.push(member);
        boxOf.set(member.id, member.id);
      }
      continue;
    }
    for (const member of chain) boxOf.set(member.id, node.id);
    behind.set(node.id, chain);
    nodes.push({ id: node.id, title: `${chain[0]?.title} … ${chain.at(-1)?.title}`, note: foldedTitle(chain.length), tone: 'folded' });
  }
  // Chains that run in a ring have no first node.
  for (const node of spec.nodes) {
    if (boxOf.has(node.id)) continue;
    nodes.push(node);
    boxOf.set(node.id, node.id);
  }
  const shown = nodes.slice(0, most);
  const there = new Set(shown.map((node) => node.id));
  const edges = new Map<string, GraphEdge>();
  for (const edge of spec.edges) {
    const from = boxOf.get(edge.from) ?? edge.from;
    const to = boxOf.get(edge.to) ?? edge.to;
    if (from !== to && there.has(from) && there.has(to)) edges.set(`${from} ${to}`, { ...edge, from, to });
  }
  return { spec: { nodes: shown, edges: [...edges.values()] }, behind, left: nodes.length - shown.length };
}
