import type {
  CreateEndpoint,
  Endpoint,
  EndpointPage,
  EndpointStats,
  ListQuery,
  ProblemIssue,
  Traffic,
  UpdateEndpoint,
  Variant,
} from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LineageService } from '../../lineage/lineage.service.js';
import { Audit } from '../../platform/audit/audit.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Database } from '../../platform/database/database.js';
import { keysetPage } from '../../platform/database/keyset-page.js';
import { newId } from '../../platform/database/new-id.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { problem } from '../../platform/http/problem.js';
import { checkRevision } from '../../platform/http/revision.js';
import { ModelUsers } from '../../registry/models/model-users.js';
import { ServableVersions } from '../../registry/servable-versions.js';
import { EndpointStatistics } from '../stats/endpoint-stats.js';
import { EndpointEntity, type EndpointRow } from './endpoint.entity.js';
import { LookupRules } from './lookup-rules.js';
import { TrafficRouter } from './traffic-router.js';

/** Endpoints: making them, splitting their traffic, and how they do. */
@Injectable()
export class EndpointsService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly versions: ServableVersions,
    private readonly router: TrafficRouter,
    private readonly statistics: EndpointStatistics,
    private readonly events: EventBus,
    private readonly audit: Audit,
    private readonly lineage: LineageService,
    private readonly modelUsers: ModelUsers,
    private readonly lookupRules: LookupRules,
  ) {}

  onModuleInit(): void {
    this.modelUsers.register(async (em, modelIds) => {
      const wanted = new Set(modelIds);
      const rows = await em.find(EndpointEntity, {}, { orderBy: { name: 'asc' } });
      return rows.flatMap((row) =>
        row.variants
          .filter(({ model }) => wanted.has(model))
          .map(({ model, version, alias }) => ({ modelId: model, id: row.id, name: row.name, version, alias })),
      );
    });
  }

  list(query: ListQuery): Promise<EndpointPage> {
    return this.database.read(async (em) => {
      const where = query.q ? { name: { $ilike: `%${query.q.replaceAll(/[\\%_]/g, '\\$&')}%` } } : {};
      const page = await keysetPage(em, EndpointEntity, {
        where,
        query,
        sorts: { name: 'name', createdAt: 'createdAt' },
        defaultSort: 'name',
      });
      const stats = await this.statistics.read(
        em,
        page.rows.map((row) => row.id),
      );
      return { ...page.rest, data: await Promise.all(page.rows.map((row) => this.describe(em, row, stats.get(row.id)))) };
    });
  }

  get(nameOrId: string): Promise<Endpoint> {
    return this.database.read(async (em) => this.describe(em, await this.find(em, nameOrId)));
  }

  async stats(nameOrId: string): Promise<EndpointStats> {
    return (await this.get(nameOrId)).stats;
  }

  async create(actor: Actor, body: CreateEndpoint): Promise<Endpoint> {
    await this.lookupRules.check(body.lookup);
    const made = await this.database.transaction(async (em) => {
      if (await em.findOne(EndpointEntity, { name: body.name }))
        throw problem('name_taken', { detail: `There is an endpoint ${body.name} already.` });
      const variants = await this.checkTraffic(em, body.variants);
      const now = new Date();
      const row = em.create(EndpointEntity, {
        id: newId('ep'),
        name: body.name,
        description: body.description,
        variants,
        lookup: body.lookup,
        tags: body.tags,
        createdAt: now,
        createdBy: actor.id,
        updatedAt: now,
        revision: 1,
      });
      await em.flush();
      await this.linkSources(em, row);
      await this.audit.record(em, actor, {
        action: 'endpoint.created',
        target: { kind: 'endpoint', id: row.id, name: row.name },
        change: { variants, ...(body.lookup && { lookup: body.lookup }) },
      });
      await this.events.record(em, { topic: `endpoints.${row.id}`, type: 'endpoint.created', data: { id: row.id, endpoint: row.name } });
      return row.name;
    });
    await this.router.refresh();
    return this.get(made);
  }

  async update(actor: Actor, nameOrId: string, body: UpdateEndpoint, expected: number | null | undefined): Promise<Endpoint> {
    await this.lookupRules.check(body.lookup);
    await this.database.transaction(async (em) => {
      const row = await this.find(em, nameOrId);
      checkRevision(expected, row.revision);
      Object.assign(row, {
        description: body.description ?? row.description,
        lookup: body.lookup === undefined ? row.lookup : body.lookup,
        tags: body.tags ?? row.tags,
        updatedAt: new Date(),
        revision: row.revision + 1,
      });
      await em.flush();
      await this.audit.record(em, actor, {
        action: 'endpoint.updated',
        target: { kind: 'endpoint', id: row.id, name: row.name },
        change: body,
      });
      await this.events.record(em, { topic: `endpoints.${row.id}`, type: 'endpoint.updated', data: { id: row.id, endpoint: row.name } });
    });
    if (body.lookup !== undefined) await this.router.refresh();
    return this.get(nameOrId);
  }

  async putTraffic(actor: Actor, nameOrId: string, body: Traffic, expected: number | null | undefined): Promise<Endpoint> {
    await this.database.transaction(async (em) => {
      const row = await this.find(em, nameOrId);
      checkRevision(expected, row.revision, true);
      const before = row.variants;
      const variants = await this.checkTraffic(em, body.variants);
      Object.assign(row, { variants, updatedAt: new Date(), revision: row.revision + 1 });
      await em.flush();
      await this.linkSources(em, row);
      await this.audit.record(em, actor, {
        action: 'traffic.changed',
        target: { kind: 'endpoint', id: row.id, name: row.name },
        change: { before, after: variants },
      });
      await this.events.record(em, { topic: `endpoints.${row.id}`, type: 'traffic.changed', data: { id: row.id, endpoint: row.name } });
    });
    await this.router.refresh();
    return this.get(nameOrId);
  }

  async remove(actor: Actor, nameOrId: string, expected: number | null | undefined): Promise<void> {
    await this.database.transaction(async (em) => {
      const row = await this.find(em, nameOrId);
      checkRevision(expected, row.revision);
      await em.nativeDelete(EndpointEntity, { id: row.id });
      await this.lineage.unlinkSources(em, row.id);
      await this.audit.record(em, actor, { action: 'endpoint.deleted', target: { kind: 'endpoint', id: row.id, name: row.name } });
      await this.events.record(em, { topic: `endpoints.${row.id}`, type: 'endpoint.deleted', data: { id: row.id, endpoint: row.name } });
    });
    await this.router.refresh();
  }

  private async find(em: EntityManager, nameOrId: string): Promise<EndpointRow> {
    const row = await em.findOne(EndpointEntity, { $or: [{ id: nameOrId }, { name: nameOrId }] });
    if (!row) throw problem('not_found', { detail: `There is no endpoint ${nameOrId}.` });
    return row;
  }

  /** Shares must sum to 100, names differ, and every variant name a model that exists. Gives the variants with the models' ids. */
  private async checkTraffic(em: EntityManager, variants: readonly Variant[]): Promise<Variant[]> {
    const issues: ProblemIssue[] = [];
    const names = new Set<string>();
    const checked: Variant[] = [];
    for (const [index, variant] of variants.entries()) {
      const pointer = `/variants/${index}`;
      if (names.has(variant.name))
        issues.push({ pointer: `${pointer}/name`, code: 'name_taken', message: `there are two variants ${variant.name}` });
      names.add(variant.name);
      if (variant.role === 'shadow' && variant.share !== 0)
        issues.push({ pointer: `${pointer}/share`, code: 'shadow_share', message: 'a shadow answers nobody, so its share is 0' });
      const model = await this.versions.model(em, variant.model);
      if (!model) issues.push({ pointer: `${pointer}/model`, code: 'not_found', message: `there is no model ${variant.model}` });
      else if (variant.version !== undefined && !(await this.versions.find(em, model.id, variant)))
        issues.push({
          pointer: `${pointer}/version`,
          code: 'not_found',
          message: `${model.name} has no version ${variant.version} that can serve`,
        });
      checked.push({ ...variant, model: model?.id ?? variant.model });
    }
    const sum = variants.filter((variant) => variant.role !== 'shadow').reduce((total, variant) => total + variant.share, 0);
    if (Math.abs(sum - 100) > 1e-6)
      issues.push({
        pointer: '/variants',
        code: 'share_sum',
        message: `the shares sum to ${Math.round(sum * 1000) / 1000}; they must sum to 100`,
      });
    if (issues.length > 0) throw problem('traffic_invalid', { errors: issues });
    return checked;
  }

  private async linkSources(em: EntityManager, row: EndpointRow): Promise<void> {
    await this.lineage.unlinkSources(em, row.id);
    for (const variant of row.variants) {
      const facts = await this.versions.find(em, variant.model, variant);
      if (!facts) continue;
      await this.lineage.link(
        em,
        { kind: 'model_version', id: facts.id, name: `${facts.model} v${facts.version}` },
        { kind: 'endpoint', id: row.id, name: row.name },
        `serves as ${variant.name}`,
      );
    }
  }

  private async describe(em: EntityManager, row: EndpointRow, stats?: EndpointStats): Promise<Endpoint> {
    const variants = await this.router.status(row.variants);
    const serving = variants.find((variant) => variant.state === 'ready');
    const facts = serving ? await this.versions.find(em, serving.model, serving) : null;
    const figures = stats ?? (await this.statistics.read(em, [row.id])).get(row.id);
    if (!figures) throw new TypeError('figures for each endpoint');
    return {
      id: row.id,
      name: row.name,
      description: row.description,
      variants,
      signature: facts?.signature ?? null,
      lookup: row.lookup ?? null,
      stats: figures,
      tags: row.tags,
      createdAt: row.createdAt.toISOString(),
      createdBy: row.createdBy ?? null,
      updatedAt: row.updatedAt.toISOString(),
      revision: row.revision,
    };
  }
}
