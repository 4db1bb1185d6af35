import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { ProblemError } from '../../platform/http/problem.js';
import { evidenceOf } from '../gates/gate-keeper.js';
import type { Weighed } from '../policies/promotion.js';
import type { DatasetVersionRef } from '../versions/model-version.entity.js';

/** Gathers what spoke for a version when an alias moved to it. */
@Injectable()
export class MoveEvidence {
  constructor(private readonly datasets: DatasetsService) {}

  async of(em: EntityManager, weighed: Weighed): Promise<Record<string, unknown>> {
    const { version, admission, incumbent, policy, standings, approvals, back } = weighed;
    return {
      sha256: version.sha256 ?? null,
      signatureHash: version.signatureHash ?? null,
      metrics: version.metrics,
      run: version.runId ?? null,
      datasetVersion: version.datasetVersion ? await this.withDigest(em, version.datasetVersion) : null,
      admission: {
        state: admission.state,
        lane: admission.lane ?? null,
        finishedAt: admission.finishedAt?.toISOString() ?? null,
        steps: admission.report.steps.map((step) => `${step.name}: ${step.outcome}`),
      },
      incumbent: incumbent && { version: incumbent.number, sha256: incumbent.sha256 ?? null, metrics: incumbent.metrics },
      gates: evidenceOf(standings),
      approvals: approvals
        .filter(({ counts }) => counts)
        .map(({ row }) => ({
          id: row.id,
          decision: row.decision,
          by: row.by ?? null,
          byName: row.byName,
          comment: row.comment,
          at: row.at.toISOString(),
        })),
      policy: {
        revision: policy.revision,
        approvals: policy.approvals,
        approvers: policy.approvers,
        selfApproval: policy.selfApproval,
        coolDownMinutes: policy.coolDownMinutes,
        autoPromote: policy.autoPromote,
        guardrail: policy.guardrail,
      },
      goingBack: back,
    };
  }

  private async withDigest(em: EntityManager, ref: DatasetVersionRef): Promise<Record<string, unknown>> {
    try {
      const data = await this.datasets.resolve(em, ref.dataset, ref.version);
      // A data set of the same name that was made again is another one.
      if (data.id === ref.id) return { ...ref, sha256: data.sha256, rows: data.rows };
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'not_found') throw error;
    }
    return { ...ref, sha256: null, gone: true };
  }
}
