import type { Signature } from '@crisol/contracts';
import { cleanModel, decodeModel, describeModel, encodeModel, judgeModel } from '@crisol/onnx';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JobFailure } from '../../platform/jobs/job-handler.js';
import { bindModel } from '../admission/bind-model.js';
import { loadVersion, type LoadedVersion } from '../gates/version-scorer.js';
import type { ModelBinding } from '../runtime/model-binding.js';

export interface CandidateFile {
  readonly label: string;
  readonly signature: Signature;
  readonly path: string;
  /** Null for a run's model, which nobody has admitted: it goes through the same gate and cleaning here. */
  readonly binding: ModelBinding | null;
}

/** Loads a candidate's graph. @throws JobFailure for a run's model that admission would refuse too */
export async function openCandidate(file: CandidateFile, workFolder: string, index: number): Promise<LoadedVersion> {
  const { label, signature, path, binding } = file;
  if (binding) return loadVersion({ path, signature, binding });
  const model = decodeModel(await readFile(path));
  const verdict = judgeModel(model);
  if (!verdict.admitted)
    throw new JobFailure('model_refused', `${label} cannot be run: ${verdict.reasons.map(({ message }) => message).join(' ')}`);
  const cleaned = cleanModel(model);
  const bound = bindModel(signature, describeModel(cleaned));
  if (!bound.ok) throw new JobFailure('model_refused', `${label} cannot be run: ${bound.message}`);
  const own = join(workFolder, `candidate-${index}.onnx`);
  await writeFile(own, encodeModel(cleaned));
  return loadVersion({ path: own, signature, binding: bound.binding });
}
