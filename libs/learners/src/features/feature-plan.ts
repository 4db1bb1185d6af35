import { textOf, type Frame, type FrameColumn, type TextFrameColumn } from '@crisol/frame';
import { DataType, type GraphBuilder } from '@crisol/onnx';
import { UnusableDataError } from '../training.js';
import { addDatePart, datePart, dateParts, type DatePart } from './date-parts.js';

/** A column as a model knows it. */
export interface PlannedColumn {
  readonly name: string;
  readonly type: FrameColumn['type'];
}
/** One number that a learner sees: a numeric column, a part of a date, or the code of a text. */
export type PlannedFeature =
  | { readonly kind: 'number'; readonly column: string }
  | { readonly kind: 'date'; readonly column: string; readonly part: DatePart }
  | { readonly kind: 'category'; readonly column: string; readonly levels: readonly string[] };

/** Which features are made from which raw columns. Decided on the training rows, then fixed. */
export interface FeaturePlan {
  readonly columns: readonly PlannedColumn[];
  readonly features: readonly PlannedFeature[];
}

/** Commonest levels of a text column that get a code of their own; the others share the fate of unseen ones. */
export const maximalLevels = 254;

/** Plans features: date columns become parts that vary, texts become codes of sorted levels; constant columns give none. */
export function planFeatures(table: Frame): FeaturePlan {
  const features = table.columns.flatMap((column): PlannedFeature[] => {
    if (column.type === 'text') {
      const levels = commonestLevels(column);
      return levels.length === 0 ? [] : [{ kind: 'category', column: column.name, levels }];
    }
    if (column.type !== 'date' && column.type !== 'timestamp') {
      return varies(column.values, (value) => value) ? [{ kind: 'number', column: column.name }] : [];
    }
    return dateParts
      .filter((part) => varies(column.values, (value) => datePart(value, part)))
      .map((part) => ({ kind: 'date', column: column.name, part }));
  });
  if (features.length === 0) throw new UnusableDataError('No input column has two different values; there is nothing to learn from.');
  return { columns: table.columns.map(({ name, type }) => ({ name, type })), features };
}

function varies(values: Float64Array, map: (value: number) => number): boolean {
  let first: number | undefined;
  let missing = false;
  for (const value of values) {
    const mapped = Math.fround(map(value));
    if (!Number.isFinite(mapped)) missing = true;
    else if (first === undefined) first = mapped;
    else if (mapped !== first) return true;
    if (missing && first !== undefined) return true;
  }
  return false;
}

function commonestLevels(column: TextFrameColumn): string[] {
  const counts = new Map<string, number>();
  let missing = 0;
  for (let row = 0; row < column.codes.length; row++) {
    const text = textOf(column, row);
    if (text === undefined) missing++;
    else counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  if (counts.size === 0 || (counts.size === 1 && missing === 0)) return [];
  const order = [...counts].sort(([a, countA], [b, countB]) => countB - countA || compareTexts(a, b));
  return order
    .slice(0, maximalLevels)
    .map(([text]) => text)
    .sort(compareTexts);
}

// By code unit: the same on every machine, whatever its language.
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The features of a table, feature-major, rounded to float32 as the graph sees them. Numbers: NaN when missing or infinite.
 * Categories: position in `levels`, `levels.length` when missing, NaN when unseen or rare.
 */
export function encodeFeatures(plan: FeaturePlan, table: Frame): Float32Array[] {
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  return plan.features.map((feature) => {
    const column = byName.get(feature.column);
    if (column === undefined) throw new UnusableDataError(`The table has no column "${feature.column}".`);
    const out = new Float32Array(table.rows);
    if (feature.kind === 'category') {
      if (column.type !== 'text') throw new UnusableDataError(`The column "${feature.column}" must be text.`);
      const positions = new Map(feature.levels.map((level, index) => [level, index]));
      const byCode = column.levels.map((level) => (level === '' ? feature.levels.length : (positions.get(level) ?? Number.NaN)));
      for (let row = 0; row < out.length; row++) out[row] = byCode[column.codes[row] ?? -1] ?? feature.levels.length;
      return out;
    }
    if (column.type === 'text') throw new UnusableDataError(`The column "${feature.column}" must be numeric.`);
    for (let row = 0; row < out.length; row++) {
      const raw = column.values[row] ?? Number.NaN;
      const value = Math.fround(feature.kind === 'date' ? datePart(raw, feature.part) : raw);
      out[row] = Number.isFinite(value) ? value : Number.NaN;
    }
    return out;
  });
}

/** Graph inputs for the raw columns; returns the value names by column. */
export function addInputs(graph: GraphBuilder, plan: FeaturePlan): Map<string, string> {
  return new Map(
    plan.columns.map(({ name, type }) => {
      const elementType = type === 'text' ? DataType.STRING : type === 'date' || type === 'timestamp' ? DataType.DOUBLE : DataType.FLOAT;
      return [name, graph.input(name, elementType, ['N', 1])];
    }),
  );
}

/** One numeric feature in the graph, float32 [N, 1]; infinities are still in it. */
export function addNumericFeature(
  graph: GraphBuilder,
  feature: Exclude<PlannedFeature, { kind: 'category' }>,
  inputs: ReadonlyMap<string, string>,
): string {
  const input = inputs.get(feature.column) ?? '';
  if (feature.kind === 'number') return input;
  return graph.add('Cast', [addDatePart(graph, input, feature.part)], { to: BigInt(DataType.FLOAT) });
}

/** All features in the graph as one float32 [N, F], coded as `encodeFeatures` does. */
export function addFeatures(graph: GraphBuilder, plan: FeaturePlan, inputs: ReadonlyMap<string, string>): string {
  const parts = plan.features.map((feature) => {
    if (feature.kind !== 'category') return addNumericFeature(graph, feature, inputs);
    return graph.add(
      'LabelEncoder',
      [inputs.get(feature.column) ?? ''],
      {
        keys_strings: [...feature.levels, ''],
        values_floats: Float32Array.from({ length: feature.levels.length + 1 }, (_, index) => index),
        default_float: Number.NaN,
      },
      'ai.onnx.ml',
    );
  });
  const joined = parts.length === 1 ? (parts[0] ?? '') : graph.add('Concat', parts, { axis: 1n });
  const infinite = graph.add('IsInf', [joined]);
  return graph.add('Where', [infinite, graph.constant(Float32Array.of(Number.NaN)), joined]);
}
