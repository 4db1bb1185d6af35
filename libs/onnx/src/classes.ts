import { AttributeType, DataType, type Attribute, type Model, type Node, type Tensor } from './model.js';

const utf8 = new TextDecoder();

/**
 * Names of the classes in the order of the probabilities, as the file itself says: from ZipMap, from a classifier operator,
 * from the texts that an ArgMax picks from, or from a LabelEncoder that writes the label. Read it before `cleanModel`, which
 * drops ZipMap. Empty when the file does not say.
 */
export function classNames(model: Model): readonly string[] {
  const { nodes } = model.graph;
  const first = (names: (node: Node) => readonly string[]) => nodes.map(names).find((list) => list.length > 0);
  return first(ofZipMap) ?? first(ofClassifier) ?? first((node) => ofPick(model, node)) ?? ofLabelEncoder(model);
}

function ofZipMap(node: Node): readonly string[] {
  return node.opType === 'ZipMap' ? namesOf(node, ['classlabels_strings', 'classlabels_int64s']) : [];
}

function ofClassifier(node: Node): readonly string[] {
  if (!/^(TreeEnsemble|Linear|SVM)Classifier$/.test(node.opType)) return [];
  const names = namesOf(node, ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints']);
  // One place for the whole ensemble still answers two probabilities.
  return names.length === 1 ? ['0', '1'] : names;
}

/** `Gather` or `ArrayFeatureExtractor` of a constant list by an ArgMax. */
function ofPick(model: Model, node: Node): readonly string[] {
  if (node.opType !== 'ArrayFeatureExtractor' && node.opType !== 'Gather') return [];
  const [listName, indexName] = node.inputs;
  const best = model.graph.nodes.find(({ outputs }) => indexName !== undefined && outputs.includes(indexName));
  if (!reaches(model, best, 'ArgMax', 4)) return [];
  const list = model.graph.initializers.find(({ name }) => name === listName);
  return list === undefined ? [] : textsOf(list);
}

function ofLabelEncoder(model: Model): readonly string[] {
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  for (const node of model.graph.nodes) {
    if (node.opType !== 'LabelEncoder' || !node.outputs.some((name) => outputs.has(name))) continue;
    const keys = namesOf(node, ['keys_int64s']).map(Number);
    const values = namesOf(node, ['values_strings']);
    if (keys.length === values.length && keys.length > 0)
      return keys
        .map((key, i) => ({ key, value: values[i] ?? '' }))
        .sort((a, b) => a.key - b.key)
        .map(({ value }) => value);
  }
  return [];
}

function reaches(model: Model, node: Node | undefined, opType: string, steps: number): boolean {
  if (node === undefined || steps === 0) return false;
  if (node.opType === opType) return true;
  const source = model.graph.nodes.find(({ outputs }) => outputs.includes(node.inputs[0] ?? ''));
  return reaches(model, source, opType, steps - 1);
}

function namesOf(node: Node, attributes: readonly string[]): string[] {
  for (const name of attributes) {
    const found = node.attributes.find((attribute) => attribute.name === name);
    const names = found === undefined ? [] : listOf(found);
    if (names.length > 0) return names;
  }
  return [];
}

function listOf(attribute: Attribute): string[] {
  if (attribute.type === AttributeType.STRINGS) return (attribute.strings ?? []).map((text) => utf8.decode(text));
  return Array.from(attribute.ints ?? [], String);
}

function textsOf(tensor: Tensor): string[] {
  if (tensor.dataType === DataType.STRING) return [...(tensor.stringData ?? [])];
  if (tensor.int64Data) return Array.from(tensor.int64Data, String);
  if (tensor.int32Data) return Array.from(tensor.int32Data, String);
  const raw = tensor.rawData;
  if (raw === undefined) return [];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (tensor.dataType === DataType.INT64)
    return Array.from({ length: raw.byteLength / 8 }, (_, i) => String(view.getBigInt64(8 * i, true)));
  if (tensor.dataType === DataType.INT32) return Array.from({ length: raw.byteLength / 4 }, (_, i) => String(view.getInt32(4 * i, true)));
  return [];
}
