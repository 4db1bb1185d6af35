import { ModelJudgeInput, type JobError } from '@crisol/contracts';
import type { VersionFacts } from '@crisol/plugin-api';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { systemActor, type Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { problem, ProblemError } from '../../platform/http/problem.js';
import { Jobs, type ClaimedJob, type JobHandler } from '../../platform/jobs/job-handler.js';
import { PluginHost } from '../../platform/plugins/plugin-host.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { AdmissionEntity, type AdmissionRow } from '../admission/admission.entity.js';
import { AliasesService } from '../aliases/aliases.service.js';
import { ModelsService } from '../models/models.service.js';
import { AutoPromoter } from '../policies/auto-promoter.js';
import { isServable, servable, type ModelVersionRow, type ServableRow } from '../versions/model-version.entity.js';
import { VersionsService } from '../versions/versions.service.js';
import { Callers } from './callers.js';
import { GateKeeper, otherThan } from './gate-keeper.js';
import { GateEntity, type GateRow } from './gate.entity.js';
import type { JudgementFindings, PreparedGate, PreparedJudgement } from './judge.program.js';
import { JudgementWriter } from './judgement-writer.js';
import { TestSource } from './test-source.js';
import type { ScorableVersion } from './version-scorer.js';

const duckDbMemoryMb = 1_024;

/** The job `model.judge`: every enabled gate of an alias judges a version. */
@Injectable()
export class JudgeHandler implements JobHandler<ModelJudgeInput, PreparedJudgement, JudgementFindings>, OnModuleInit {
  readonly kind = 'model.judge';
  readonly scope = 'models:write';
  readonly input = ModelJudgeInput;
  readonly program = 'registry/gates/judge.program.js';
  readonly deadlineMs = 30 * 60_000;
  readonly maxAttempts = 2;

  constructor(
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
    private readonly aliases: AliasesService,
    private readonly keeper: GateKeeper,
    private readonly callers: Callers,
    private readonly tests: TestSource,
    private readonly writer: JudgementWriter,
    private readonly plugins: PluginHost,
    private readonly auto: AutoPromoter,
  ) {}

  onModuleInit(): void {
    this.jobs.register(this);
  }

  async plan(em: EntityManager, actor: Actor, input: ModelJudgeInput): Promise<{ name: string; input: ModelJudgeInput }> {
    if (input.moveWhenPassed && actor.kind !== 'system' && !actor.scopes.has('models:promote'))
      throw problem('missing_scope', { detail: 'To move the alias afterwards you need the scope models:promote.' });
    const { model, version } = await this.resolve(em, input);
    const gates = await em.count(GateEntity, { modelId: model.id, alias: input.alias, enabled: true });
    if (gates === 0) throw problem('not_found', { detail: `${model.name} has no enabled gate for the alias ${input.alias}.` });
    const admission = await em.findOneOrFail(AdmissionEntity, { versionId: version.id });
    if (admission.state !== 'admitted')
      throw problem('version_not_admitted', {
        detail: `Version ${version.number} is ${admission.state}; only an admitted one can be judged.`,
      });
    return {
      name: `${model.name} v${version.number} for ${input.alias}`,
      input: { ...input, model: model.id, version: version.number },
    };
  }

  async prepare(job: ClaimedJob<ModelJudgeInput>): Promise<PreparedJudgement> {
    const notes: string[] = [];
    const found = await this.database.transaction(async (em) => {
      const { model, version } = await this.resolve(em, job.input);
      const holder = await this.keeper.incumbentOf(em, model.id, job.input.alias);
      const incumbent = holder && isServable(holder) && otherThan(version, holder) !== null ? holder : null;
      if (!incumbent) notes.push(holder ? 'The version holds the alias itself.' : 'No version has held the alias yet.');
      await this.jobs.note(em, job, 'incumbent', incumbent?.id ?? '');
      return {
        model,
        version,
        incumbent,
        gates: await em.find(GateEntity, { modelId: model.id, alias: job.input.alias, enabled: true }, { orderBy: { name: 'asc' } }),
        callers: await this.callers.find(em, model.id),
        candidateAdmission: await em.findOneOrFail(AdmissionEntity, { versionId: version.id }),
        incumbentAdmission: incumbent && (await em.findOneOrFail(AdmissionEntity, { versionId: incumbent.id })),
        test: await this.tests.find(em, version, notes),
      };
    });
    const { model, version, incumbent, candidateAdmission, incumbentAdmission, test } = found;
    if (incumbent && incumbent.runId !== version.runId && test)
      notes.push('The incumbent was trained apart and may have learnt from some of these test rows; then it looks better than it is.');
    const candidate = await this.scorable(version, candidateAdmission);
    if (!candidate) throw problem('version_not_admitted', { detail: `Version ${version.number} is not admitted any more.` });
    return {
      facts: {
        model: model.name,
        task: version.signature.task,
        candidate: factsOf(version, candidateAdmission),
        incumbent: incumbent && incumbentAdmission ? factsOf(incumbent, incumbentAdmission) : null,
        callers: found.callers,
      },
      candidate,
      incumbent: incumbent && incumbentAdmission ? await this.scorable(incumbent, incumbentAdmission) : null,
      test: test && { ...test, parquet: await this.storage.localPath(test.parquet) },
      notes,
      gates: found.gates.map((gate) => this.prepareGate(gate)),
      memoryMb: duckDbMemoryMb,
    };
  }

  async complete(em: EntityManager, job: ClaimedJob<ModelJudgeInput>, result: JudgementFindings): Promise<Record<string, string>> {
    const { model, version } = await this.resolve(em, job.input);
    const incumbentId = job.notes['incumbent'] || null;
    const incumbent = incumbentId === null ? null : await this.versions.row(em, model, incumbentId);
    const facts = {
      sha256: version.sha256,
      metrics: version.metrics,
      datasetVersion: version.datasetVersion ? { ...version.datasetVersion } : null,
      testRows: result.testRows,
      incumbentSha256: incumbent?.sha256 ?? null,
      incumbentScored: result.incumbentScored,
      notes: [...result.notes],
    };
    const verdicts = await this.writer.write(em, job, { model, version, incumbent, gates: result.gates, facts });
    const moved = job.input.moveWhenPassed
      ? await this.moveIfOpen(em, job, model.id, version)
      : await this.promoteByPolicy(em, job, version);
    return { modelVersion: version.id, ...verdicts, ...moved };
  }

  /** A judging that did not end well leaves its gates shut, and says why where people look for verdicts. */
  async failed(em: EntityManager, job: ClaimedJob<ModelJudgeInput>, error: JobError, state: 'failed' | 'cancelled'): Promise<void> {
    if (state === 'cancelled') return;
    const { model, version } = await this.resolve(em, job.input);
    const incumbentId = job.notes['incumbent'] || null;
    const incumbent = incumbentId === null ? null : await this.versions.row(em, model, incumbentId);
    const gates = await em.find(GateEntity, { modelId: model.id, alias: job.input.alias, enabled: true });
    const message = `The judging did not end well: ${error.detail}`;
    await this.writer.write(em, job, {
      model,
      version,
      incumbent,
      gates: gates.map((gate) => ({
        ...this.prepareGate(gate),
        findings: gate.checks.map((check) => ({ check, outcome: 'errored' as const, message })),
      })),
      facts: { sha256: version.sha256, notes: [message] },
      verdict: 'errored',
    });
  }

  /** Moves the alias that a training or a caller asked for; a gate that stays shut is an answer, not a failure of the job. */
  private async moveIfOpen(
    em: EntityManager,
    job: ClaimedJob<ModelJudgeInput>,
    modelId: string,
    version: ModelVersionRow,
  ): Promise<Record<string, string>> {
    // From here to the move nobody changes a gate or the alias.
    await this.models.lock(em, modelId);
    const standings = await this.keeper.standings(em, version, job.input.alias);
    const shut = standings.filter(({ gate, standing }) => gate.required && standing !== 'passed');
    if (shut.length > 0) return { alias: `not moved: ${shut.map(({ gate, standing }) => `${gate.name} ${standing}`).join(', ')}` };
    const actor = { ...systemActor, id: job.createdBy };
    try {
      await this.aliases.move(em, actor, modelId, job.input.alias, version.number, 'every required gate has passed', 'any');
      return { alias: job.input.alias };
    } catch (error) {
      // The verdicts stay, whatever became of the version meanwhile.
      if (error instanceof ProblemError) return { alias: `not moved: ${error.message}` };
      throw error;
    }
  }

  /** An alias that promotes by itself looks again now that its gates have judged. */
  private async promoteByPolicy(
    em: EntityManager,
    job: ClaimedJob<ModelJudgeInput>,
    version: ModelVersionRow,
  ): Promise<Record<string, string>> {
    const { model } = await this.resolve(em, job.input);
    const outcome = await this.auto.consider(em, model, version, job.input.alias, 'its gates have judged it');
    return outcome === 'moved' ? { alias: job.input.alias } : {};
  }

  private async resolve(em: EntityManager, input: Pick<ModelJudgeInput, 'model' | 'version'>) {
    const model = await this.models.find(em, input.model);
    return { model, version: servable(await this.versions.row(em, model, String(input.version))) };
  }

  private prepareGate(gate: GateRow): PreparedGate {
    const { id, name, revision, validator, checks } = gate;
    try {
      return { id, name, revision, validator, checks, plugin: this.plugins.reference('validator', validator) };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { id, name, revision, validator, checks, plugin: { missing: error.message } };
    }
  }

  private async scorable(version: ServableRow, admission: AdmissionRow): Promise<ScorableVersion | null> {
    const { servingKey, binding } = admission;
    if (!servingKey || !binding) return null;
    return { path: await this.storage.localPath(servingKey), signature: version.signature, binding };
  }
}

function factsOf(version: ServableRow, admission: AdmissionRow): VersionFacts {
  const measured = admission.report.latency.toSorted((a, b) => a.rows - b.rows)[0];
  return {
    version: version.number,
    inputs: version.signature.inputs.map(({ name, type, nullable }) => ({ name, type, optional: nullable })),
    outputs: Object.keys(admission.binding?.outputs ?? {}),
    labels: version.signature.labels ?? [],
    metrics: Object.fromEntries(Object.entries(version.metrics).map(([name, value]) => [name, typeof value === 'number' ? value : null])),
    latency: measured ? { ...measured } : null,
    sizeBytes: version.sizeBytes,
  };
}
