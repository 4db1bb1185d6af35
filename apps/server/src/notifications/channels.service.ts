import { Injectable } from '@nestjs/common';
import { LockMode, UniqueConstraintViolationException, type EntityManager } from '@mikro-orm/postgresql';
import {
  looksLikeId,
  type Channel,
  type ChannelPage,
  type CreateChannel,
  type Delivery,
  type DeliveryPage,
  type ListQuery,
  type NotifierList,
  type UpdateChannel,
} from '@crisol/contracts';
import { Audit } from '../platform/audit/audit.js';
import type { Actor } from '../platform/auth/actor.js';
import { decodeCursor, pageOfRows } from '../platform/auth/id-cursor.js';
import { Database } from '../platform/database/database.js';
import { newId } from '../platform/database/new-id.js';
import { problem } from '../platform/http/problem.js';
import { checkRevision } from '../platform/http/revision.js';
import { PluginHost } from '../platform/plugins/plugin-host.js';
import { formSchema } from '../platform/plugins/settings/plugin-settings.js';
import { PluginSecrets } from '../platform/plugins/settings/plugin-secrets.js';
import { ChannelSchema, toChannel, type ChannelRow } from './channel.entity.js';
import { ChannelTargets } from './channel-targets.js';
import { DeliverySchema, toDelivery } from './delivery.entity.js';
import { Outbox } from './outbox.js';

/** Channels: whom to tell about what, through which notifier; and what became of each message. */
@Injectable()
export class ChannelsService {
  constructor(
    private readonly database: Database,
    private readonly audit: Audit,
    private readonly plugins: PluginHost,
    private readonly secrets: PluginSecrets,
    private readonly outbox: Outbox,
    private readonly targets: ChannelTargets,
  ) {}

  notifiers(): NotifierList {
    return {
      data: this.plugins.notifiers().map(({ pluginId, notifier }) => ({
        name: notifier.name,
        title: notifier.title,
        plugin: pluginId,
        targetSchema: formSchema(notifier.target),
      })),
    };
  }

  /** Newest first. */
  async list(query: ListQuery): Promise<ChannelPage> {
    if (query.sort !== undefined && query.sort !== '-createdAt')
      throw problem('invalid_sort', { detail: 'Channels are sorted by -createdAt.' });
    const before = decodeCursor('ch', query.cursor);
    const like = query.q === undefined ? null : `%${query.q.replace(/[\\%_]/g, '\\$&')}%`;
    return this.database.read(async (em) => {
      const where = { ...(before !== null && { id: { $lt: before } }), ...(like !== null && { name: { $ilike: like } }) };
      const rows = await em.find(ChannelSchema, where, { orderBy: { id: 'desc' }, limit: query.limit + 1 });
      const last = await lastDeliveries(em, rows);
      return pageOfRows(rows, query.limit, (row) => toChannel(row, last.get(row.id) ?? null));
    });
  }

  async get(key: string): Promise<Channel> {
    return this.database.read(async (em) => show(em, await findChannel(em, key)));
  }

  async create(actor: Actor, body: CreateChannel): Promise<Channel> {
    const { notifier } = this.targets.provided(body.notifier);
    const id = newId('ch');
    const { open, secrets } = this.targets.check(notifier, body.target, {});
    return this.database.transaction(async (em) => {
      const now = new Date();
      const row = em.create(ChannelSchema, {
        id,
        name: body.name,
        notifier: body.notifier,
        events: [...new Set(body.events)],
        enabled: body.enabled,
        target: open,
        secrets: this.secrets.seal(id, secrets),
        tags: {},
        createdAt: now,
        createdBy: actor.id,
        updatedAt: now,
        revision: 1,
      });
      try {
        await em.persist(row).flush();
      } catch (error) {
        if (!(error instanceof UniqueConstraintViolationException)) throw error;
        throw problem('name_taken', { detail: `There is a channel called ${body.name}.`, cause: error });
      }
      await this.record(em, actor, row, 'channel.created');
      return toChannel(row, null);
    });
  }

  /** A target replaces the former one; secrets that are left out keep their value. */
  async update(actor: Actor, key: string, body: UpdateChannel, expected: number | null | undefined): Promise<Channel> {
    return this.database.transaction(async (em) => {
      const row = await findChannel(em, key, true);
      checkRevision(expected, row.revision);
      if (body.target) {
        const kept = this.secrets.open(row.id, row.secrets);
        const { open, secrets } = this.targets.check(this.targets.provided(row.notifier).notifier, body.target, kept);
        row.target = open;
        row.secrets = this.secrets.seal(row.id, secrets);
      }
      if (body.events) row.events = [...new Set(body.events)];
      if (body.enabled !== undefined) row.enabled = body.enabled;
      row.updatedAt = new Date();
      row.revision++;
      await em.flush();
      await this.record(em, actor, row, 'channel.updated');
      return show(em, row);
    });
  }

  async delete(actor: Actor, key: string, expected: number | null | undefined): Promise<void> {
    await this.database.transaction(async (em) => {
      const row = await findChannel(em, key, true);
      checkRevision(expected, row.revision);
      await this.record(em, actor, row, 'channel.deleted');
      await em.remove(row).flush();
    });
  }

  /** Sends a message that says it is a test, through the outbox as any other. */
  async test(actor: Actor, key: string): Promise<Delivery> {
    return this.database.transaction(async (em) => {
      const row = await findChannel(em, key);
      const delivery = await this.outbox.add(em, row, 'channel.tested', {
        severity: 'info',
        title: `Test of the channel ${row.name}`,
        text: `${actor.name} asked for this message. Nothing happened.`,
        data: { channel: row.name },
      });
      return toDelivery(delivery);
    });
  }

  /** Newest first. */
  async deliveries(key: string, query: ListQuery): Promise<DeliveryPage> {
    const before = decodeCursor('dlv', query.cursor);
    return this.database.read(async (em) => {
      const channel = await findChannel(em, key);
      const where = { channelId: channel.id, ...(before !== null && { id: { $lt: before } }) };
      const rows = await em.find(DeliverySchema, where, { orderBy: { id: 'desc' }, limit: query.limit + 1 });
      return pageOfRows(rows, query.limit, toDelivery);
    });
  }

  /** Sends a delivery once more under its own id, so that a receiver that has seen it can drop it. */
  async resend(actor: Actor, key: string, deliveryId: string): Promise<Delivery> {
    return this.database.transaction(async (em) => {
      const channel = await findChannel(em, key);
      const row = await em.findOne(DeliverySchema, { id: deliveryId, channelId: channel.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) throw problem('not_found', { detail: `The channel ${channel.name} has no delivery ${deliveryId}.` });
      em.assign(row, { state: 'pending', attempts: 0, nextAttemptAt: new Date(), claimedUntil: null, lastError: null, deliveredAt: null });
      await em.flush();
      await this.outbox.announce(em, row);
      await this.record(em, actor, channel, 'delivery.resent');
      return toDelivery(row);
    });
  }

  private async record(em: EntityManager, actor: Actor, row: ChannelRow, action: string): Promise<void> {
    const change = { notifier: row.notifier, events: row.events, enabled: row.enabled };
    await this.audit.record(em, actor, { action, target: { kind: 'channel', id: row.id, name: row.name }, change });
  }
}

/** A channel by its id or its name. */
export async function findChannel(em: EntityManager, key: string, lock = false): Promise<ChannelRow> {
  const where = looksLikeId(key) ? { id: key } : { name: key };
  const row = await em.findOne(ChannelSchema, where, lock ? { lockMode: LockMode.PESSIMISTIC_WRITE } : {});
  if (!row) throw problem('not_found', { detail: `There is no channel ${key}.` });
  return row;
}

async function show(em: EntityManager, row: ChannelRow): Promise<Channel> {
  return toChannel(row, (await lastDeliveries(em, [row])).get(row.id) ?? null);
}

async function lastDeliveries(em: EntityManager, rows: readonly ChannelRow[]): Promise<ReadonlyMap<string, { at: string; state: string }>> {
  if (rows.length === 0) return new Map();
  const found = await em.execute<{ channel: string; at: number; state: string }[]>(
    `select distinct on (channel_id) channel_id as channel, state,
       (extract(epoch from coalesce(delivered_at, created_at)) * 1000)::float8 as at
     from delivery where channel_id = any(array[?]::text[]) order by channel_id, id desc`,
    [rows.map((row) => row.id)],
  );
  return new Map(found.map(({ channel, at, state }) => [channel, { at: new Date(at).toISOString(), state }]));
}
