import type { GateStanding, Judgement } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { problem } from '../../platform/http/problem.js';
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

  /**
   * The verdicts that let the version have the alias, as evidence for the move.
   * @throws `gate_failed` naming each gate that does not stand open, and what to run
   */
  async letThrough(em: EntityManager, model: string, version: ModelVersionRow, alias: string): Promise<Record<string, unknown>[]> {
    const standings = await this.standings(em, version, alias);
    const required = standings.filter(({ gate }) => gate.required);
    const shut = required.filter(({ standing }) => standing !== 'passed');
    if (shut.length > 0) {
      const judge = `POST /api/v1/models/${encodeURIComponent(model)}/versions/${version.number}/judgements with {"alias": ${JSON.stringify(alias)}}`;
      const again = shut.some(({ standing }) => standing === 'missing' || standing === 'outdated');
      throw problem('gate_failed', {
        detail: `Version ${version.number} lacks ${shut.length} of ${required.length} gates of ${alias}: ${shut.map(({ gate, standing }) => `${gate.name} (${standing})`).join(', ')}. ${again ? `To have it judged: ${judge}.` : 'Its findings say why.'}`,
        errors: shut.map((one) => ({ pointer: '/version', code: `gate_${one.standing}`, message: inWords(one) })),
      });
    }
    return standings.flatMap(({ judgement, standing }) =>
      judgement && standing === 'passed'
        ? [
            {
              gate: judgement.gateName,
              revision: judgement.gateRevision,
              judgement: judgement.id,
              verdict: judgement.verdict,
              incumbent: judgement.incumbent ?? null,
              findings: judgement.findings.map(({ check, outcome, message }) => ({ check: check.type, outcome, message })),
              at: judgement.at.toISOString(),
            },
          ]
        : [],
    );
  }
}

/** A version is not compared with itself. */
export function otherThan(version: ModelVersionRow, incumbent: ModelVersionRow | null): string | null {
  return incumbent && incumbent.id !== version.id ? incumbent.id : null;
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
