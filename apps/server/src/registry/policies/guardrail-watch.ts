import type { Guardrail } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { AliasTraffic } from '../aliases/alias-traffic.js';
import { AliasesService } from '../aliases/aliases.service.js';
import { ModelEntity } from '../models/model.entity.js';
import { ModelVersionEntity } from '../versions/model-version.entity.js';
import { AutoPromoter } from './auto-promoter.js';
import { broken } from './broken-guardrail.js';

const everyMs = 60_000;

interface WatchedAlias {
  readonly model_id: string;
  readonly model: string;
  readonly alias: string;
  readonly number: number;
  readonly revision: number;
  readonly moved_at: Date | string;
  readonly guardrail: Guardrail;
}
interface WaitingVersion {
  readonly model_id: string;
  readonly version_id: string;
  readonly alias: string;
}

/**
 * Once a minute: takes back the aliases whose new version does badly, and moves those that only waited for their cool-down.
 * Every process looks, one at a time.
 */
@Injectable()
export class GuardrailWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger('Registry');
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly aliases: AliasesService,
    private readonly traffic: AliasTraffic,
    private readonly auto: AutoPromoter,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.look().catch((error: unknown) => this.log.error({ msg: 'The guardrails could not be looked at', err: error }));
    }, everyMs);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking?.catch(() => undefined);
  }

  /** Looks at everything once. Calls that come while one runs share it. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private lookOnce(): Promise<void> {
    return this.database.transaction(async (em) => {
      // Held until the end of this look; each move has a transaction of its own, so that one does not hold up another.
      const [lock] = await em.execute<{ free: boolean }[]>(`select pg_try_advisory_xact_lock(hashtext('crisol.guardrail')) as free`);
      if (!lock?.free) return;
      for (const watched of await this.watched(em)) await this.alone(watched.model, () => this.guard(em, watched));
      for (const waiting of await this.waiting(em)) await this.alone(waiting.model_id, () => this.promote(waiting));
    });
  }

  /** What goes wrong at one alias is said, and does not keep the others from being looked at. */
  private async alone(model: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.error({ msg: `An alias of ${model} could not be looked at`, err: error });
    }
  }

  private async guard(em: EntityManager, watched: WatchedAlias): Promise<void> {
    const { model, model_id: modelId, alias, number, revision, guardrail } = watched;
    const since = new Date(watched.moved_at);
    const figures = await this.traffic.figures(em, modelId, alias, since);
    const reason = broken(guardrail, figures);
    if (reason === null) return;
    const evidence = {
      ...guardrail,
      version: number,
      since: since.toISOString(),
      until: new Date().toISOString(),
      requests: figures.requests,
      errors: figures.errors,
      errorShare: figures.errors / figures.requests,
      p95Ms: figures.p95Ms,
      endpoints: figures.endpoints,
    };
    const comment = `Guardrail: version ${number} was taken back, since ${reason}.`;
    const done = await this.database.transaction((own) => this.aliases.demote(own, modelId, alias, { revision, comment, evidence }));
    if (done) this.log.warn(`${model}@${alias}: ${comment}`);
    else this.log.warn(`${model}@${alias} breaks its guardrail (${reason}), and there is no admitted version to go back to.`);
  }

  private promote({ model_id: modelId, version_id: versionId, alias }: WaitingVersion): Promise<void> {
    return this.database.transaction(async (em) => {
      const model = await em.findOneOrFail(ModelEntity, { id: modelId });
      const version = await em.findOneOrFail(ModelVersionEntity, { id: versionId });
      await this.auto.consider(em, model, version, alias, 'what it waited for is there', { judge: false });
    });
  }

  /** Aliases in their time of watching whose last move went forward: what was taken back once is not taken further. */
  private watched(em: EntityManager): Promise<WatchedAlias[]> {
    return em.execute(
      `select a.model_id, m.name as model, a.alias, a.number, a.revision, a.moved_at, p.guardrail
       from alias_policy p join alias a on a.model_id = p.model_id and a.alias = p.alias
       join model m on m.id = a.model_id and m.deleted_at is null
       join alias_event e on e.model_id = a.model_id and e.alias = a.alias and e.revision = a.revision
       where p.guardrail is not null and not p.removed and e.kind = 'moved' and coalesce(e.evidence ->> 'goingBack', 'false') = 'false'
         and a.moved_at > now() - make_interval(mins => (p.guardrail ->> 'watchMinutes')::int)
       order by a.model_id, a.alias`,
    );
  }

  /** The newest admitted version of each alias that promotes by itself, where it is newer than all that held it. */
  private waiting(em: EntityManager): Promise<WaitingVersion[]> {
    return em.execute(
      `select p.model_id, v.id as version_id, p.alias from alias_policy p
       join model m on m.id = p.model_id and m.deleted_at is null
       cross join lateral (
         select v.id, v.number from model_version v join admission a on a.version_id = v.id
         where v.model_id = p.model_id and v.deleted_at is null and a.state = 'admitted' order by v.number desc limit 1) v
       where p.auto_promote and not p.removed
         and not exists (select from alias_event e where e.model_id = p.model_id and e.alias = p.alias and e.to_version >= v.number)
       order by p.model_id, p.alias`,
    );
  }
}
