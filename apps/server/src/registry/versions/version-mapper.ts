import type { Admission, ModelVersion } from '@crisol/contracts';
import type { AdmissionRow } from '../admission/admission.entity.js';
import { storedMetric } from '../models/model-summaries.js';
import type { ModelRow } from '../models/model.entity.js';
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
    task: version.task,
    signature: version.signature,
    signatureHash: version.signatureHash,
    metrics: Object.fromEntries(Object.entries(version.metrics).map(([name, value]) => [name, storedMetric(value)])),
    params: version.params,
    modelType: version.modelType,
    admission: toAdmission(admission),
    sizeBytes: version.sizeBytes,
    sha256: version.sha256,
    run: version.runId ?? null,
    datasetVersion: version.datasetVersion ? { ...version.datasetVersion } : null,
    origin: version.origin,
    parity: version.parity ?? null,
    tags: version.tags,
    createdAt: version.createdAt.toISOString(),
    createdBy: version.createdBy ?? null,
    updatedAt: (admission.finishedAt ?? version.createdAt).toISOString(),
    revision: admission.revision,
  };
}

function toAdmission(row: AdmissionRow): Admission {
  return { ...row.report, state: row.state, lane: row.lane ?? null, finishedAt: row.finishedAt?.toISOString() ?? null };
}
