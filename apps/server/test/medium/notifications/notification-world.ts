import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { ListQuery } from '@crisol/contracts';
import { ChannelSchema } from '../../../src/notifications/channel.entity.js';
import { ChannelPreviews } from '../../../src/notifications/channel-previews.js';
import { ChannelTargets } from '../../../src/notifications/channel-targets.js';
import { ChannelsService } from '../../../src/notifications/channels.service.js';
import { DeliverySender } from '../../../src/notifications/delivery-sender.js';
import { DeliverySchema } from '../../../src/notifications/delivery.entity.js';
import { Outbox } from '../../../src/notifications/outbox.js';
import { notifications as notificationsMigration } from '../../../src/platform/database/migrations/0005-notifications.js';
import { systemActor } from '../../../src/platform/auth/actor.js';
import type { TestPostgres } from '../jobs/start-postgres.js';
import { openPluginWorld } from '../plugins/plugin-world.js';

export const webhookPlugin = fileURLToPath(new URL('../../../../../plugins/notifier-webhook', import.meta.url));
export const signingKey = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
export const everything: ListQuery = { limit: 200 };

export interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A real receiver on a random port. `answer` decides each status. */
export async function startReceiver(answer: (n: number) => number | Promise<number> = () => 204) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      received.push({ headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(await answer(received.length)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Plugins, channels, outbox and sender of one process. */
export async function openNotificationWorld(postgres: TestPostgres, dataFolder: string, role: 'all' | 'api' = 'all') {
  const plugins = await openPluginWorld(postgres, {
    dataFolder,
    plugins: [webhookPlugin],
    entities: [ChannelSchema, DeliverySchema],
    role,
  });
  await plugins.start();
  const outbox = new Outbox(plugins.events, plugins.config);
  outbox.onModuleInit();
  const targets = new ChannelTargets(plugins.active);
  const channels = new ChannelsService(plugins.database, plugins.audit, plugins.active, plugins.secrets, outbox, targets);
  const previews = new ChannelPreviews(plugins.config, plugins.database, plugins.active, plugins.secrets, targets);
  const sender = new DeliverySender(plugins.config, plugins.database, plugins.events, plugins.active, plugins.secrets);
  sender.onApplicationBootstrap();
  return {
    ...plugins,
    channels,
    previews,
    sender,
    addChannel: (url: string, changes: object = {}) =>
      channels.create(systemActor, {
        name: 'ops',
        notifier: 'webhook',
        events: ['job.finished', 'job.failed'],
        target: { url, signingKey },
        enabled: true,
        ...changes,
      }),
    /** What the ledger records when a job ends. */
    endJob: (type: string, fails = false) =>
      plugins.database.transaction(async (em) => {
        const data = { id: 'job_1', kind: 'model.train', name: 'penguins', state: 'succeeded', attempt: 1, outputs: {}, error: null };
        await plugins.events.record(em, { topic: 'jobs.job_1', type, data });
        if (fails) throw new Error('rolled back');
      }),
    deliveries: async (channel = 'ops') => (await channels.deliveries(channel, everything)).data,
    /** Makes every waiting delivery due now. */
    hurry: () => postgres.query(`update delivery set next_attempt_at = now(), claimed_until = null where state in ('pending', 'retrying')`),
    close: async () => {
      await sender.beforeApplicationShutdown();
      await plugins.close();
    },
  };
}
export type NotificationWorld = Awaited<ReturnType<typeof openNotificationWorld>>;

export async function makeNotificationTables(postgres: TestPostgres): Promise<void> {
  for (const statement of notificationsMigration.statements) await postgres.query(statement);
}
