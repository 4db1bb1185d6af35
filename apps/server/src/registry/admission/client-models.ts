import type { BroughtSignature } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import { posix } from 'node:path';
import { Database } from '../../platform/database/database.js';
import { ProblemError } from '../../platform/http/problem.js';
import { PluginHost } from '../../platform/plugins/plugin-host.js';
import { ObjectStorage } from '../../platform/storage/object-storage.port.js';
import { ModelTypes } from '../../training/model-types.js';
import type { MlmodelColumn } from '../versions/mlmodel.js';
import type { ModelVersionRow } from '../versions/model-version.entity.js';
import { versionFolder, VersionFiles, type ModelFile } from '../versions/version-files.js';
import type { PreparedClientModel } from './client-model.js';

/** The model type that reads graphs which were made elsewhere. */
const reader = 'onnx';
/** Files of this much may lie beside a graph and be read with it. */
const besideLimitBytes = 2 * 1024 ** 3;
const besideLimit = 20;
/** What MLflow writes into every model, and what is never data of a graph. */
const notData = /^(MLmodel|.*\.(ya?ml|txt|json|md|pkl|skops|py|onnx))$/i;

const types: Readonly<Record<string, 'number' | 'integer' | 'boolean' | 'text'>> = {
  double: 'number',
  float: 'number',
  integer: 'integer',
  long: 'integer',
  boolean: 'boolean',
  string: 'text',
};

/** Gathers what is known of a model that a client has logged, for its admission. */
@Injectable()
export class ClientModels {
  constructor(
    private readonly database: Database,
    private readonly storage: ObjectStorage,
    private readonly plugins: PluginHost,
    private readonly modelTypes: ModelTypes,
    private readonly files: VersionFiles,
  ) {}

  async prepare(version: ModelVersionRow): Promise<PreparedClientModel> {
    const kept = await this.database.transaction((em) => this.files.list(em, versionFolder(version.modelId, version.number)));
    const mlmodel = await this.files.mlmodel(kept);
    const files: { name: string; path: string }[] = [];
    for (const file of besideOf(kept, version.objectKey ?? ''))
      files.push({ name: posix.basename(file.path), path: await this.storage.localPath(file.objectKey) });
    return { files, reader: this.reader(), signature: signatureOf(mlmodel?.inputs ?? null) };
  }

  private reader(): PreparedClientModel['reader'] {
    try {
      const params = this.modelTypes.parseParams(this.modelTypes.find(reader), {});
      return { plugin: this.plugins.reference('model-type', reader), params };
    } catch (error) {
      if (error instanceof ProblemError) return `Nothing here reads ONNX files that were made elsewhere: ${error.message}`;
      throw error;
    }
  }
}

/** Files in the folder of the graph that may hold its numbers. */
function besideOf(files: readonly ModelFile[], graphKey: string): ModelFile[] {
  const graph = files.find(({ objectKey }) => objectKey === graphKey);
  if (!graph) return [];
  const found = files.filter(({ path }) => posix.dirname(path) === posix.dirname(graph.path) && !notData.test(posix.basename(path)));
  const size = found.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return found.length <= besideLimit && size <= besideLimitBytes ? found : [];
}

/** Columns as MLflow's signature names them; a type that is no column of ours is left to the graph. */
function signatureOf(columns: readonly MlmodelColumn[] | null): BroughtSignature {
  if (columns === null) return {};
  return {
    inputs: columns.map(({ name, type, nullable }) => {
      const known = types[type];
      return { name, ...(known === undefined ? {} : { type: known }), ...(nullable ? { nullable } : {}) };
    }),
  };
}
