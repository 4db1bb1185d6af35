import type { InferenceSession, Tensor as OrtTensor, TypedTensor } from 'onnxruntime-node';
import type { Feed, TensorData } from '../predict/instance-encoder.js';
import type { LaneAnswer, OutputNames } from './lane.js';

/** One loaded graph. Every run blocks the calling thread, so it lives in a lane that may be blocked. */
export class GraphSession {
  private constructor(
    private readonly session: InferenceSession,
    private readonly Tensor: typeof OrtTensor,
    private readonly outputs: OutputNames,
    private readonly chunkRows: number,
  ) {}

  /** @param chunkRows - rows of one run: trees are fastest in small batches */
  static async load(model: Uint8Array, outputs: OutputNames, chunkRows: number): Promise<GraphSession> {
    // Loaded with the first model: the runtime costs tens of megabytes that a server without one does not need.
    const ort = await import('onnxruntime-node');
    const session = await ort.InferenceSession.create(model, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      enableCpuMemArena: false,
      extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
    });
    return new GraphSession(session, ort.Tensor, outputs, Math.max(1, chunkRows));
  }

  async run(feeds: readonly Feed[], rows: number): Promise<LaneAnswer> {
    if (rows <= this.chunkRows) return this.once(feeds);
    const parts: LaneAnswer[] = [];
    for (let start = 0; start < rows; start += this.chunkRows) {
      const end = Math.min(start + this.chunkRows, rows);
      parts.push(await this.once(feeds.map((feed) => sliceFeed(feed, start, end))));
    }
    return joinAnswers(parts);
  }

  async close(): Promise<void> {
    await this.session.release();
  }

  private async once(feeds: readonly Feed[]): Promise<LaneAnswer> {
    const { outputs } = this;
    const tensors: Record<string, OrtTensor> = {};
    for (const feed of feeds) tensors[feed.name] = this.tensor(feed);
    const wanted = outputs.probabilities ?? outputs.prediction ?? outputs.label;
    const answer = await this.session.run(tensors, wanted === undefined ? [] : [wanted]);
    const scores = outputs.probabilities ?? outputs.prediction;
    if (scores !== undefined) return { scores: asFloats(answer[scores]?.data), labels: null };
    return { scores: null, labels: asLabels(answer[outputs.label ?? '']?.data) };
  }

  private tensor({ element, data, shape }: Feed): OrtTensor {
    const { Tensor } = this;
    if (element === 'bool' && data instanceof Uint8Array) return new Tensor('bool', data, shape);
    if (Array.isArray(data)) return new Tensor('string', data, shape);
    if (data instanceof Float32Array) return new Tensor('float32', data, shape);
    if (data instanceof Float64Array) return new Tensor('float64', data, shape);
    if (data instanceof BigInt64Array) return new Tensor('int64', data, shape);
    if (data instanceof Int32Array) return new Tensor('int32', data, shape);
    throw new TypeError(`No tensor holds ${element} in bytes.`);
  }
}

type AnyData = TypedTensor<'float32'>['data'] | OrtTensor['data'] | undefined;

function asFloats(data: AnyData): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Float64Array || data instanceof Int32Array) return Float32Array.from(data);
  if (data instanceof BigInt64Array) return Float32Array.from(data, Number);
  throw new TypeError('The graph answered with something else than numbers.');
}

function asLabels(data: AnyData): (string | number)[] {
  if (data === undefined) throw new TypeError('The graph gave no label.');
  const labels: (string | number)[] = [];
  for (const value of data) labels.push(typeof value === 'string' ? value : Number(value));
  return labels;
}

export function sliceFeed(feed: Feed, start: number, end: number): Feed {
  const width = feed.shape.length > 1 ? (feed.shape[1] ?? 1) : 1;
  const data: TensorData = Array.isArray(feed.data)
    ? feed.data.slice(start * width, end * width)
    : feed.data.subarray(start * width, end * width);
  return { ...feed, data, shape: [end - start, ...feed.shape.slice(1)] };
}

export function joinAnswers(parts: readonly LaneAnswer[]): LaneAnswer {
  const first = parts[0];
  if (!first) return { scores: new Float32Array(0), labels: null };
  if (first.scores === null) return { scores: null, labels: parts.flatMap((part) => part.labels ?? []) };
  const scores = new Float32Array(parts.reduce((sum, part) => sum + (part.scores?.length ?? 0), 0));
  let at = 0;
  for (const part of parts) {
    if (!part.scores) continue;
    scores.set(part.scores, at);
    at += part.scores.length;
  }
  return { scores, labels: null };
}
