import type { Column, CompareModels, Signature, Task } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { DatasetsService, type ResolvedVersion } from '../../datasets/datasets.service.js';
import { problem } from '../../platform/http/problem.js';
import type { FoundCandidate } from './comparison-candidates.js';

/** What all candidates predict. */
export interface ComparedTask {
  readonly task: Extract<Task, 'binary' | 'multiclass' | 'regression'>;
  readonly target: string;
}

/** Finds the labelled rows that candidates are scored on, and refuses those that a candidate cannot read. */
@Injectable()
export class ComparisonTestSets {
  constructor(private readonly datasets: DatasetsService) {}

  /** @throws when a data set is gone, has no truth, or lacks a column that a candidate takes */
  async find(
    em: EntityManager,
    asked: CompareModels['datasets'],
    candidates: readonly FoundCandidate[],
    { target }: ComparedTask,
  ): Promise<ResolvedVersion[]> {
    const sets = asked.length > 0 ? asked : tested(candidates);
    const found: ResolvedVersion[] = [];
    for (const [index, { dataset, version }] of sets.entries()) {
      const pointer = asked.length > 0 ? `/datasets/${index}` : '/datasets';
      const data = await this.datasets.resolve(em, dataset, version);
      if (found.some(({ id }) => id === data.id)) throw refused(pointer, `${nameOf(data)} is there twice.`);
      if (!data.columns.some(({ name }) => name === target))
        throw refused(pointer, `${nameOf(data)} has no column ${target}, which the candidates predict.`);
      for (const candidate of candidates) {
        const missing = unreadable(candidate.signature, data.columns);
        if (missing.length > 0) throw refused(pointer, `${candidate.label} cannot be scored on ${nameOf(data)}: ${missing.join('; ')}.`);
      }
      found.push(data);
    }
    return found;
  }
}

/** The one task and target of all candidates. @throws when they differ or have no truth */
export function taskOf(candidates: readonly FoundCandidate[]): ComparedTask {
  const [first] = candidates;
  if (!first) throw new TypeError('There are no candidates.');
  const { task } = first.signature;
  if (task === 'anomaly' || task === 'clustering')
    throw refused('/candidates/0', `${first.label} is a model for ${task}, which has no truth to be measured by.`);
  const target = candidates.map(({ signature }) => signature.target).find((name) => name !== '') ?? '';
  for (const [index, { label, signature }] of candidates.entries()) {
    if (signature.task !== task)
      throw refused(`/candidates/${index}`, `${label} is a model for ${signature.task} and ${first.label} one for ${task}.`);
    if (signature.target !== '' && signature.target !== target)
      throw refused(`/candidates/${index}`, `${label} predicts ${signature.target} and ${first.label} predicts ${target}.`);
  }
  return { task, target };
}

/** Without data sets: the data that the first candidate kept rows of, or none when folds say enough. */
function tested(candidates: readonly FoundCandidate[]): CompareModels['datasets'] {
  const [first] = candidates;
  const training = first?.training ?? null;
  if (training?.split?.kind === 'holdout') return [{ dataset: training.data.dataset, version: training.data.version }];
  if (candidates.every((candidate) => candidate.training !== null && foldKey(candidate) === (first && foldKey(first)))) return [];
  throw refused(
    '/datasets',
    `${first?.label ?? ''} kept no rows out that are known here, so name a data set with labelled rows that the candidates have not learnt from.`,
  );
}

/** Says which folds a candidate was scored on: those of one key were scored on the same ones. Null without folds. */
export function foldKey({ training }: FoundCandidate): string | null {
  if (training?.split?.kind !== 'kfold' || training.folds.length < 2) return null;
  return `${training.data.id} ${training.split.folds} ${training.split.seed}`;
}

function unreadable(signature: Signature, columns: readonly Column[]): string[] {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  return signature.inputs.flatMap(({ name, type }) => {
    const found = types.get(name);
    if (found === undefined) return [`it has no column ${name}`];
    if (found === 'other') return [`the column ${name} is of a type that no model takes`];
    if ((type === 'text') !== (found === 'text' || found === 'time'))
      return [`the column ${name} is ${found} there and the model takes ${type}`];
    return [];
  });
}

function nameOf({ dataset, version }: ResolvedVersion): string {
  return `${dataset.name} v${version}`;
}

function refused(pointer: string, message: string): ReturnType<typeof problem> {
  return problem('validation_failed', { detail: message, errors: [{ pointer, code: 'not_comparable', message }] });
}
