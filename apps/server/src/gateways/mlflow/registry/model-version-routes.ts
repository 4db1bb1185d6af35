import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../platform/auth/actor.js';
import { Database } from '../../../platform/database/database.js';
import type { ModelRow } from '../../../registry/models/model.entity.js';
import { activeStages, stageOf, StagesService } from '../../../registry/stages/stages.service.js';
import { ClientVersions } from '../../../registry/versions/client-versions.js';
import type { ModelVersionRow } from '../../../registry/versions/model-version.entity.js';
import { SourceResolver } from '../../../registry/versions/source-resolver.js';
import { VersionChanges } from '../../../registry/versions/version-changes.js';
import { VersionContents } from '../../../registry/versions/version-contents.js';
import { versionById } from '../../../registry/versions/version-records.js';
import { VersionSearch } from '../../../registry/versions/version-search.js';
import { Statements } from '../../../platform/database/statements.js';
import { invalid, missing } from '../mlflow-error.js';
import { MlflowInput, queryInput } from '../mlflow-input.js';
import { mlflowPaths, type MlflowCall, type MlflowRoute, type MlflowRoutes } from '../mlflow-route.js';
import { toVersionAnswer } from './registry-answers.js';
import { boundedText, flag, pageSize, readTag, readTags, refusingFilters, requiredVersion, versionNumber } from './registry-input.js';
import { noVersion, RegistryLookup } from './registry-lookup.js';

type Handle = (call: MlflowCall, input: MlflowInput) => Promise<object | undefined>;

/** `model-versions/…`: versions, their stages, and their files. */
@Injectable()
export class ModelVersionRoutes implements MlflowRoutes {
  constructor(
    private readonly database: Database,
    private readonly statements: Statements,
    private readonly lookup: RegistryLookup,
    private readonly search: VersionSearch,
    private readonly made: ClientVersions,
    private readonly changes: VersionChanges,
    private readonly stages: StagesService,
    private readonly sources: SourceResolver,
    private readonly contents: VersionContents,
  ) {}

  routes(): readonly MlflowRoute[] {
    const route = (method: MlflowRoute['method'], path: string, need: MlflowRoute['need'], handle: Handle): MlflowRoute => ({
      method,
      path,
      need,
      handle: (call) => handle(call, method === 'GET' ? queryInput(call.input, ['order_by']) : new MlflowInput(call.input)),
    });
    const on = (method: MlflowRoute['method'], path: string, need: MlflowRoute['need'], handle: Handle): MlflowRoute[] =>
      mlflowPaths(`model-versions/${path}`).map((full) => route(method, full, need, handle));
    const read = 'models:read';
    const write = 'models:write';
    return [
      ...on('POST', 'create', write, (call, input) => this.create(call.actor, input)),
      ...on('PATCH', 'update', write, (call, input) => this.update(call.actor, input)),
      ...on('POST', 'transition-stage', 'models:promote', (call, input) => this.transition(call, input)),
      ...on('DELETE', 'delete', write, (call, input) => this.remove(call.actor, input)),
      ...on('GET', 'get', read, (_call, input) => this.get(input)),
      ...on('GET', 'search', read, (call, input) => this.find(call, input)),
      ...on('GET', 'get-download-uri', read, (_call, input) => this.downloadUri(input)),
      ...on('POST', 'set-tag', write, (call, input) => this.setTag(call.actor, input)),
      ...on('DELETE', 'delete-tag', write, (call, input) => this.deleteTag(call.actor, input)),
      route('GET', '/model-versions/get-artifact', read, (call, input) => this.artifact(call, input)),
    ];
  }

  private async create(actor: Actor, input: MlflowInput): Promise<object> {
    const model = input.requiredText('name');
    const source = input.requiredText('source');
    const id = await this.made.create(actor, {
      model,
      source,
      run: input.text('run_id') ?? '',
      loggedModel: input.text('model_id') ?? '',
      description: boundedText(input, 'description'),
      runLink: boundedText(input, 'run_link'),
      tags: readTags(input),
    });
    const row = await versionById(this.statements.run, id);
    if (!row) throw noVersion(model, 'new');
    return { model_version: toVersionAnswer(row, true) };
  }

  private async get(input: MlflowInput): Promise<object> {
    const name = input.requiredText('name');
    const version = input.requiredText('version');
    return { model_version: toVersionAnswer(await this.lookup.version(name, versionNumber(version), version), true) };
  }

  private async update(actor: Actor, input: MlflowInput): Promise<object> {
    const description = boundedText(input, 'description');
    return this.change(input, (em, model, row) => this.changes.describe(em, actor, model, row, { description }));
  }

  private async transition({ actor, input: fields }: MlflowCall, input: MlflowInput): Promise<object> {
    const archiveOthers = flag(input, fields, 'archive_existing_versions');
    const named = input.requiredText('stage');
    const stage = stageOf(named);
    return this.change(input, (em, model, row) => {
      if (archiveOthers && stage !== undefined && !activeStages.includes(stage))
        throw invalid(
          `Model version transition cannot archive existing model versions because '${named}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
        );
      if (!stage) throw invalid(`Invalid Model Version stage: ${named}. Value must be one of None, Staging, Production, Archived.`);
      return this.stages.move(em, actor, model, row, { stage, archiveOthers, comment: '' });
    });
  }

  private async remove(actor: Actor, input: MlflowInput): Promise<object> {
    await this.change(input, (em, model, row) => this.changes.removeWithAliases(em, actor, model, row), false);
    return {};
  }

  private async find(call: MlflowCall, input: MlflowInput): Promise<object> {
    const limit = pageSize(input, call.input, 10_000, 200_000);
    const { rows, nextPageToken } = await refusingFilters(() =>
      this.search.find({
        filter: input.text('filter') ?? '',
        order: input.texts('order_by'),
        limit,
        pageToken: input.text('page_token') ?? '',
      }),
    );
    return {
      ...(rows.length > 0 ? { model_versions: rows.map((row) => toVersionAnswer(row, false)) } : {}),
      ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
    };
  }

  private async downloadUri(input: MlflowInput): Promise<object> {
    const name = input.requiredText('name');
    const version = input.text('version') ?? '';
    const row = await this.lookup.version(name, versionNumber(version), version);
    return { artifact_uri: await this.database.read((em) => this.sources.downloadUri(em, row)) };
  }

  private async setTag(actor: Actor, input: MlflowInput): Promise<object> {
    input.requiredText('name');
    input.requiredText('version');
    const { key, value } = readTag(input.requiredText('key'), input.text('value') ?? '');
    await this.change(input, (em, model, row) => this.changes.describe(em, actor, model, row, { tags: { [key]: value } }), false);
    return {};
  }

  private async deleteTag(actor: Actor, input: MlflowInput): Promise<object> {
    const key = input.requiredText('key');
    await this.change(input, (em, model, row) => this.changes.describe(em, actor, model, row, { tags: { [key]: null } }), false);
    return {};
  }

  private async artifact({ reply }: MlflowCall, input: MlflowInput): Promise<undefined> {
    const name = input.requiredText('name');
    const row = await this.lookup.version(name, requiredVersion(input));
    const path = input.requiredText('path');
    if (path.split(/[/\\]/).includes('..') || path.startsWith('/')) throw invalid('Invalid path');
    const file = await this.contents.open({ modelId: row.model_id, number: row.number }, path);
    if (!file) throw missing(`The version has no file ${path}.`);
    void reply
      .header('content-type', 'application/octet-stream')
      .header('content-length', file.sizeBytes)
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(path.split('/').at(-1) ?? 'file')}`)
      .header('x-content-type-options', 'nosniff')
      .send(file.stream);
    return undefined;
  }

  /** Does something to the version of a locked model in a transaction, and answers with what the version is then. */
  private async change(
    input: MlflowInput,
    work: (em: EntityManager, model: ModelRow, row: ModelVersionRow) => Promise<unknown>,
    answers = true,
  ): Promise<object> {
    const name = input.requiredText('name');
    const version = input.requiredText('version');
    const number = versionNumber(version);
    await this.database.transaction(async (em) => {
      const found = await this.lookup.lockVersion(em, name, number, version);
      await work(em, found.model, found.version);
    });
    return answers ? this.lookup.versionAnswer(name, number) : {};
  }
}
