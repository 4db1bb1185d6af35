import type { Table, TableColumn } from '@crisol/plugin-api';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

/** Rows a run of the session: trees are fastest in small batches. */
const chunkRows = 128;

/**
 * Predicts a table with an exported graph, as serving does: one tensor a raw column. Lives in job children only, since
 * onnxruntime blocks its thread.
 */
export class OnnxScorer {
  private constructor(
    private readonly session: InferenceSession,
    private readonly Tensor: typeof OrtTensor,
  ) {}

  static async load(model: Uint8Array): Promise<OnnxScorer> {
    const ort = await import('onnxruntime-node');
    const session = await ort.InferenceSession.create(model, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'basic',
    });
    return new OnnxScorer(session, ort.Tensor);
  }

  /** Regression: one number a row. Classification: the probabilities, row by row. */
  async score(table: Table, output: 'prediction' | 'probabilities', signal: AbortSignal): Promise<Float32Array> {
    const parts: Float32Array[] = [];
    for (let start = 0; start < table.rows; start += chunkRows) {
      signal.throwIfAborted();
      const end = Math.min(start + chunkRows, table.rows);
      const feeds = Object.fromEntries(table.columns.map((column) => [column.name, this.tensor(column, start, end)]));
      const answer = await this.session.run(feeds, [output]);
      const data = answer[output]?.data;
      if (!(data instanceof Float32Array)) throw new TypeError(`The graph's output ${output} is not float32.`);
      parts.push(data);
    }
    const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  private tensor(column: TableColumn, start: number, end: number): OrtTensor {
    const shape = [end - start, 1];
    if (column.type === 'text') {
      const texts = Array.from(column.codes.subarray(start, end), (code) => (code < 0 ? '' : (column.levels[code] ?? '')));
      return new this.Tensor('string', texts, shape);
    }
    const values = column.values.subarray(start, end);
    if (column.type === 'date' || column.type === 'timestamp') return new this.Tensor('float64', Float64Array.from(values), shape);
    return new this.Tensor('float32', Float32Array.from(values), shape);
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}
