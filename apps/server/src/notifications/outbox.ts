import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from '@mikro-orm/postgresql';
import { notificationEvents, type NotificationEvent } from '@crisol/contracts';
import type { NotificationMessage } from '@crisol/plugin-api';
import { Config } from '../platform/config/config.js';
import { newId } from '../platform/database/new-id.js';
import { EventBus, type DomainEvent } from '../platform/events/event-bus.js';
import { ChannelSchema, type ChannelRow } from './channel.entity.js';
import { DeliverySchema, type DeliveryRow } from './delivery.entity.js';
import { draftMessage, type MessageDraft } from './message-text.js';

/** Tells the senders of all processes that there is something to send. */
export const DELIVERY_QUEUED = 'delivery.queued';

/** Writes one delivery for each channel that wants an event, in the transaction of the event: both are there, or neither. */
@Injectable()
export class Outbox implements OnModuleInit {
  constructor(
    private readonly events: EventBus,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    for (const type of notificationEvents) this.events.onRecorded(type, (em, event) => this.write(em, type, event));
  }

  async add(em: EntityManager, channel: ChannelRow, type: string, draft: MessageDraft): Promise<DeliveryRow> {
    const id = newId('dlv');
    const now = new Date();
    const message: NotificationMessage = { ...draft, id, type, at: now.getTime() };
    const row = em.create(DeliverySchema, {
      id,
      channelId: channel.id,
      event: type,
      state: 'pending',
      attempts: 0,
      nextAttemptAt: now,
      claimedUntil: null,
      lastError: null,
      message,
      createdAt: now,
      deliveredAt: null,
    });
    await em.persist(row).flush();
    await this.announce(em, row);
    return row;
  }

  /** Rings the senders at the commit. */
  async announce(em: EntityManager, { id, channelId }: DeliveryRow): Promise<void> {
    await this.events.record(em, { topic: 'channels', type: DELIVERY_QUEUED, data: { id, channel: channelId } });
  }

  private async write(em: EntityManager, type: NotificationEvent, event: DomainEvent): Promise<void> {
    const channels = await em.find(ChannelSchema, { enabled: true });
    const wanting = channels.filter((channel) => channel.events.includes(type));
    if (wanting.length === 0) return;
    const draft = draftMessage(type, event, this.config.publicUrl);
    for (const channel of wanting) await this.add(em, channel, type, draft);
  }
}
