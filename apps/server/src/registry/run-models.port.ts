import type { Signature } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { DatasetVersionRef } from './versions/model-version.entity.js';

/** The model that a finished run left behind, as the registry needs it. */
export interface RunModel {
  readonly objectKey: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly signature: Signature;
  readonly metrics: Readonly<Record<string, number | string | null>>;
  readonly params: Readonly<Record<string, string>>;
  readonly modelType: string;
  readonly datasetVersion: DatasetVersionRef | null;
  readonly importance: readonly { readonly column: string; readonly value: number }[];
}

/** Where the registry finds the model of a run. The training room provides it. */
export abstract class RunModels {
  /** Throws `not_found` for an unknown run and `run_not_finished` for one without a model. */
  abstract modelOf(em: EntityManager, runId: string): Promise<RunModel>;
}
