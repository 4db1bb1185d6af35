import type { Cell } from '@crisol/contracts';
import type { z } from 'zod';
import type { ComparedTask } from './comparison-test-sets.js';

/** What one candidate answered, a cell for each compared row. */
export interface CandidateAnswers {
  readonly label: string;
  /** The number, or the index of the class that it decides for; −1 for a class that nobody knows. */
  readonly predictions: Float64Array;
  /** One array for each class; empty when it gives none. */
  readonly probabilities: readonly Float64Array[];
}
/** All rows that candidates are compared on. */
export interface ScoredRows {
  readonly task: ComparedTask['task'];
  /** Classes; of a binary task the second is the positive one. Empty for regression. */
  readonly labels: readonly string[];
  /** The number, or the index of the class. */
  readonly truth: Float64Array;
  readonly candidates: readonly CandidateAnswers[];
  /** The test set of each row, and its number there. */
  readonly sets: Int32Array;
  readonly rowNumbers: Int32Array;
}
/** A column that rows are put into groups by. */
export interface SliceColumn {
  readonly column: string;
  /** Group of each row; −1 for none. */
  readonly codes: Int32Array;
  readonly values: readonly string[];
}
export type CellOf = z.infer<typeof Cell>;

/** Scores of the positive class of a binary task; null when the candidate gives none. */
export function positiveScores(answers: CandidateAnswers): Float64Array | null {
  return answers.probabilities[1] ?? null;
}
