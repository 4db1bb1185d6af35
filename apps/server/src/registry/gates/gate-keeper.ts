import type { GateStanding, Judgement } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { AliasEntity } from '../aliases/alias.entity.js';
import { ModelVersionEntity, type ModelVersionRow } from '../versions/model-version.entity.js';
import { GateEntity, type GateRow } from './gate.entity.js';
import { JudgementEntity, type JudgementRow } from './judgement.entity.js';

export interface Standing {
  readonly gate: GateRow;
  readonly standing: GateStanding['standing'];
  readonly judgement: JudgementRow | null;
}

/** Whether the gates of an alias let a version through. */
@Injectable()
export class GateKeeper {
  /**
   * The version to compare with: the one that the alias names, or named last. An alias that is taken away and made again
   * would otherwise be a way round every comparison.
   */
  async incumbentOf(em: EntityManager, modelId: string, alias: string): Promise<ModelVersionRow | null> {
    const row = await em.findOne(AliasEntity, { modelId, alias });
    if (row) return em.findOne(ModelVersionEntity, { id: row.versionId });
    const [last] = await em.execute<{ from_version: number | null }[]>(
      `select from_version from alias_event where model_id = ? and alias = ? order by revision desc limit 1`,
      [modelId, alias],
    );
    return last?.from_version == null ? null : em.findOne(ModelVersionEntity, { modelId, number: last.from_version });
  }

  /** Where every enabled gate stands for the version: of one alias, or of all. */
  async standings(em: EntityManager, version: ModelVersionRow, alias?: string): Promise<Standing[]> {
    const gates = await em.find(
      GateEntity,
      { modelId: version.modelId, enabled: true, ...(alias === undefined ? {} : { alias }) },
      { orderBy: { alias: 'asc', name: 'asc' } },
    );
    if (gates.length === 0) return [];
    const verdicts = await em.find(
      JudgementEntity,
      { versionId: version.id, gateId: { $in: gates.map((gate) => gate.id) } },
      { orderBy: { at: 'desc', id: 'desc' } },
    );
    const incumbents = new Map<string, string | null>();
    for (const { alias: guarded } of gates)
      if (!incumbents.has(guarded)) incumbents.set(guarded, otherThan(version, await this.incumbentOf(em, version.modelId, guarded)));
    return gates.map((gate) => {
      const own = verdicts.filter((verdict) => verdict.gateId === gate.id);
      const counting = own.find(
        (verdict) => verdict.gateRevision === gate.revision && (verdict.incumbentId ?? null) === incumbents.get(gate.alias),
      );
      if (counting) return { gate, standing: counting.verdict, judgement: counting };
      const outdated = own[0] ?? null;
      return { gate, standing: outdated ? 'outdated' : 'missing', judgement: outdated };
    });
  }
}

/** The verdicts that passed, as evidence for a move. */
export function evidenceOf(standings: readonly Standing[]): Record<string, unknown>[] {
  return standings.flatMap(({ judgement, gate, standing }) =>
    judgement && standing !== 'outdated'
      ? [
          {
            gate: judgement.gateName,
            required: gate.required,
            revision: judgement.gateRevision,
            validator: judgement.validator,
            judgement: judgement.id,
            verdict: judgement.verdict,
            incumbent: judgement.incumbent ?? null,
            findings: judgement.findings.map(({ check, outcome, message, observed }) => ({
              check: check.type,
              severity: check.severity,
              outcome,
              message,
              ...(observed === undefined ? {} : { observed }),
            })),
            at: judgement.at.toISOString(),
          },
        ]
      : [],
  );
}

/** A version is not compared with itself. */
export function otherThan(version: ModelVersionRow, incumbent: ModelVersionRow | null): string | null {
  return incumbent && incumbent.id !== version.id ? incumbent.id : null;
}

export function toStanding(one: Standing): GateStanding {
  const { gate, standing, judgement } = one;
  return {
    gate: gate.name,
    alias: gate.alias,
    required: gate.required,
    standing,
    judgement: judgement?.id ?? null,
    message: inWords(one),
  };
}

/** One sentence for people: the gate, where it stands, and the first finding that says why. */
export function inWords({ gate, standing, judgement }: Standing): string {
  if (standing === 'missing') return `${gate.name} has not judged this version yet.`;
  if (standing === 'outdated')
    return `${gate.name} has judged this version, but the gate or the version that holds ${gate.alias} has changed since.`;
  return `${gate.name}: ${standing}. ${judgement ? reasonOf(judgement.findings, judgement.verdict) : ''}`.trim();
}

function reasonOf(findings: Judgement['findings'] | JudgementRow['findings'], verdict: Judgement['verdict']): string {
  const telling = findings.find((finding) => finding.outcome === verdict && finding.check.severity === 'critical') ?? findings[0];
  return telling?.message ?? '';
}
