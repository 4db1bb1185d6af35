import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { runIn, Statements } from '../../../platform/database/statements.js';
import { modelByName, modelsWithLatest, type ModelRecord } from '../../../registry/models/model-records.js';
import type { ModelRow } from '../../../registry/models/model.entity.js';
import { ModelsService } from '../../../registry/models/models.service.js';
import type { ModelVersionRow } from '../../../registry/versions/model-version.entity.js';
import { versionByNumber, type VersionRecord } from '../../../registry/versions/version-records.js';
import { VersionsService } from '../../../registry/versions/versions.service.js';
import { missing } from '../mlflow-error.js';
import { toModelAnswer, toVersionAnswer } from './registry-answers.js';

/** Finds models and versions as this protocol names them, and says in its words that there are none. */
@Injectable()
export class RegistryLookup {
  constructor(
    private readonly statements: Statements,
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
  ) {}

  async model(name: string): Promise<ModelRecord> {
    const found = await modelByName(this.statements.run, name);
    if (!found) throw noModel(name);
    return found;
  }

  async version(name: string, number: number, as = String(number)): Promise<VersionRecord> {
    const found = number > 0 ? await versionByNumber(this.statements.run, name, number) : undefined;
    if (!found) throw noVersion(name, as);
    return found;
  }

  /** The model, held until the transaction ends. */
  async lockModel(em: EntityManager, name: string): Promise<ModelRow> {
    const found = await modelByName(runIn(em), name);
    if (!found) throw noModel(name);
    return this.models.lock(em, found.id);
  }

  async lockVersion(em: EntityManager, name: string, number: number, as: string): Promise<{ model: ModelRow; version: ModelVersionRow }> {
    const found = number > 0 ? await versionByNumber(runIn(em), name, number) : undefined;
    if (!found) throw noVersion(name, as);
    const model = await this.models.lock(em, found.model_id);
    return { model, version: await this.versions.row(em, model, found.id) };
  }

  async modelAnswer(id: string): Promise<object> {
    const [found] = await modelsWithLatest(this.statements.run, [id]);
    if (!found) throw noModel(id);
    return { registered_model: toModelAnswer(found, found.latest) };
  }

  async versionAnswer(name: string, number: number): Promise<object> {
    return { model_version: toVersionAnswer(await this.version(name, number), true) };
  }
}

export const noModel = (name: string): Error => missing(`Registered Model with name=${name} not found`);
export const noVersion = (name: string, version: string): Error => missing(`Model Version (name=${name}, version=${version}) not found`);
