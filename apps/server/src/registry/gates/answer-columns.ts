import type { TestRows } from '../../training/test-rows.js';
import type { VersionAnswers } from './version-scorer.js';

/** A column of the test table: one cell for each test row. */
export interface AnswerColumn {
  readonly name: string;
  readonly type: 'text' | 'number';
  cell(index: number): string | number | null;
}

/** What is true of the test rows and what both versions answer, under the names that `ModelFacts.test` promises. */
export function answerColumns(rows: TestRows, candidate: VersionAnswers, incumbent: VersionAnswers | null): AnswerColumn[] {
  return [targetColumn(rows), ...answersOf('__', candidate), ...(incumbent ? answersOf('__incumbent_', incumbent) : [])];
}

function targetColumn({ target, labels }: TestRows): AnswerColumn {
  if (target.type !== 'text') return { name: '__target', type: 'number', cell: (index) => target.values[index] ?? null };
  return { name: '__target', type: 'text', cell: (index) => labels[target.codes[index] ?? -1] ?? null };
}

function answersOf(prefix: string, { predictions, probabilities }: VersionAnswers): AnswerColumn[] {
  return [
    {
      name: `${prefix}prediction`,
      type: typeof predictions[0] === 'string' ? 'text' : 'number',
      cell: (index) => predictions[index] ?? null,
    },
    ...probabilities.map((own, k) => ({
      name: `${prefix}probability_${k}`,
      type: 'number' as const,
      cell: (index: number) => own[index] ?? null,
    })),
  ];
}
