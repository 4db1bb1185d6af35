import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Delivery } from '@crisol/contracts';
import type { NotificationMessage } from '@crisol/plugin-api';

export const DeliverySchema = defineEntity({
  name: 'Delivery',
  properties: {
    /** Also the message's id at the receiver, the same for every attempt. */
    id: p.text().primary(),
    channelId: p.text(),
    event: p.text(),
    state: p.text().$type<Delivery['state']>(),
    attempts: p.integer(),
    nextAttemptAt: p.datetime().nullable(),
    /** While a sender works on it. A sender that dies leaves it to the next one after this time. */
    claimedUntil: p.datetime().nullable(),
    lastError: p.text().nullable(),
    message: p.json<NotificationMessage>(),
    createdAt: p.datetime(),
    deliveredAt: p.datetime().nullable(),
  },
});
export type DeliveryRow = InferEntity<typeof DeliverySchema>;

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    channel: row.channelId,
    event: row.event,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    lastError: row.lastError ?? null,
    createdAt: row.createdAt.toISOString(),
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
    message: JSON.parse(JSON.stringify(row.message)),
  };
}
