import { z } from 'zod';
import { JsonObject, objectFields, pageOf, Timestamp } from '../common.js';
import { id, Name } from '../ids.js';

/** Events that a channel can be told about. */
export const notificationEvents = [
  'job.finished',
  'job.failed',
  'dataset_version.created',
  'validation.failed',
  'model_version.created',
  'model_version.admitted',
  'model_version.refused',
  'model_version.stage_moved',
  'alias.moved',
  'traffic.changed',
  'plugin.state_changed',
] as const;
export const NotificationEvent = z.enum(notificationEvents).meta({ id: 'NotificationEvent' });
export type NotificationEvent = z.infer<typeof NotificationEvent>;
export const NotifierInfo = z
  .object({ name: z.string(), title: z.string(), plugin: z.string(), targetSchema: JsonObject })
  .meta({ id: 'Notifier' });
export type NotifierInfo = z.infer<typeof NotifierInfo>;
export const NotifierList = z.object({ data: z.array(NotifierInfo) }).meta({ id: 'NotifierList' });
export type NotifierList = z.infer<typeof NotifierList>;
export const Channel = z
  .object({
    id: id('ch'),
    name: z.string(),
    notifier: z.string(),
    events: z.array(NotificationEvent),
    enabled: z.boolean(),
    target: JsonObject.meta({ description: 'Secrets are left out' }),
    targetSecretsSet: z.array(z.string()),
    lastDelivery: z.object({ at: Timestamp, state: z.string() }).nullable(),
    ...objectFields,
  })
  .meta({ id: 'Channel' });
export type Channel = z.infer<typeof Channel>;
export const ChannelPage = pageOf(Channel, 'ChannelPage');
export type ChannelPage = z.infer<typeof ChannelPage>;
export const CreateChannel = z
  .strictObject({
    name: Name,
    notifier: z.string(),
    events: z.array(NotificationEvent).min(1),
    target: JsonObject,
    enabled: z.boolean().default(true),
  })
  .meta({
    id: 'CreateChannel',
    example: {
      name: 'ops',
      notifier: 'webhook',
      events: ['job.finished'],
      target: { url: 'https://hooks.example.com/crisol', signingKey: 'whsec_…' },
    },
  });
export type CreateChannel = z.infer<typeof CreateChannel>;
export const UpdateChannel = z
  .strictObject({ events: z.array(NotificationEvent).min(1).optional(), target: JsonObject.optional(), enabled: z.boolean().optional() })
  .meta({ id: 'UpdateChannel' });
export type UpdateChannel = z.infer<typeof UpdateChannel>;
const sampledEvent = NotificationEvent.default('job.finished').meta({ description: 'The event that the sample message tells' });
export const PreviewChannel = z.strictObject({ notifier: z.string(), target: JsonObject, event: sampledEvent }).meta({
  id: 'PreviewChannel',
  example: { notifier: 'log', target: { textTemplate: '{{severity}}: {{title}}' }, event: 'job.failed' },
});
export type PreviewChannel = z.infer<typeof PreviewChannel>;
export const PreviewStoredChannel = z
  .strictObject({
    target: JsonObject.optional().meta({ description: 'The stored one when not given; secrets left out keep their value' }),
    event: sampledEvent,
  })
  .meta({ id: 'PreviewStoredChannel' });
export type PreviewStoredChannel = z.infer<typeof PreviewStoredChannel>;
export const ChannelPreview = z
  .object({
    contentType: z.enum(['application/json', 'text/plain']),
    text: z.string().meta({ description: 'What would be sent, without secrets' }),
  })
  .meta({ id: 'ChannelPreview' });
export type ChannelPreview = z.infer<typeof ChannelPreview>;
export const Delivery = z
  .object({
    id: id('dlv'),
    channel: id('ch'),
    event: z.string(),
    state: z.enum(['pending', 'delivered', 'retrying', 'dead']),
    attempts: z.int(),
    nextAttemptAt: Timestamp.nullable(),
    lastError: z.string().nullable(),
    createdAt: Timestamp,
    deliveredAt: Timestamp.nullable(),
    message: JsonObject,
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof Delivery>;
export const DeliveryPage = pageOf(Delivery, 'DeliveryPage');
export type DeliveryPage = z.infer<typeof DeliveryPage>;
