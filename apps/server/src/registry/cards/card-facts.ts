import type { ModelCard } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { LineageService } from '../../lineage/lineage.service.js';
import { People } from '../../platform/auth/users/people.js';
import { ProblemError } from '../../platform/http/problem.js';
import { AdmissionEntity } from '../admission/admission.entity.js';
import { AliasEntity } from '../aliases/alias.entity.js';
import { JudgementEntity, type JudgementRow } from '../gates/judgement.entity.js';
import { ModelUsers } from '../models/model-users.js';
import type { ModelRow } from '../models/model.entity.js';
import type { ModelVersionRow } from '../versions/model-version.entity.js';
import { limitsOf } from './limits.js';

type Facts = ModelCard['facts'];

/** How far from the version its lineage is told. */
const lineageDepth = 3;
const shownSlices = 200;

/** What the platform knows of a version, for its card. */
@Injectable()
export class CardFacts {
  constructor(
    private readonly datasets: DatasetsService,
    private readonly lineage: LineageService,
    private readonly people: People,
    private readonly users: ModelUsers,
  ) {}

  async of(em: EntityManager, model: ModelRow, version: ModelVersionRow): Promise<Facts> {
    const admission = await em.findOneOrFail(AdmissionEntity, { versionId: version.id });
    const aliases = (await em.find(AliasEntity, { versionId: version.id }, { orderBy: { alias: 'asc' } })).map(({ alias }) => alias);
    const verdicts = await this.newestVerdicts(em, version);
    const rows = await this.rowsOf(em, version);
    return {
      task: version.task ?? null,
      modelType: version.modelType,
      trainedOn: version.datasetVersion ? { dataset: version.datasetVersion.dataset, version: version.datasetVersion.version, rows } : null,
      run: version.runId ?? null,
      origin: version.origin,
      metrics: Object.fromEntries(Object.entries(version.metrics).map(([name, value]) => [name, typeof value === 'number' ? value : null])),
      slices: verdicts
        .flatMap(({ gateName, findings }) =>
          findings.flatMap(({ slices = [] }) =>
            slices.map((slice) => ({ gate: gateName, slice: slice.name, rows: slice.rows, value: slice.value, passed: slice.passed })),
          ),
        )
        .slice(0, shownSlices),
      fairness: verdicts
        .filter(({ validator }) => validator === 'fairness')
        .flatMap(({ findings }) => findings.map(({ check, outcome, message }) => ({ check: check.type, outcome, message }))),
      gates: verdicts.map(({ gateName, verdict, at }) => ({ gate: gateName, verdict, at: at.toISOString() })),
      inputs: (version.signature?.inputs ?? []).map(({ name, type }) => ({ name, type })),
      limits: limitsOf({ version, admission, verdicts }),
      lineage: await this.lineageOf(version),
      aliases,
      endpoints: await this.endpointsOf(em, model, version, aliases),
      sizeBytes: version.sizeBytes,
      sha256: version.sha256 ?? null,
      createdAt: version.createdAt.toISOString(),
      createdBy: (await this.people.behind(em, version.createdBy ?? null))?.name ?? (version.userName === '' ? 'system' : version.userName),
    };
  }

  /** The last verdict of each gate, whatever alias it guards. */
  private async newestVerdicts(em: EntityManager, version: ModelVersionRow): Promise<JudgementRow[]> {
    const rows = await em.find(JudgementEntity, { versionId: version.id }, { orderBy: { at: 'desc', id: 'desc' }, limit: 500 });
    const newest = new Map<string, JudgementRow>();
    for (const row of rows) if (!newest.has(row.gateName)) newest.set(row.gateName, row);
    return [...newest.values()].sort((a, b) => (a.gateName < b.gateName ? -1 : 1));
  }

  private async rowsOf(em: EntityManager, { datasetVersion: ref }: ModelVersionRow): Promise<number | null> {
    if (!ref) return null;
    try {
      const data = await this.datasets.resolve(em, ref.dataset, ref.version);
      return data.id === ref.id ? data.rows : null;
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'not_found') return null;
      throw error;
    }
  }

  private async lineageOf({ id }: ModelVersionRow): Promise<Facts['lineage']> {
    try {
      const { nodes } = await this.lineage.graph({ node: id, direction: 'both', depth: lineageDepth });
      return nodes.flatMap((node) => (node.id === id ? [] : [{ kind: node.kind, name: node.name }]));
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'not_found') return [];
      throw error;
    }
  }

  private async endpointsOf(em: EntityManager, model: ModelRow, version: ModelVersionRow, aliases: readonly string[]): Promise<string[]> {
    const users = await this.users.find(em, [model.id]);
    const own = users.filter((user) => user.version === version.number || (user.alias !== undefined && aliases.includes(user.alias)));
    return [...new Set(own.map(({ name }) => name))].sort();
  }
}
