import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { systemActor } from '../../platform/auth/actor.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { Jobs } from '../../platform/jobs/job-handler.js';
import { AliasEventEntity } from '../aliases/alias-event.entity.js';
import { AliasesService } from '../aliases/aliases.service.js';
import { ModelEntity, type ModelRow } from '../models/model.entity.js';
import { ModelsService } from '../models/models.service.js';
import { ModelVersionEntity, type ModelVersionRow } from '../versions/model-version.entity.js';
import { AliasPolicyEntity } from './policy.entity.js';
import { Promotion } from './promotion.js';

/**
 * Moves aliases whose policy says so as soon as nothing stands in the way: when a version is admitted, judged or approved, and
 * once a minute for those that cool down. Only forward, and never to a version that held the alias before: that is for people.
 */
@Injectable()
export class AutoPromoter implements OnModuleInit {
  private readonly log = new Logger('Registry');

  constructor(
    private readonly models: ModelsService,
    private readonly aliases: AliasesService,
    private readonly promotion: Promotion,
    private readonly jobs: Jobs,
    private readonly events: EventBus,
  ) {}

  onModuleInit(): void {
    this.events.onRecorded('model_version.admitted', (em, event) => this.admitted(em, String(event.data['id'])));
  }

  /**
   * Judges the version when its gates lack a verdict, and moves the alias when it may. Does nothing unless the alias promotes
   * by itself; a version that may not yet is left for the next occasion.
   * @param why - what made it worth a look, for the comment of the move
   * @param options - judge: whether gates without a verdict are asked for one; not by a look that comes again and again
   */
  async consider(
    em: EntityManager,
    model: ModelRow,
    version: ModelVersionRow,
    alias: string,
    why: string,
    { judge } = { judge: true },
  ): Promise<'moved' | 'judging' | 'waits' | 'none'> {
    const policy = await em.findOne(AliasPolicyEntity, { modelId: model.id, alias, removed: false, autoPromote: true });
    if (!policy) return 'none';
    // Until the move is written nobody else moves the alias or changes what it asks for.
    await this.models.lock(em, model.id);
    if (!(await this.isNew(em, model, version, alias))) return 'none';
    const weighed = await this.promotion.weigh(em, systemActor, model, version, alias);
    const [first] = weighed.blockers;
    if (!first) {
      const comment = `Promoted by policy: ${why}, and nothing stood in the way.`;
      await this.aliases.move(em, systemActor, model.id, alias, version.number, comment, 'any');
      this.log.log(`${model.name}@${alias} moved to version ${version.number}: ${why}.`);
      return 'moved';
    }
    const unjudged = weighed.standings.some(({ gate, standing }) => gate.required && (standing === 'missing' || standing === 'outdated'));
    if (!judge || first.code !== 'gate' || !unjudged) return 'waits';
    if (!(await this.isBeingJudged(em, model, version, alias)))
      await this.jobs.submit(em, systemActor, 'model.judge', { model: model.id, version: version.number, alias });
    return 'judging';
  }

  private async admitted(em: EntityManager, versionId: string): Promise<void> {
    const version = await em.findOne(ModelVersionEntity, { id: versionId });
    if (!version) return;
    const policies = await em.find(
      AliasPolicyEntity,
      { modelId: version.modelId, removed: false, autoPromote: true },
      { orderBy: { alias: 'asc' } },
    );
    if (policies.length === 0) return;
    const model = await em.findOneOrFail(ModelEntity, { id: version.modelId });
    for (const { alias } of policies) await this.consider(em, model, version, alias, `version ${version.number} was admitted`);
  }

  private async isNew(em: EntityManager, model: ModelRow, version: ModelVersionRow, alias: string): Promise<boolean> {
    const held = await em.count(AliasEventEntity, {
      modelId: model.id,
      alias,
      $or: [{ toVersion: version.number }, { toVersion: { $gt: version.number } }],
    });
    return held === 0;
  }

  private async isBeingJudged(em: EntityManager, model: ModelRow, version: ModelVersionRow, alias: string): Promise<boolean> {
    const [job] = await em.execute<{ id: string }[]>(
      `select id from job where kind = 'model.judge' and state in ('queued', 'running') and input ->> 'model' = ? and input ->> 'version' = ?
       and input ->> 'alias' = ? limit 1`,
      [model.id, String(version.number), alias],
    );
    return job !== undefined;
  }
}
