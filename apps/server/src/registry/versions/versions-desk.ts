import type { ModelVersion, UpdateVersion } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { problem } from '../../platform/http/problem.js';
import { checkRevision } from '../../platform/http/revision.js';
import { AdmissionEntity } from '../admission/admission.entity.js';
import { ModelsService } from '../models/models.service.js';
import { VersionChanges } from './version-changes.js';
import type { VersionPlace } from './version-contents.js';
import { revisionOf } from './version-mapper.js';
import { VersionsService } from './versions.service.js';

/** What callers of our own API do to versions: one transaction a call, over the rules of `VersionChanges`. */
@Injectable()
export class VersionsDesk {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly versions: VersionsService,
    private readonly changes: VersionChanges,
  ) {}

  update(actor: Actor, model: string, version: string, body: UpdateVersion, expected: number | null | undefined): Promise<ModelVersion> {
    return this.database.transaction(async (em) => {
      const target = await this.models.lock(em, model);
      const row = await this.versions.row(em, target, version);
      checkRevision(expected, revisionOf(row, await em.findOneOrFail(AdmissionEntity, { versionId: row.id })));
      await this.changes.describe(em, actor, target, row, body);
      return this.versions.answer(em, target, row);
    });
  }

  remove(actor: Actor, model: string, version: string): Promise<void> {
    return this.database.transaction(async (em) => {
      const target = await this.models.lock(em, model);
      await this.changes.remove(em, actor, target, await this.versions.row(em, target, version));
    });
  }

  restore(actor: Actor, model: string, version: string): Promise<ModelVersion> {
    return this.database.transaction(async (em) => {
      const target = await this.models.lock(em, model);
      if (!/^[1-9]\d{0,8}$/.test(version))
        throw problem('not_found', { detail: `A deleted version is named by its number, not ${version}.` });
      return this.versions.answer(em, target, await this.changes.restore(em, actor, target, Number(version)));
    });
  }

  async place(model: string, version: string): Promise<VersionPlace> {
    return this.database.read(async (em) => {
      const { modelId, number } = await this.versions.row(em, await this.models.find(em, model), version);
      return { modelId, number };
    });
  }
}
