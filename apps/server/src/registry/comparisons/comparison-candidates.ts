import { formatId, Split, type CompareModels, type Comparison, type Evaluation, type Signature } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { RunsService } from '../../experiments/runs.service.js';
import { problem, ProblemError, type ProblemOptions } from '../../platform/http/problem.js';
import { AdmissionEntity } from '../admission/admission.entity.js';
import { ModelsService } from '../models/models.service.js';
import { RunModels } from '../run-models.port.js';
import type { ModelBinding } from '../runtime/model-binding.js';
import type { DatasetVersionRef } from '../versions/model-version.entity.js';
import { VersionsService } from '../versions/versions.service.js';

/** What is known of how a candidate learnt. */
export interface CandidateTraining {
  readonly data: DatasetVersionRef;
  /** Null when it is not known which rows were kept out. */
  readonly split: Split | null;
  readonly rows: { readonly train: number; readonly test: number } | null;
  readonly folds: Evaluation['folds'];
}
export interface FoundCandidate {
  readonly label: string;
  readonly asked: CompareModels['candidates'][number];
  readonly shown: Comparison['candidates'][number];
  readonly modelId: string | null;
  readonly signature: Signature;
  /** The file that serves with how columns go into it; for a run's model, which nobody has admitted, the file as it was trained. */
  readonly file: { readonly key: string; readonly binding: ModelBinding | null };
  readonly training: CandidateTraining | null;
  /** Columns by how much the model leans on them, the most first. */
  readonly importance: readonly string[];
}

/** What training keeps of a run's evaluation, as far as a comparison needs it. */
const KeptEvaluation = z.object({
  split: Split,
  rows: z.object({ train: z.int(), test: z.int() }),
  folds: z.array(z.record(z.string(), z.union([z.number(), z.string(), z.null()]))).default([]),
});

/** Finds the versions and runs that somebody wants compared, and refuses those that cannot be run here. */
@Injectable()
export class ComparisonCandidates {
  constructor(
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
    private readonly runs: RunsService,
    private readonly runModels: RunModels,
  ) {}

  async find(em: EntityManager, candidates: CompareModels['candidates']): Promise<FoundCandidate[]> {
    const found: FoundCandidate[] = [];
    for (const [index, candidate] of candidates.entries()) {
      try {
        found.push('run' in candidate ? await this.ofRun(em, candidate.run) : await this.ofVersion(em, candidate));
      } catch (error) {
        if (error instanceof ProblemError && error.options.errors === undefined) throw pointed(error, index);
        throw error;
      }
    }
    const same = found.findIndex((one, index) => found.findIndex((other) => other.file.key === one.file.key) < index);
    if (same > 0)
      throw problem('validation_failed', {
        detail: `${found[same]?.label ?? ''} is among the candidates twice.`,
        errors: [{ pointer: `/candidates/${same}`, code: 'candidate_repeated', message: 'is among the candidates already' }],
      });
    return found.map((one, index) => distinct(one, found, index));
  }

  private async ofVersion(
    em: EntityManager,
    asked: Extract<CompareModels['candidates'][number], { model: string }>,
  ): Promise<FoundCandidate> {
    const model = await this.models.find(em, asked.model);
    const version = await this.versions.row(em, model, String(asked.version));
    const admission = await em.findOneOrFail(AdmissionEntity, { versionId: version.id });
    const signature = known(version.signature);
    const name = `${model.name} v${version.number}`;
    if (!signature || !admission.servingKey || !admission.binding)
      throw problem('version_not_admitted', { detail: `${name} ${whyNot(admission.state)}` });
    const label = typeof asked.version === 'string' ? `${name} (${asked.version.slice(1)})` : name;
    const data = version.datasetVersion ?? null;
    return {
      label,
      asked: { model: model.id, version: version.number },
      shown: { label, model: model.name, version: version.number, run: version.runId ?? null },
      modelId: model.id,
      signature,
      file: { key: admission.servingKey, binding: admission.binding },
      training: data && (await this.trainingOf(em, version.runId ?? null, data)),
      importance: version.importance.map(({ column }) => column),
    };
  }

  private async ofRun(em: EntityManager, asked: string): Promise<FoundCandidate> {
    const id = runIdOf(asked);
    const run = await this.runs.find(em, id);
    const registered = run.modelVersion;
    const model = await this.runModels.modelOf(em, id).catch((error: unknown) => {
      if (error instanceof ProblemError && error.code === 'run_not_finished') return null;
      throw error;
    });
    const shown = { label: run.name, model: registered?.model ?? null, version: registered?.version ?? null, run: id };
    if (!model) {
      if (!registered)
        throw problem('run_not_finished', {
          detail: `${run.name} left no model behind that runs here; register its ONNX model as a version and compare that one.`,
        });
      const version = await this.ofVersion(em, { model: registered.model, version: registered.version });
      return { ...version, label: run.name, asked: { run: id }, shown };
    }
    return {
      label: run.name,
      asked: { run: id },
      shown,
      modelId: null,
      signature: model.signature,
      file: { key: model.objectKey, binding: null },
      training: model.datasetVersion && (await this.trainingOf(em, id, model.datasetVersion)),
      importance: model.importance.map(({ column }) => column),
    };
  }

  private async trainingOf(em: EntityManager, runId: string | null, data: DatasetVersionRef): Promise<CandidateTraining> {
    const unknown = { data, split: null, rows: null, folds: [] };
    if (runId === null) return unknown;
    const run = await this.runs.find(em, runId);
    const kept = KeptEvaluation.safeParse(run.evaluation);
    if (!kept.success) return unknown;
    const { split, rows, folds } = kept.data;
    // What is kept of an evaluation has its numbers as JSON writes them.
    return {
      data,
      split,
      rows,
      folds: folds.map((fold) => Object.fromEntries(Object.entries(fold).map(([name, value]) => [name, finite(value)]))),
    };
  }
}

const finite = (value: number | string | null): number | null => (typeof value === 'number' ? value : null);

/** Two runs of one name are told apart by their letter. */
function distinct(one: FoundCandidate, all: readonly FoundCandidate[], index: number): FoundCandidate {
  if (all.filter(({ label }) => label === one.label).length === 1) return one;
  const label = `${one.label} [${String.fromCharCode(65 + index)}]`;
  return { ...one, label, shown: { ...one.shown, label } };
}

/** A version without an ONNX file has no signature. */
function known(signature: Signature | null | undefined): Signature | null {
  return signature ?? null;
}

/** A run by its own id, or by the 32 hexadecimal digits that MLflow writes. */
function runIdOf(asked: string): string {
  return /^[0-9a-f]{32}$/.test(asked) ? formatId('run', asked) : asked;
}

function whyNot(state: string): string {
  if (state === 'pending') return 'is still being admitted; wait for it.';
  if (state === 'stored') return 'holds no ONNX file, so it is kept and never run here.';
  return `is ${state}; only a version that was admitted can be run.`;
}

/** The same refusal, with a pointer to the candidate that it is about. */
function pointed(error: ProblemError, index: number): ProblemError {
  const options: ProblemOptions = {
    ...error.options,
    errors: [{ pointer: `/candidates/${index}`, code: error.code, message: error.message }],
  };
  return problem(error.code, options);
}
