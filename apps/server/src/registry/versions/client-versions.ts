import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { runIdOf } from '../../experiments/runs/run-ids.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { runIn } from '../../platform/database/statements.js';
import { problem } from '../../platform/http/problem.js';
import { AdmissionEntity } from '../admission/admission.entity.js';
import { modelByName } from '../models/model-records.js';
import { ModelsService } from '../models/models.service.js';
import { markLoggedModel } from './logged-model-mark.js';
import type { Mlmodel } from './mlmodel.js';
import type { ModelVersionRow } from './model-version.entity.js';
import { SourceResolver, type ResolvedSource } from './source-resolver.js';
import { VersionFiles, versionFolder, type ModelFile } from './version-files.js';
import { VersionsService } from './versions.service.js';

/** A version as a client of MLflow's protocol asks for it. */
export interface NewClientVersion {
  readonly model: string;
  readonly source: string;
  readonly run: string;
  readonly loggedModel: string;
  readonly description: string;
  readonly runLink: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Makes versions of what clients have logged: their files are kept, and an ONNX file among them goes to admission. */
@Injectable()
export class ClientVersions {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
    private readonly sources: SourceResolver,
    private readonly files: VersionFiles,
  ) {}

  /** Gives the id of the version. @throws `not_found`, `validation_failed` */
  create(actor: Actor, given: NewClientVersion): Promise<string> {
    return this.database.transaction(async (em) => {
      const source = await this.sources.resolve(em, given);
      const found = source.folder === null ? [] : await this.files.list(em, source.folder);
      const mlmodel = await this.files.mlmodel(found);
      const named = await modelByName(runIn(em), given.model);
      if (!named) throw problem('not_found', { detail: `Registered Model with name=${given.model} not found` });
      const model = await this.models.lock(em, named.id);
      const graph = onnxOf(found, mlmodel);
      const row = await this.versions.write(em, actor, model, {
        ...(await this.lineageOf(em, source)),
        description: given.description,
        task: null,
        signature: null,
        signatureHash: null,
        modelType: graph.file ? 'onnx' : (mlmodel?.flavors[0] ?? 'mlflow'),
        importance: [],
        objectKey: graph.file?.objectKey ?? null,
        sizeBytes: graph.file?.sizeBytes ?? found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        sha256: graph.file?.sha256 ?? null,
        tags: { ...given.tags },
        origin: '',
        parity: null,
        flavors: [...(mlmodel?.flavors ?? [])],
        source: given.source,
        sourceRun: source.run,
        runLink: given.runLink,
        loggedModel: source.loggedModel,
        location: source.location,
        userName: actor.name,
      });
      model.updatedAt = row.createdAt;
      await this.files.keep(em, versionFolder(model.id, row.number), found);
      if (graph.file) await this.versions.submitAdmission(em, actor, row.id);
      else await this.store(em, row, graph.reason);
      if (source.loggedModel !== null) await markLoggedModel(em, source.loggedModel, model.name, row.number);
      return row.id;
    });
  }

  private async store(em: EntityManager, row: ModelVersionRow, message: string): Promise<void> {
    await em.insert(AdmissionEntity, {
      versionId: row.id,
      state: 'stored',
      report: { steps: [], reasons: [{ rule: 'no_onnx', message }], latency: [], operators: [], memoryBytes: null },
      aliasWhenAdmitted: null,
      finishedAt: new Date(),
      revision: 1,
    });
  }

  /** What the run of a version knows: last values of its metrics, its parameters, its data. */
  private async lineageOf(
    em: EntityManager,
    { run }: ResolvedSource,
  ): Promise<Pick<ModelVersionRow, 'runId' | 'metrics' | 'params' | 'datasetVersion'>> {
    const id = runIdOf(run);
    const [row] =
      id === undefined
        ? []
        : await em.execute<
            {
              params: Record<string, string>;
              dataset_version: ModelVersionRow['datasetVersion'];
              metrics: Record<string, number | string> | null;
            }[]
          >(
            `select r.params, r.dataset_version,
               (select json_object_agg(s.name, s.last) from (select name, last from metric_series where run_num = r.num order by name limit 500) s) as metrics
             from run r where r.id = ?`,
            [id],
          );
    if (!row || id === undefined) return { runId: null, metrics: {}, params: {}, datasetVersion: null };
    return { runId: id, metrics: row.metrics ?? {}, params: row.params, datasetVersion: row.dataset_version ?? null };
  }
}

/** The graph among a model's files: the one that the ONNX flavour names, or the only one that there is. */
function onnxOf(files: readonly ModelFile[], mlmodel: Mlmodel | undefined): { file: ModelFile | null; reason: string } {
  const named = mlmodel?.onnxPath == null ? undefined : files.find(({ path }) => path === mlmodel.onnxPath);
  if (named) return { file: named, reason: '' };
  const graphs = files.filter(({ path }) => path.toLowerCase().endsWith('.onnx'));
  const [only] = graphs;
  if (only && graphs.length === 1) return { file: only, reason: '' };
  if (files.length === 0) return { file: null, reason: 'There are no files at its source that this server holds.' };
  if (graphs.length > 1)
    return { file: null, reason: `There are ${graphs.length} ONNX files in it, and nothing says which of them is the model.` };
  return { file: null, reason: 'There is no ONNX file in it; a pickle is kept and given back, and never loaded here.' };
}
