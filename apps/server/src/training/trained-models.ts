import type { Run, Signature } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { RunsService } from '../experiments/runs.service.js';
import { problem } from '../platform/http/problem.js';
import type { ModelRegistrar } from './model-registrar.port.js';
import { TrainedModelEntity } from './trained-model.entity.js';

export interface ModelOfRun {
  readonly objectKey: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly signature: Signature;
  readonly metrics: Readonly<Record<string, number | string | null>>;
  readonly params: Readonly<Record<string, string>>;
  readonly modelType: string;
  readonly datasetVersion: Run['datasetVersion'];
  readonly importance: readonly { readonly column: string; readonly value: number }[];
}

/** The models that training runs left behind, for whoever makes versions of them. */
@Injectable()
export class TrainedModels {
  private registrar: ModelRegistrar | undefined;

  constructor(private readonly runs: RunsService) {}

  /** Called once by the registry when it starts. */
  useRegistrar(registrar: ModelRegistrar): void {
    this.registrar = registrar;
  }

  register: ModelRegistrar = async (em, actor, request) => {
    if (!this.registrar) throw new Error('The registry has not offered itself yet.');
    return this.registrar(em, actor, request);
  };

  async modelOf(em: EntityManager, runId: string): Promise<ModelOfRun> {
    const run = await this.runs.find(em, runId);
    const model = await em.findOne(TrainedModelEntity, { runId });
    if (!model)
      throw problem('run_not_finished', {
        detail: `Run ${runId} is ${run.state} and left no model behind; register a run that succeeded.`,
      });
    const metrics = run.evaluation?.['metrics'];
    return {
      objectKey: model.objectKey,
      sizeBytes: model.sizeBytes,
      sha256: model.sha256,
      signature: model.signature,
      metrics: isMetrics(metrics) ? metrics : {},
      params: run.params,
      modelType: model.modelType,
      datasetVersion: run.datasetVersion ?? null,
      importance: model.importance,
    };
  }
}

function isMetrics(value: unknown): value is Record<string, number | string | null> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
