import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../platform/auth/actor.js';
import { Database } from '../../../platform/database/database.js';
import { Statements } from '../../../platform/database/statements.js';
import { AliasesService } from '../../../registry/aliases/aliases.service.js';
import { ModelChanges } from '../../../registry/models/model-changes.js';
import { modelByName } from '../../../registry/models/model-records.js';
import { ModelSearch } from '../../../registry/models/model-search.js';
import type { ModelRow } from '../../../registry/models/model.entity.js';
import { stageOf } from '../../../registry/stages/stages.service.js';
import { latestVersions, newestVersion, versionByAlias } from '../../../registry/versions/version-records.js';
import { alreadyExists, invalid } from '../mlflow-error.js';
import { MlflowInput, queryInput } from '../mlflow-input.js';
import { mlflowPaths, type MlflowCall, type MlflowRoute, type MlflowRoutes } from '../mlflow-route.js';
import { toModelAnswer, toVersionAnswer } from './registry-answers.js';
import {
  boundedText,
  newAliasName,
  newModelName,
  pageSize,
  readTag,
  readTags,
  refusingFilters,
  requiredVersion,
} from './registry-input.js';
import { RegistryLookup } from './registry-lookup.js';

type Handle = (call: MlflowCall, input: MlflowInput) => Promise<object>;

/** `registered-models/…`: models and their aliases. */
@Injectable()
export class RegisteredModelRoutes implements MlflowRoutes {
  constructor(
    private readonly database: Database,
    private readonly statements: Statements,
    private readonly lookup: RegistryLookup,
    private readonly search: ModelSearch,
    private readonly changes: ModelChanges,
    private readonly aliases: AliasesService,
  ) {}

  routes(): readonly MlflowRoute[] {
    const on = (method: MlflowRoute['method'], path: string, need: MlflowRoute['need'], handle: Handle): MlflowRoute[] =>
      mlflowPaths(`registered-models/${path}`).map((full) => ({
        method,
        path: full,
        need,
        handle: (call) => handle(call, method === 'GET' ? queryInput(call.input, ['order_by', 'stages']) : new MlflowInput(call.input)),
      }));
    const read = 'models:read';
    const write = 'models:write';
    return [
      ...on('POST', 'create', write, (call, input) => this.create(call.actor, input)),
      ...on('POST', 'rename', write, (call, input) => this.rename(call.actor, input)),
      ...on('PATCH', 'update', write, (call, input) => this.update(call.actor, input)),
      ...on('DELETE', 'delete', write, (call, input) => this.remove(call.actor, input)),
      ...on('GET', 'get', read, async (_call, input) => this.lookup.modelAnswer((await this.lookup.model(input.requiredText('name'))).id)),
      ...on('GET', 'search', read, (call, input) => this.find(call, input)),
      ...on('GET', 'get-latest-versions', read, (_call, input) => this.latest(input)),
      ...on('POST', 'get-latest-versions', read, (_call, input) => this.latest(input)),
      ...on('POST', 'set-tag', write, (call, input) => this.setTag(call.actor, input)),
      ...on('DELETE', 'delete-tag', write, (call, input) => this.deleteTag(call.actor, input)),
      ...on('GET', 'alias', read, (_call, input) => this.byAlias(input)),
      ...on('POST', 'alias', 'models:promote', (call, input) => this.moveAlias(call.actor, input)),
      ...on('DELETE', 'alias', 'models:promote', (call, input) => this.removeAlias(call.actor, input)),
    ];
  }

  private async create(actor: Actor, input: MlflowInput): Promise<object> {
    const name = newModelName(input.requiredText('name'));
    const tags = readTags(input);
    const description = boundedText(input, 'description');
    await this.database.transaction(async (em) => {
      const made = await this.changes.add(em, actor, { name, description, tags });
      if (!made) throw alreadyExists(`Registered Model (name=${name}) already exists.`);
    });
    const row = await this.lookup.model(name);
    return { registered_model: toModelAnswer(row, []) };
  }

  private async rename(actor: Actor, input: MlflowInput): Promise<object> {
    const name = input.requiredText('name');
    const to = newModelName(input.requiredText('new_name'));
    const id = await this.withModel(name, async (em, model) => {
      if (to !== name && (await modelByName(this.statements.run, to))) throw alreadyExists(`Registered Model (name=${to}) already exists.`);
      await this.changes.rename(em, actor, model, to);
    });
    return this.lookup.modelAnswer(id);
  }

  private async update(actor: Actor, input: MlflowInput): Promise<object> {
    const name = input.requiredText('name');
    const description = boundedText(input, 'description');
    return this.lookup.modelAnswer(await this.withModel(name, (em, model) => this.changes.describe(em, actor, model, { description })));
  }

  private async remove(actor: Actor, input: MlflowInput): Promise<object> {
    await this.withModel(input.requiredText('name'), (em, model) => this.changes.remove(em, actor, model));
    return {};
  }

  private async find(call: MlflowCall, input: MlflowInput): Promise<object> {
    const limit = pageSize(input, call.input, 100, 1000);
    const { rows, nextPageToken } = await refusingFilters(() =>
      this.search.find({
        filter: input.text('filter') ?? '',
        order: input.texts('order_by'),
        limit,
        pageToken: input.text('page_token') ?? '',
      }),
    );
    return {
      ...(rows.length > 0 ? { registered_models: rows.map((row) => toModelAnswer(row, row.latest)) } : {}),
      ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
    };
  }

  private async latest(input: MlflowInput): Promise<object> {
    const model = await this.lookup.model(input.requiredText('name'));
    const named = input.texts('stages').map((name) => {
      const stage = stageOf(name);
      if (!stage) throw invalid(`Invalid Model Version stage: ${name}. Value must be one of None, Staging, Production, Archived.`);
      return stage;
    });
    const rows = await latestVersions(this.statements.run, [model.id]);
    const shown = named.length === 0 ? rows : rows.filter(({ stage }) => named.includes(stage));
    return shown.length === 0 ? {} : { model_versions: shown.map((row) => toVersionAnswer(row, true)) };
  }

  private async setTag(actor: Actor, input: MlflowInput): Promise<object> {
    const name = input.requiredText('name');
    const { key, value } = readTag(input.requiredText('key'), input.text('value') ?? '');
    await this.withModel(name, (em, model) => this.changes.describe(em, actor, model, { tags: { [key]: value } }));
    return {};
  }

  private async deleteTag(actor: Actor, input: MlflowInput): Promise<object> {
    const name = input.requiredText('name');
    const key = input.requiredText('key');
    await this.withModel(name, (em, model) => this.changes.describe(em, actor, model, { tags: { [key]: null } }));
    return {};
  }

  private async byAlias(input: MlflowInput): Promise<object> {
    const name = input.requiredText('name');
    const alias = input.requiredText('alias');
    const model = await this.lookup.model(name);
    const { run } = this.statements;
    const found = alias.toLowerCase() === 'latest' ? await newestVersion(run, model.id) : await versionByAlias(run, model.id, alias);
    if (!found) throw invalid(`Registered model alias ${alias} not found.`);
    return { model_version: toVersionAnswer(found, true) };
  }

  private async moveAlias(actor: Actor, input: MlflowInput): Promise<object> {
    const name = input.requiredText('name');
    const alias = newAliasName(input.requiredText('alias'));
    const version = input.requiredText('version');
    const number = requiredVersion(input);
    await this.database.transaction(async (em) => {
      const { model } = await this.lookup.lockVersion(em, name, number, version);
      await this.aliases.move(em, actor, model.id, alias, number, '', 'any');
    });
    return {};
  }

  private async removeAlias(actor: Actor, input: MlflowInput): Promise<object> {
    const name = input.requiredText('name');
    const alias = input.requiredText('alias');
    await this.withModel(name, (em, model) => this.changes.removeAlias(em, actor, model, alias));
    return {};
  }

  /** Does something to the locked model in a transaction, and gives its id. */
  private withModel(name: string, work: (em: EntityManager, model: ModelRow) => Promise<unknown>): Promise<string> {
    return this.database.transaction(async (em) => {
      const model = await this.lookup.lockModel(em, name);
      await work(em, model);
      return model.id;
    });
  }
}
