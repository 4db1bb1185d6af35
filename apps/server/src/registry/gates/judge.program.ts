import type { Check, Column, GateFinding, Split } from '@crisol/contracts';
import type { CheckFinding, CheckRequest, ModelFacts, TableReader, Validator } from '@crisol/plugin-api';
import { join } from 'node:path';
import { z } from 'zod';
import { DuckDbTableReader } from '../../datasets/duckdb/duckdb-table-reader.js';
import { extendRows } from '../../datasets/duckdb/extend-rows.js';
import { readTable } from '../../datasets/duckdb/read-table.js';
import { duckDbTableFiles } from '../../datasets/duckdb/table-files.js';
import type { JobContext } from '../../platform/jobs/job-handler.js';
import { instantiatePlugin } from '../../platform/plugins/child/instantiate-plugin.js';
import type { PluginReference } from '../../platform/plugins/plugin-host.js';
import { testRowsOf, type TestRows } from '../../training/test-rows.js';
import { takeRows, UnusableTable } from '../../training/training-table.js';
import { answerColumns } from './answer-columns.js';
import { scoreVersion, type ScorableVersion, type VersionAnswers } from './version-scorer.js';

export interface PreparedGate {
  readonly id: string;
  readonly name: string;
  readonly revision: number;
  readonly validator: string;
  readonly checks: readonly Check[];
  /** What brings the validator, or why nothing does. */
  readonly plugin: PluginReference | { readonly missing: string };
}
export interface PreparedJudgement {
  readonly facts: Omit<ModelFacts, 'test'>;
  readonly candidate: ScorableVersion;
  readonly incumbent: ScorableVersion | null;
  readonly test: {
    readonly parquet: string;
    readonly columns: readonly Column[];
    readonly target: string;
    readonly split: Extract<Split, { kind: 'holdout' }>;
    /** Rows that the training counted; another number means other data. */
    readonly rows: number | null;
  } | null;
  /** What could not be had, in sentences. */
  readonly notes: readonly string[];
  readonly gates: readonly PreparedGate[];
  readonly memoryMb: number;
}
export interface JudgementFindings {
  readonly gates: readonly (PreparedGate & { readonly findings: readonly GateFinding[] })[];
  readonly testRows: number | null;
  readonly incumbentScored: boolean;
  readonly notes: readonly string[];
}

/** Job `model.judge`: makes the candidate's test rows again, has both versions answer them, and asks each gate's validator. */
export async function run(prepared: PreparedJudgement, context: JobContext): Promise<JudgementFindings> {
  const notes = [...prepared.notes];
  context.progress(0, 'Making the test rows again', 'test');
  const test = await openTest(prepared, notes, context);
  for (const note of notes) context.log('info', note);
  try {
    const facts: ModelFacts = { ...prepared.facts, test: test.table };
    const gates: JudgementFindings['gates'][number][] = [];
    for (const [index, gate] of prepared.gates.entries()) {
      context.progress(0.5 + (0.5 * index) / prepared.gates.length, `Asking ${gate.name}`, 'judge');
      gates.push({ ...gate, findings: await judge(gate, facts, context) });
    }
    return { gates, testRows: test.table?.rowCount ?? null, incumbentScored: test.incumbentScored, notes };
  } finally {
    test.table?.close();
  }
}

async function openTest(
  { facts, candidate, incumbent, test, memoryMb }: PreparedJudgement,
  notes: string[],
  context: JobContext,
): Promise<{ table: DuckDbTableReader | null; incumbentScored: boolean }> {
  const none = { table: null, incumbentScored: false };
  if (!test) return none;
  let rows: TestRows;
  try {
    rows = testRowsOf(await readTable(test.parquet, [test.target]), { target: test.target, task: facts.task, split: test.split });
  } catch (error) {
    if (!(error instanceof UnusableTable)) throw error;
    notes.push(`The test rows could not be made again: ${error.message}`);
    return none;
  }
  if (test.rows !== null && rows.rows.length !== test.rows) {
    notes.push(
      `The split gives ${rows.rows.length} test rows and the training counted ${test.rows}; these are not the rows that it kept out.`,
    );
    return none;
  }
  const score = async (version: ScorableVersion): Promise<VersionAnswers> => {
    const names = version.signature.inputs.map(({ name }) => name);
    return scoreVersion(version, takeRows(await readTable(test.parquet, names), rows.rows), context.signal);
  };
  const answers = await score(candidate);
  const known = new Set(test.columns.map(({ name }) => name));
  const unknown = incumbent?.signature.inputs.filter(({ name }) => !known.has(name)).map(({ name }) => name) ?? [];
  let others: VersionAnswers | null = null;
  if (unknown.length > 0)
    notes.push(`The incumbent takes ${unknown.join(', ')}, which the test data do not have, so it could not answer them.`);
  else if (incumbent && incumbent.signature.task !== facts.task)
    notes.push(`The incumbent is a model for ${incumbent.signature.task}, so its answers cannot be compared.`);
  else if (incumbent) others = await score(incumbent);
  // Names with two underscores are ours: a column of the data set that is called so gives way.
  const kept = test.columns.filter(({ name }) => !name.startsWith('__'));
  const added = answerColumns(rows, answers, others);
  const parquet = join(context.workFolder, 'test.parquet');
  const spillFolder = join(context.workFolder, 'spill');
  await extendRows({
    source: test.parquet,
    rows: rows.rows,
    columns: kept.map(({ name }) => name),
    added,
    path: parquet,
    memoryMb,
    spillFolder,
  });
  const table = await DuckDbTableReader.open({
    parquet,
    columns: [
      ...kept,
      ...added.map(({ name, type }) => ({ name, type, databaseType: type === 'text' ? 'VARCHAR' : 'DOUBLE', nullable: false })),
    ],
    rows: rows.rows.length,
    memoryMb,
    spillFolder,
  });
  return { table, incumbentScored: others !== null };
}

/** All checks of a gate in one call, so that a validator may weigh them together; a validator that throws leaves its gate open to question, not the others. */
async function judge(gate: PreparedGate, facts: ModelFacts, context: JobContext): Promise<GateFinding[]> {
  const all = (message: string): GateFinding[] => gate.checks.map((check) => ({ check, outcome: 'errored', message }));
  if ('missing' in gate.plugin) return all(gate.plugin.missing);
  try {
    const provided = await instantiatePlugin(gate.plugin, context, duckDbTableFiles);
    try {
      const validator = provided.validators?.find(({ name }) => name === gate.validator);
      if (!validator?.judgeModel)
        return all(`The plugin ${gate.plugin.pluginId} brings no validator "${gate.validator}" that judges models.`);
      return await ask(validator, gate.checks, guarded(facts), context.signal);
    } finally {
      await provided.dispose?.();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    context.log('error', `${gate.name}: ${message}`);
    return all(`The validator failed: ${message.slice(0, 500)}`);
  }
}

async function ask(validator: Validator, checks: readonly Check[], facts: ModelFacts, signal: AbortSignal): Promise<GateFinding[]> {
  const requests: (CheckRequest | string)[] = checks.map(({ type, kwargs }) => {
    const definition = validator.modelCheckTypes?.find((candidate) => candidate.type === type);
    if (!definition) return `${validator.name} has no check type ${type}.`;
    const parsed = definition.kwargs.safeParse(kwargs);
    // What a strict object schema gives is an object.
    return parsed.success ? { type, kwargs: parsed.data as Readonly<Record<string, unknown>> } : `The arguments of ${type} are not valid.`;
  });
  const valid = requests.filter((request) => typeof request !== 'string');
  const found = valid.length > 0 ? ((await validator.judgeModel?.(facts, valid, signal)) ?? []) : [];
  if (found.length !== valid.length) throw new TypeError(`${valid.length} checks got ${found.length} findings.`);
  let next = 0;
  return checks.map((check, index) => {
    const request = requests[index];
    if (typeof request === 'string') return { check, outcome: 'errored', message: request };
    return toFinding(check, found[next++]);
  });
}

function toFinding(check: Check, finding: CheckFinding | undefined): GateFinding {
  if (!finding) return { check, outcome: 'errored', message: 'The validator gave no answer.' };
  const observed = z.json().safeParse(finding.observed);
  return {
    check,
    outcome: finding.outcome,
    message: finding.message.slice(0, 2_000),
    ...(observed.success ? { observed: observed.data } : {}),
    ...(finding.slices === undefined ? {} : { slices: finding.slices.slice(0, 50).map((slice) => ({ ...slice })) }),
  };
}

/** Facts that one validator cannot change under the next. */
function guarded(facts: ModelFacts): ModelFacts {
  const test: TableReader | null = facts.test;
  return { ...structuredClone({ ...facts, test: null }), test };
}
