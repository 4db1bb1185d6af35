import { Injectable, Logger, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { isPluginError, type DeliveryReceipt, type NotificationMessage } from '@crisol/plugin-api';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import { EventBus } from '../platform/events/event-bus.js';
import { PluginHost } from '../platform/plugins/plugin-host.js';
import { PluginSecrets } from '../platform/plugins/settings/plugin-secrets.js';
import { ChannelSchema, type ChannelRow } from './channel.entity.js';
import { claimDeliveries } from './claim-deliveries.sql.js';
import { DELIVERY_QUEUED } from './outbox.js';
import { nextWaitMs } from './retry-plan.js';

const POLL_MS = 5_000;
const SEND_MS = 15_000;
/** Longer than a send may take, so that no two senders hold one delivery at the same time. */
const CLAIM_SECONDS = 60;
const AT_ONCE = 8;

interface Claimed {
  readonly id: string;
  readonly channelId: string;
  readonly attempts: number;
  readonly message: NotificationMessage;
}
/** How an attempt ended. */
type Outcome =
  | { readonly state: 'delivered'; readonly receipt: DeliveryReceipt }
  | { readonly state: 'retrying'; readonly error: string; readonly waitMs: number }
  | { readonly state: 'dead'; readonly error: string; readonly disable: boolean };

/** Sends what the outbox holds, in the processes with a worker. At least once: a sender that dies after sending sends again, under the same id. */
@Injectable()
export class DeliverySender implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger('Notifications');
  private readonly stop: (() => void)[] = [];
  private round: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly events: EventBus,
    private readonly plugins: PluginHost,
    private readonly secrets: PluginSecrets,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.role === 'api') return;
    const timer = setInterval(() => this.ring(), POLL_MS);
    timer.unref();
    this.stop.push(
      () => clearInterval(timer),
      this.events.onPublished(DELIVERY_QUEUED, () => this.ring()),
    );
    this.ring();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stop.splice(0)) stop();
    this.again = false;
    await this.round;
  }

  /** Starts a round, or has the running one followed by another. */
  private ring(): void {
    if (this.round) {
      this.again = true;
      return;
    }
    this.round = this.sendDue()
      .catch((error: unknown) => this.log.warn('Deliveries could not be looked through; the next round tries again', error))
      .finally(() => {
        this.round = undefined;
        if (!this.again) return;
        this.again = false;
        this.ring();
      });
  }

  /** Sends everything that is due. */
  async sendDue(): Promise<void> {
    for (;;) {
      const claimed = await this.database.transaction((em) => em.execute<Claimed[]>(claimDeliveries, [CLAIM_SECONDS, AT_ONCE]));
      if (claimed.length === 0) return;
      await Promise.all(claimed.map((delivery) => this.attempt(delivery)));
    }
  }

  private async attempt(delivery: Claimed): Promise<void> {
    const channel = await this.database.read((em) => em.findOne(ChannelSchema, { id: delivery.channelId }));
    // The channel was deleted meanwhile, and its deliveries with it.
    if (!channel) return;
    const outcome = await this.send(channel, delivery).catch((error: unknown) => {
      this.log.error(`Delivery ${delivery.id} could not be tried`, error);
      return retry(delivery.attempts, 'It could not be tried; the log says why.');
    });
    await this.finish(delivery, outcome);
  }

  private async send(channel: ChannelRow, { message, attempts }: Claimed): Promise<Outcome> {
    if (!channel.enabled) return { state: 'dead', error: 'The channel was disabled.', disable: false };
    const provided = this.plugins.notifiers().find(({ notifier }) => notifier.name === channel.notifier);
    if (!provided) return retry(attempts, `No active plugin brings the notifier ${channel.notifier}.`);
    const { notifier, pluginId } = provided;
    const target = notifier.target.safeParse({ ...channel.target, ...this.secrets.open(channel.id, channel.secrets) });
    if (!target.success)
      return { state: 'dead', error: 'The target does not fit the notifier any more; edit the channel.', disable: false };
    try {
      const receipt = await this.plugins.call(pluginId, 'send', SEND_MS, (signal) => notifier.send(message, target.data, signal));
      return { state: 'delivered', receipt };
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const words = error instanceof Error ? error.message : String(error);
      if (!isPluginError(cause)) return retry(attempts, words);
      if (cause.code === 'retry' || cause.code === 'internal') return retry(attempts, words, cause.retryAfterSeconds);
      return { state: 'dead', error: words, disable: cause.gone === true };
    }
  }

  /** Refused when another sender took it over meanwhile: `attempts` is the fence. */
  private async finish({ id, attempts, channelId }: Claimed, outcome: Outcome): Promise<void> {
    await this.database.transaction(async (em) => {
      const waitMs = outcome.state === 'retrying' ? outcome.waitMs : null;
      const error = outcome.state === 'delivered' ? null : outcome.error.slice(0, 1_000);
      await em.execute(
        `update delivery set state = ?, last_error = ?, claimed_until = null,
           next_attempt_at = clock_timestamp() + ?::float8 * interval '1 millisecond',
           delivered_at = case when ? then clock_timestamp() end
         where id = ? and attempts = ? and state in ('pending', 'retrying')`,
        [outcome.state, error, waitMs, outcome.state === 'delivered', id, attempts],
      );
      if (outcome.state === 'dead' && outcome.disable) {
        await em.execute('update channel set enabled = false, updated_at = now(), revision = revision + 1 where id = ? and enabled', [
          channelId,
        ]);
      }
      await this.events.record(em, { topic: 'channels', type: 'delivery.ended', data: { id, channel: channelId, state: outcome.state } });
    });
  }
}

function retry(attempts: number, error: string, retryAfterSeconds?: number): Outcome {
  const waitMs = nextWaitMs(attempts, retryAfterSeconds);
  return waitMs === null
    ? { state: 'dead', error: `Given up after ${attempts} attempts. ${error}`, disable: false }
    : { state: 'retrying', error, waitMs };
}
