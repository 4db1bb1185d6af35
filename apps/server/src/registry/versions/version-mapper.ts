import type { Admission, ModelVersion } from '@crisol/contracts';
import type { AdmissionRow } from '../admission/admission.entity.js';
import { storedMetric } from '../models/model-summaries.js';
import type { ModelRow } from '../models/model.entity.js';
import { howToServe } from './how-to-serve.js';
import type { ModelVersionRow } from './model-version.entity.js';

/** What is stored about a version, as the API shows it. */
export function toModelVersion(
  model: Pick<ModelRow, 'id' | 'name'>,
  version: ModelVersionRow,
  admission: AdmissionRow,
  aliases: readonly string[],
): ModelVersion {
  return {
    id: version.id,
    model: { id: model.id, name: model.name },
    version: version.number,
    description: version.description,
    aliases: [...aliases],
    task: version.task ?? null,
    signature: version.signature ?? null,
    signatureHash: version.signatureHash ?? null,
    flavors: [...version.flavors],
    stage: version.stage,
    source: version.source,
    loggedModel: version.loggedModel ?? null,
    howToServe: admission.state === 'stored' ? howToServe(version.flavors, model.name) : null,
    lifecycle: version.deletedAt ? 'deleted' : 'active',
    metrics: Object.fromEntries(Object.entries(version.metrics).map(([name, value]) => [name, storedMetric(value)])),
    params: version.params,
    modelType: version.modelType,
    admission: toAdmission(admission),
    sizeBytes: version.sizeBytes,
    sha256: version.sha256 ?? null,
    run: version.runId ?? null,
    datasetVersion: version.datasetVersion ? { ...version.datasetVersion } : null,
    origin: version.origin,
    parity: version.parity ?? null,
    tags: version.tags,
    createdAt: version.createdAt.toISOString(),
    createdBy: version.createdBy ?? null,
    updatedAt: new Date(Math.max(version.updatedAt.getTime(), admission.finishedAt?.getTime() ?? 0)).toISOString(),
    revision: revisionOf(version, admission),
  };
}

function toAdmission(row: AdmissionRow): Admission {
  return { ...row.report, state: row.state, lane: row.lane ?? null, finishedAt: row.finishedAt?.toISOString() ?? null };
}

/** Both rows change, and each counts up. */
export function revisionOf(version: Pick<ModelVersionRow, 'revision'>, admission: Pick<AdmissionRow, 'revision'>): number {
  return version.revision + admission.revision - 1;
}
