import type { Admission, Signature } from '@crisol/contracts';
import {
  cleanModel,
  decodeModel,
  describeModel,
  embedExternalData,
  encodeModel,
  judgeModel,
  OnnxFormatError,
  type Model,
} from '@crisol/onnx';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duckDbTableFiles } from '../../datasets/duckdb/table-files.js';
import type { JobContext } from '../../platform/jobs/job-handler.js';
import type { ModelBinding } from '../runtime/model-binding.js';
import { bindModel } from './bind-model.js';
import { NotServable, readClientModel, type PreparedClientModel, type ReadClientModel } from './client-model.js';

export interface PreparedAdmission {
  readonly path: string;
  readonly sha256: string;
  /** Null for a model that a client has logged: it is read off the graph. */
  readonly signature: Signature | null;
  readonly client: PreparedClientModel | null;
}
type Step = Admission['steps'][number];
type Reason = Admission['reasons'][number];
export interface AdmissionResult {
  readonly admitted: boolean;
  /** Sound, and nothing to serve: kept as it is, for the reasons. */
  readonly stored: boolean;
  /** What was read off the graph; null when it was known before or could not be told. */
  readonly found: Pick<ReadClientModel, 'signature' | 'origin'> | null;
  readonly lane: 'inline' | 'isolated';
  readonly steps: readonly Step[];
  readonly reasons: readonly Reason[];
  readonly latency: Admission['latency'];
  readonly operators: Admission['operators'];
  readonly memoryBytes: number | null;
  readonly binding: ModelBinding | null;
  readonly chunkRows: number;
  /** Name of the cleaned file in the work folder; null when refused. */
  readonly servingFile: string | null;
}

/** A run of a chunk that is quicker than this may block the API's own thread. */
const inlineLimitMs = 0.5;
const chunkRows = 32;
/** Sizes whose latency is shown. */
const measuredRows = [1, 32, 256];

class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly step: Step['name'],
    readonly reasons: readonly Reason[],
    /** Nothing is wrong with it, only no use for it. */
    readonly harmless = false,
  ) {
    super(reasons[0]?.message ?? 'refused');
  }
}

/**
 * Looks at a model before anything serves it: the gate reads it without a runtime, the cleaned graph is loaded (first with
 * the optimiser off, which hostile constants would blow up), warmed and measured. All of it in this child, under limits.
 */
export async function run(prepared: PreparedAdmission, context: JobContext): Promise<AdmissionResult> {
  const steps: Step[] = [];
  let operators: Admission['operators'] = [];
  let found: AdmissionResult['found'] = null;
  const step = async <T>(
    name: Step['name'],
    work: () => Promise<{ detail: string; value: T }> | { detail: string; value: T },
  ): Promise<T> => {
    context.progress(steps.length / 5, name, name);
    const started = performance.now();
    try {
      const { detail, value } = await work();
      steps.push({ name, outcome: 'passed', durationMs: round(performance.now() - started), detail });
      return value;
    } catch (error) {
      const unfit = error instanceof NotServable ? [{ rule: 'not_servable', message: sentence(error) }] : null;
      const refusal =
        error instanceof Refusal ? error : new Refusal(name, unfit ?? [{ rule: name, message: sentence(error) }], unfit !== null);
      steps.push({ name, outcome: 'refused', durationMs: round(performance.now() - started), detail: refusal.reasons[0]?.message ?? '' });
      throw refusal;
    }
  };

  /** The graph to serve and its signature: as registered, or as read off what a client has logged. */
  const readable = async (model: Model): Promise<{ model: Model; signature: Signature }> => {
    if (prepared.signature) return { model, signature: prepared.signature };
    if (!prepared.client) throw new NotServable('Nothing is known of its columns.');
    const read = await readClientModel(encodeModel(model), prepared.client, context, duckDbTableFiles);
    found = { signature: read.signature, origin: read.origin };
    return { model: decode(read.onnx), signature: read.signature };
  };

  try {
    const bytes = await readFile(prepared.path);
    if (createHash('sha256').update(bytes).digest('hex') !== prepared.sha256)
      throw new Error('The file does not have the digest under which it was registered.');
    const beside = new Map<string, Uint8Array>();
    for (const file of prepared.client?.files ?? []) beside.set(file.name, await readFile(file.path));
    const gated = await step('gate', () => {
      const model = embedExternalData(decode(bytes), beside);
      operators = describeModel(model)
        .operators.slice(0, 200)
        .map((operator) => ({ ...operator }));
      const verdict = judgeModel(model);
      if (!verdict.admitted) throw new Refusal('gate', verdict.reasons);
      return {
        detail: `${operators.reduce((sum, operator) => sum + operator.count, 0)} nodes, ${operators.length} kinds of operators`,
        value: { model, verdict },
      };
    });
    const cleaned = await step('clean', async () => {
      const { model: source, signature } = await readable(gated.model);
      const model = cleanModel(source);
      const bound = bindModel(signature, describeModel(model));
      if (!bound.ok) throw new Refusal('clean', [{ rule: 'signature', message: bound.message }]);
      const file = encodeModel(model);
      return {
        detail: `${file.length} bytes; ${bound.binding.inputs.length} inputs bound`,
        value: { file, binding: bound.binding, signature },
      };
    });
    const before = process.memoryUsage.rss();
    const session = await step('load', async () => {
      const careful = await load(cleaned.file, 'disabled');
      await careful.release();
      return { detail: 'loaded without and with optimisation', value: await load(cleaned.file, 'all') };
    });
    const ort = await import('onnxruntime-node');
    const { signature } = cleaned;
    const feed = (rows: number) => feedOf(ort.Tensor, signature, cleaned.binding, rows);
    const answer = answerName(cleaned.binding);
    await step('warm', async () => {
      const outputs = await session.run(feed(1), [answer]);
      const dims = outputs[answer]?.dims ?? [];
      const wanted = signature.labels?.length ?? 1;
      const width = dims.length > 1 ? Number(dims[1]) : 1;
      if (cleaned.binding.outputs.probabilities !== undefined && width !== wanted) {
        throw new Refusal('warm', [
          { rule: 'output_shape', message: `The graph gives ${width} probabilities and the signature has ${wanted} classes.` },
        ]);
      }
      for (let i = 0; i < 20; i++) await session.run(feed(chunkRows), [answer]);
      return { detail: `answers [${dims.join(', ')}]`, value: undefined };
    });
    const latency = await step('measure', async () => {
      const measured: Admission['latency'] = [];
      for (const rows of measuredRows) measured.push({ rows, ...(await measure(session, feed(rows), answer, rows > 100 ? 20 : 60)) });
      return { detail: measured.map(({ rows, p50Ms }) => `${rows} rows ${p50Ms} ms`).join(', '), value: measured };
    });
    const chunk = latency.find(({ rows }) => rows === chunkRows)?.p50Ms ?? Number.POSITIVE_INFINITY;
    const lane = !gated.verdict.hasControlFlow && chunk < inlineLimitMs ? 'inline' : 'isolated';
    const servingFile = 'serving.onnx';
    await writeFile(join(context.workFolder, servingFile), cleaned.file);
    return {
      admitted: true,
      stored: false,
      found,
      lane,
      steps,
      reasons: [],
      latency,
      operators,
      memoryBytes: Math.max(0, process.memoryUsage.rss() - before),
      binding: cleaned.binding,
      chunkRows,
      servingFile,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    for (const reason of error.reasons) context.log('warn', reason.message);
    return {
      admitted: false,
      stored: error.harmless,
      found: null,
      lane: 'isolated',
      steps,
      reasons: error.reasons,
      latency: [],
      operators,
      memoryBytes: null,
      binding: null,
      chunkRows,
      servingFile: null,
    };
  }
}

function decode(bytes: Uint8Array): ReturnType<typeof decodeModel> {
  try {
    return decodeModel(bytes);
  } catch (error) {
    if (error instanceof OnnxFormatError) throw new Refusal('gate', [{ rule: 'format', message: error.message }]);
    throw error;
  }
}

async function load(file: Uint8Array, graphOptimizationLevel: 'disabled' | 'all'): Promise<InferenceSession> {
  const ort = await import('onnxruntime-node');
  return ort.InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel,
    enableCpuMemArena: false,
  });
}

/** Rows as they could come: the example of each column, every tenth value missing. */
function feedOf(Tensor: typeof OrtTensor, signature: Signature, binding: ModelBinding, rows: number): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  for (const input of binding.inputs) {
    const width = input.columns.length;
    const shape = input.rank === 1 ? [rows] : [rows, width];
    const cell = (i: number, k: number) => (i % 10 === 9 ? null : (signature.inputs[input.columns[k] ?? 0]?.example ?? null));
    if (input.element === 'string') {
      feeds[input.name] = new Tensor(
        'string',
        Array.from({ length: rows * width }, (_, at) => String(cell(Math.floor(at / width), at % width) ?? '')),
        shape,
      );
      continue;
    }
    const numbers = Array.from({ length: rows * width }, (_, at) => asNumber(cell(Math.floor(at / width), at % width)));
    if (input.element === 'float64') feeds[input.name] = new Tensor('float64', Float64Array.from(numbers), shape);
    else if (input.element === 'int64')
      feeds[input.name] = new Tensor(
        'int64',
        BigInt64Array.from(numbers, (value) => (Number.isNaN(value) ? 0n : BigInt(Math.trunc(value)))),
        shape,
      );
    else if (input.element === 'int32') feeds[input.name] = new Tensor('int32', Int32Array.from(numbers), shape);
    else if (input.element === 'bool')
      feeds[input.name] = new Tensor(
        'bool',
        Uint8Array.from(numbers, (value) => (value === 1 ? 1 : 0)),
        shape,
      );
    else feeds[input.name] = new Tensor('float32', Float32Array.from(numbers), shape);
  }
  return feeds;
}

function asNumber(value: string | number | boolean | null): number {
  if (value === null) return Number.NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return value;
  const at = Date.parse(value);
  return Number.isNaN(at) ? Number.NaN : at / 86_400_000;
}

function answerName({ outputs }: ModelBinding): string {
  return outputs.probabilities ?? outputs.prediction ?? outputs.label ?? '';
}

async function measure(
  session: InferenceSession,
  feeds: Record<string, OrtTensor>,
  answer: string,
  runs: number,
): Promise<{ p50Ms: number; p99Ms: number }> {
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const started = performance.now();
    await session.run(feeds, [answer]);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { p50Ms: round(times[Math.floor(runs / 2)] ?? 0), p99Ms: round(times[Math.ceil(runs * 0.99) - 1] ?? 0) };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** What the runtime says, without paths of this machine. */
function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/(?:\/[\w.@+-]+){2,}/g, '…').slice(0, 500);
}
