import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Channel, NotificationEvent } from '@crisol/contracts';
import type { SealedText } from '../platform/plugins/settings/secret-box.js';

export const ChannelSchema = defineEntity({
  name: 'Channel',
  properties: {
    id: p.text().primary(),
    name: p.text(),
    notifier: p.text(),
    events: p.json<NotificationEvent[]>(),
    enabled: p.boolean(),
    target: p.json<Channel['target']>(),
    secrets: p.json<Record<string, SealedText>>(),
    tags: p.json<Record<string, string>>(),
    createdAt: p.datetime(),
    createdBy: p.text().nullable(),
    updatedAt: p.datetime(),
    revision: p.integer(),
  },
});
export type ChannelRow = InferEntity<typeof ChannelSchema>;

export function toChannel(row: ChannelRow, lastDelivery: Channel['lastDelivery']): Channel {
  return {
    id: row.id,
    name: row.name,
    notifier: row.notifier,
    events: row.events,
    enabled: row.enabled,
    target: row.target,
    targetSecretsSet: Object.keys(row.secrets),
    lastDelivery,
    tags: row.tags,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy ?? null,
    updatedAt: row.updatedAt.toISOString(),
    revision: row.revision,
  };
}
