import type { Signature } from '@crisol/contracts';
import type { Table, TableColumn } from '@crisol/plugin-api';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { readFile } from 'node:fs/promises';
import type { BoundInput, ModelBinding } from '../runtime/model-binding.js';

/** A version that can be run: the cleaned file and how the columns go into it. */
export interface ScorableVersion {
  readonly path: string;
  readonly signature: Signature;
  readonly binding: ModelBinding;
}
/** Answers of a version, row by row. */
export interface VersionAnswers {
  /** The number, or the predicted label. */
  readonly predictions: readonly (number | string)[];
  /** One array for each label; empty when the version gives none. */
  readonly probabilities: readonly Float64Array[];
}

/** Rows a run: trees are fastest in small batches. */
const chunkRows = 128;

/** A version whose file is loaded. */
export interface LoadedVersion {
  answer(table: Table, signal: AbortSignal): Promise<VersionAnswers>;
  release(): Promise<void>;
}

/** Predicts a table with an admitted file as serving does. Lives in job children only, since onnxruntime blocks its thread. */
export async function scoreVersion(version: ScorableVersion, table: Table, signal: AbortSignal): Promise<VersionAnswers> {
  const loaded = await loadVersion(version);
  try {
    return await loaded.answer(table, signal);
  } finally {
    await loaded.release();
  }
}

/** As `scoreVersion`, for tables that come one after the other. */
export async function loadVersion(version: ScorableVersion): Promise<LoadedVersion> {
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(await readFile(version.path), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
  return {
    answer: (table, signal) => run(session, ort.Tensor, version, table, signal),
    release: () => session.release(),
  };
}

async function run(
  session: InferenceSession,
  Tensor: typeof OrtTensor,
  { signature, binding }: ScorableVersion,
  table: Table,
  signal: AbortSignal,
): Promise<VersionAnswers> {
  const columns = signature.inputs.map(({ name }) => table.columns.find((column) => column.name === name));
  const labels = signature.labels ?? [];
  const { probabilities: withProbabilities, label, prediction } = binding.outputs;
  const output = withProbabilities ?? label ?? prediction;
  if (output === undefined) throw new TypeError('The version has no output to read.');
  const predictions: (number | string)[] = [];
  const probabilities = withProbabilities === undefined ? [] : labels.map(() => new Float64Array(table.rows));
  for (let start = 0; start < table.rows; start += chunkRows) {
    signal.throwIfAborted();
    const end = Math.min(start + chunkRows, table.rows);
    const feeds = Object.fromEntries(binding.inputs.map((input) => [input.name, tensor(Tensor, input, columns, start, end)]));
    const data = (await session.run(feeds, [output]))[output]?.data;
    if (data === undefined) throw new TypeError(`The graph does not give ${output}.`);
    for (let row = start; row < end; row++) {
      if (withProbabilities === undefined) {
        const value = data[row - start];
        predictions.push(typeof value === 'string' ? value : label === undefined ? Number(value) : labelText(labels, value));
        continue;
      }
      let best = 0;
      for (const [k, own] of probabilities.entries()) {
        own[row] = Number(data[(row - start) * labels.length + k]);
        if ((own[row] ?? 0) > (probabilities[best]?.[row] ?? 0)) best = k;
      }
      predictions.push(labels[best] ?? '');
    }
  }
  return { predictions, probabilities };
}

/** A label as the graph gives it: its name, or its position among the labels when it counts them. */
function labelText(labels: readonly string[], value: unknown): string {
  const text = String(value);
  return labels.includes(text) ? text : (labels[Number(value)] ?? text);
}

function tensor(
  Tensor: typeof OrtTensor,
  input: BoundInput,
  columns: readonly (TableColumn | undefined)[],
  start: number,
  end: number,
): OrtTensor {
  const width = input.columns.length;
  const rows = end - start;
  const shape = input.rank === 1 ? [rows] : [rows, width];
  const column = (at: number): TableColumn | undefined => columns[input.columns[at % width] ?? -1];
  const row = (at: number): number => start + Math.floor(at / width);
  const length = rows * width;
  const number = (at: number): number => numberAt(column(at), row(at));
  switch (input.element) {
    case 'string':
      return new Tensor(
        'string',
        Array.from({ length }, (_, at) => textAt(column(at), row(at))),
        shape,
      );
    case 'float64':
      return new Tensor(
        'float64',
        Float64Array.from({ length }, (_, at) => number(at)),
        shape,
      );
    case 'int64':
      return new Tensor(
        'int64',
        BigInt64Array.from({ length }, (_, at) => (Number.isNaN(number(at)) ? 0n : BigInt(Math.trunc(number(at))))),
        shape,
      );
    case 'int32':
      return new Tensor(
        'int32',
        Int32Array.from({ length }, (_, at) => number(at)),
        shape,
      );
    case 'bool':
      return new Tensor(
        'bool',
        Uint8Array.from({ length }, (_, at) => (number(at) === 1 ? 1 : 0)),
        shape,
      );
    case 'float32':
      return new Tensor(
        'float32',
        Float32Array.from({ length }, (_, at) => number(at)),
        shape,
      );
  }
}

function numberAt(column: TableColumn | undefined, row: number): number {
  return column === undefined || column.type === 'text' ? Number.NaN : (column.values[row] ?? Number.NaN);
}

function textAt(column: TableColumn | undefined, row: number): string {
  if (column === undefined) return '';
  if (column.type === 'text') return column.levels[column.codes[row] ?? -1] ?? '';
  const value = column.values[row] ?? Number.NaN;
  return Number.isNaN(value) ? '' : String(value);
}
