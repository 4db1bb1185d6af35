import type { Evaluation, Run } from '@crisol/contracts';

/** The evaluation of a run arrives as plain JSON; the trainer writes it in the shape of the contract. */
export const evaluationOf = (run: Run | undefined): Evaluation | null =>
  // Only trainings of this server write it, and their specs hold them to the contract.
  run?.evaluation && 'metrics' in run.evaluation ? (run.evaluation as unknown as Evaluation) : null;
