import type { Judgement, ModelJudgeInput } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import type { ClaimedJob } from '../../platform/jobs/job-handler.js';
import type { ModelRow } from '../models/model.entity.js';
import type { ModelVersionRow } from '../versions/model-version.entity.js';
import type { JudgementFindings } from './judge.program.js';
import { JudgementEntity } from './judgement.entity.js';
import { verdictOf } from './verdict.js';

export interface Judged {
  readonly model: ModelRow;
  readonly version: ModelVersionRow;
  readonly incumbent: ModelVersionRow | null;
  readonly gates: JudgementFindings['gates'];
  readonly facts: Judgement['facts'];
  /** Of every gate, whatever its findings weigh; by the findings when left out. */
  readonly verdict?: Judgement['verdict'];
}

/** Keeps what gates found, and tells it. */
@Injectable()
export class JudgementWriter {
  constructor(private readonly events: EventBus) {}

  /** One verdict for each gate, in the transaction that ends the job; gives them as the job's outputs. */
  async write(em: EntityManager, job: ClaimedJob<ModelJudgeInput>, judged: Judged): Promise<Record<string, string>> {
    const { model, version, incumbent, facts } = judged;
    const { alias } = job.input;
    const verdicts: Record<string, string> = {};
    for (const gate of judged.gates) {
      const verdict = judged.verdict ?? verdictOf(gate.findings);
      const id = newId('jdg');
      await em.insert(JudgementEntity, {
        id,
        modelId: model.id,
        versionId: version.id,
        version: version.number,
        alias,
        gateId: gate.id,
        gateName: gate.name,
        gateRevision: gate.revision,
        validator: gate.validator,
        incumbentId: incumbent?.id ?? null,
        incumbent: incumbent?.number ?? null,
        verdict,
        findings: gate.findings,
        facts,
        jobId: job.id,
        at: new Date(),
        by: job.createdBy,
      });
      verdicts[`gate.${gate.name}`] = verdict;
      await this.events.record(em, {
        topic: 'models',
        type: 'model_version.judged',
        data: {
          id: version.id,
          model: model.name,
          modelId: model.id,
          version: version.number,
          alias,
          gate: gate.name,
          verdict,
          judgement: id,
        },
      });
    }
    return verdicts;
  }
}
