import type { Task } from '../training.js';

/** What boosting minimises. Scores are row-major, `outputs` a row. */
export interface BoostingLoss {
  readonly outputs: number;
  readonly link: 'none' | 'logistic' | 'softmax';
  /** Scores before the first round, from the training rows. */
  base(target: Float64Array, rows: Uint32Array): number[];
  /** Called once a round, before the gradients of its outputs. */
  startRound(scores: Float64Array, rows: Uint32Array): void;
  /** Writes gradient and hessian pairs of one output for the given rows. */
  gradients(target: Float64Array, scores: Float64Array, rows: Uint32Array, output: number, out: Float32Array): void;
  /** Mean loss over rows. */
  mean(target: Float64Array, scores: Float64Array, rows: Uint32Array): number;
}

/** The loss of a task: squared, binary log loss, or multiclass log loss. */
export function lossFor(task: Task, classCount: number, totalRows: number): BoostingLoss {
  if (task === 'regression') return squaredLoss;
  return task === 'binary' ? binaryLoss : multiclassLoss(classCount, totalRows);
}

const squaredLoss: BoostingLoss = {
  outputs: 1,
  link: 'none',
  base(target, rows) {
    let sum = 0;
    for (const row of rows) sum += target[row] ?? 0;
    return [sum / rows.length];
  },
  startRound() {
    // Gradients come straight from the scores.
  },
  gradients(target, scores, rows, _output, out) {
    for (const row of rows) {
      out[2 * row] = (scores[row] ?? 0) - (target[row] ?? 0);
      out[2 * row + 1] = 1;
    }
  },
  mean(target, scores, rows) {
    let sum = 0;
    for (const row of rows) sum += ((scores[row] ?? 0) - (target[row] ?? 0)) ** 2;
    return sum / rows.length;
  },
};

const binaryLoss: BoostingLoss = {
  outputs: 1,
  link: 'logistic',
  base(target, rows) {
    let positives = 0;
    for (const row of rows) positives += target[row] ?? 0;
    const share = Math.min(1 - 1e-15, Math.max(1e-15, positives / rows.length));
    return [Math.log(share / (1 - share))];
  },
  startRound() {
    // Gradients come straight from the scores.
  },
  gradients(target, scores, rows, _output, out) {
    for (const row of rows) {
      const p = 1 / (1 + Math.exp(-(scores[row] ?? 0)));
      out[2 * row] = p - (target[row] ?? 0);
      out[2 * row + 1] = p * (1 - p);
    }
  },
  mean(target, scores, rows) {
    let sum = 0;
    for (const row of rows) {
      const score = scores[row] ?? 0;
      sum += Math.max(score, 0) - score * (target[row] ?? 0) + Math.log1p(Math.exp(-Math.abs(score)));
    }
    return sum / rows.length;
  },
};

function multiclassLoss(classCount: number, totalRows: number): BoostingLoss {
  const probabilities = new Float64Array(totalRows * classCount);
  return {
    outputs: classCount,
    link: 'softmax',
    base(target, rows) {
      const counts = new Float64Array(classCount);
      for (const row of rows) counts[target[row] ?? 0] = (counts[target[row] ?? 0] ?? 0) + 1;
      // A class that only the validation rows have still needs a finite start.
      const logs = Array.from(counts, (count) => Math.log(Math.max(count, 1e-3) / rows.length));
      const mean = logs.reduce((sum, value) => sum + value, 0) / classCount;
      return logs.map((value) => value - mean);
    },
    startRound(scores, rows) {
      for (const row of rows) {
        const start = row * classCount;
        let highest = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < classCount; k++) highest = Math.max(highest, scores[start + k] ?? 0);
        let sum = 0;
        for (let k = 0; k < classCount; k++) sum += probabilities[start + k] = Math.exp((scores[start + k] ?? 0) - highest);
        for (let k = 0; k < classCount; k++) probabilities[start + k] = (probabilities[start + k] ?? 0) / sum;
      }
    },
    gradients(target, _scores, rows, output, out) {
      for (const row of rows) {
        const p = probabilities[row * classCount + output] ?? 0;
        out[2 * row] = p - (target[row] === output ? 1 : 0);
        out[2 * row + 1] = p * (1 - p);
      }
    },
    mean(target, scores, rows) {
      let sum = 0;
      for (const row of rows) {
        const start = row * classCount;
        let highest = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < classCount; k++) highest = Math.max(highest, scores[start + k] ?? 0);
        let total = 0;
        for (let k = 0; k < classCount; k++) total += Math.exp((scores[start + k] ?? 0) - highest);
        sum += highest + Math.log(total) - (scores[start + (target[row] ?? 0)] ?? 0);
      }
      return sum / rows.length;
    },
  };
}
