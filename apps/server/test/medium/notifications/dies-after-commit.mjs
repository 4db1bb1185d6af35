// Records the end of a job in a transaction, and kills itself the moment it has committed. Runs on the built server.
import { ChannelSchema } from '../../../dist/notifications/channel.entity.js';
import { DeliverySchema } from '../../../dist/notifications/delivery.entity.js';
import { Outbox } from '../../../dist/notifications/outbox.js';
import { PostgresDatabase } from '../../../dist/platform/database/postgres-database.js';
import { PostgresEventBus } from '../../../dist/platform/events/postgres-event-bus.js';
import { PostgresListener } from '../../../dist/platform/events/postgres-listener.js';

const [url] = process.argv.slice(2);
const database = await PostgresDatabase.connect({ url, socket: null, poolSize: 2, entities: [ChannelSchema, DeliverySchema] });
const events = new PostgresEventBus(database, new PostgresListener(database));
new Outbox(events, { publicUrl: 'http://localhost:7070' }).onModuleInit();
await database.transaction(async (em) => {
  const data = { id: 'job_1', kind: 'model.train', name: 'penguins', state: 'succeeded' };
  await events.record(em, { topic: 'jobs.job_1', type: 'job.finished', data });
  database.afterCommit(em, () => process.kill(process.pid, 'SIGKILL'));
});
