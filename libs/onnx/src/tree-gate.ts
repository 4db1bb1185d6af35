import type { Node } from './model.js';

/**
 * Faults of a tree ensemble (ml 1 to 3) that make a runtime read outside its arrays or run for ever: lists of different
 * lengths, children that are not there, nodes with two parents in a cycle. A level set of BRANCH_EQ nodes may share a child.
 */
export function treeReasons(node: Node): string[] {
  if (node.opType === 'TreeEnsemble') return compactReasons(node);
  const integers = (name: string) => Array.from(attributeOf(node, name)?.ints ?? [], Number);
  const trees = integers('nodes_treeids');
  const ids = integers('nodes_nodeids');
  const yes = integers('nodes_truenodeids');
  const no = integers('nodes_falsenodeids');
  const modes = Array.from(attributeOf(node, 'nodes_modes')?.strings ?? [], (mode) => new TextDecoder().decode(mode));
  const features = integers('nodes_featureids');
  const values = (attributeOf(node, 'nodes_values')?.floats ?? numbersOfTensor(node, 'nodes_values_as_tensor'))?.length ?? 0;
  const count = ids.length;
  if (count === 0) return ['The ensemble has no nodes.'];
  if ([trees, yes, no, modes, features].some((list) => list.length !== count) || values !== count) {
    return ['The lists that describe the nodes have different lengths.'];
  }
  if (features.some((feature) => feature < 0 || feature > 10_000_000)) return ['A node asks for a column that cannot be.'];
  const places = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const key = `${trees[i]}:${ids[i]}`;
    if (places.has(key)) return [`The node ${ids[i]} of tree ${trees[i]} is there twice.`];
    places.set(key, i);
  }
  const children: number[][] = [];
  for (let i = 0; i < count; i++) {
    if (modes[i] === 'LEAF') {
      children.push([]);
      continue;
    }
    const left = places.get(`${trees[i]}:${yes[i]}`);
    const right = places.get(`${trees[i]}:${no[i]}`);
    if (left === undefined || right === undefined) return [`The node ${ids[i]} of tree ${trees[i]} has a child that is not there.`];
    children.push([left, right]);
  }
  if (hasCycle(children)) return ['The nodes of a tree go round in a circle.'];
  return leafReasons(node, places);
}

function leafReasons(node: Node, places: ReadonlyMap<string, number>): string[] {
  const prefix = node.opType === 'TreeEnsembleClassifier' ? 'class' : 'target';
  const integers = (name: string) => Array.from(attributeOf(node, `${prefix}_${name}`)?.ints ?? [], Number);
  const trees = integers('treeids');
  const ids = integers('nodeids');
  const targets = integers('ids');
  const weights = (attributeOf(node, `${prefix}_weights`)?.floats ?? numbersOfTensor(node, `${prefix}_weights_as_tensor`))?.length ?? 0;
  if (ids.length !== trees.length || targets.length !== trees.length || weights !== trees.length) {
    return ['The lists that describe the leaves have different lengths.'];
  }
  const outputs = outputCount(node);
  if (targets.some((target) => target < 0 || target >= outputs)) return ['A leaf votes for an answer that is not there.'];
  if (ids.some((id, i) => !places.has(`${trees[i]}:${id}`))) return ['A weight belongs to a leaf that is not there.'];
  return [];
}

function outputCount(node: Node): number {
  if (node.opType !== 'TreeEnsembleClassifier') return Number(attributeOf(node, 'n_targets')?.i ?? 1n);
  const labels = attributeOf(node, 'classlabels_strings')?.strings ?? attributeOf(node, 'classlabels_int64s')?.ints;
  return labels?.length ?? 0;
}

/** The operator of ml 5: leaves and inner nodes in lists of their own, with positions instead of ids. */
function compactReasons(node: Node): string[] {
  const integers = (name: string) => Array.from(attributeOf(node, name)?.ints ?? [], Number);
  const roots = integers('tree_roots');
  const yes = integers('nodes_trueleafs');
  const no = integers('nodes_falseleafs');
  const trueIds = integers('nodes_truenodeids');
  const falseIds = integers('nodes_falsenodeids');
  const features = integers('nodes_featureids');
  const leaves = integers('leaf_targetids');
  const count = features.length;
  if ([yes, no, trueIds, falseIds].some((list) => list.length !== count))
    return ['The lists that describe the nodes have different lengths.'];
  if (features.some((feature) => feature < 0 || feature > 10_000_000)) return ['A node asks for a column that cannot be.'];
  const targets = Number(attributeOf(node, 'n_targets')?.i ?? 1n);
  if (leaves.some((target) => target < 0 || target >= targets)) return ['A leaf votes for an answer that is not there.'];
  const within = (place: number | undefined, leaf: number | undefined) =>
    place !== undefined && place >= 0 && place < (leaf ? leaves.length : count);
  const children: number[][] = [];
  for (let i = 0; i < count; i++) {
    if (!within(trueIds[i], yes[i]) || !within(falseIds[i], no[i])) return [`The node ${i} has a child that is not there.`];
    children.push([...(yes[i] ? [] : [trueIds[i] ?? 0]), ...(no[i] ? [] : [falseIds[i] ?? 0])]);
  }
  if (roots.some((root) => root < 0 || root >= count)) return ['A tree has no root.'];
  return hasCycle(children) ? ['The nodes of a tree go round in a circle.'] : [];
}

/** Depth first without recursion; a node on the path that comes again closes a circle. */
function hasCycle(children: readonly (readonly number[])[]): boolean {
  const state = new Uint8Array(children.length);
  for (let start = 0; start < children.length; start++) {
    if (state[start] !== 0) continue;
    const path = [start];
    const next = [0];
    state[start] = 1;
    while (path.length > 0) {
      const top = path.length - 1;
      const place = path[top] ?? 0;
      const child = children[place]?.[next[top] ?? 0];
      next[top] = (next[top] ?? 0) + 1;
      if (child === undefined) {
        state[place] = 2;
        path.pop();
        next.pop();
      } else if (state[child] === 1) return true;
      else if (state[child] === 0) {
        state[child] = 1;
        path.push(child);
        next.push(0);
      }
    }
  }
  return false;
}

function attributeOf(node: Node, name: string) {
  return node.attributes.find((attribute) => attribute.name === name);
}

function numbersOfTensor(node: Node, name: string): { readonly length: number } | undefined {
  const tensor = attributeOf(node, name)?.t;
  return tensor && { length: tensor.dims.reduce((sum, dim) => sum * dim, 1) };
}
