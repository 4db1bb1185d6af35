import { Injectable } from '@nestjs/common';
import type { ChannelPreview, NotificationEvent, PreviewChannel, PreviewStoredChannel } from '@crisol/contracts';
import { defaultTemplate, renderTemplate, type NotificationMessage } from '@crisol/plugin-api';
import { Config } from '../platform/config/config.js';
import { Database } from '../platform/database/database.js';
import { PluginHost, type ProvidedNotifier } from '../platform/plugins/plugin-host.js';
import { PluginSecrets } from '../platform/plugins/settings/plugin-secrets.js';
import { ChannelTargets, type CheckedTarget } from './channel-targets.js';
import { findChannel } from './channels.service.js';
import { sampleMessage } from './sample-message.js';

const PREVIEW_MS = 5_000;
const LONGEST_TEXT = 200_000;
/** A shorter secret would also stand in words that are none. */
const SHORTEST_SECRET = 4;

/** Shows what a channel would send, before it sends anything. */
@Injectable()
export class ChannelPreviews {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly plugins: PluginHost,
    private readonly secrets: PluginSecrets,
    private readonly targets: ChannelTargets,
  ) {}

  async ofTarget({ notifier, target, event }: PreviewChannel): Promise<ChannelPreview> {
    const provided = this.targets.provided(notifier);
    return this.render(provided, this.targets.check(provided.notifier, target, {}), event);
  }

  async ofChannel(key: string, { target, event }: PreviewStoredChannel): Promise<ChannelPreview> {
    const channel = await this.database.read((em) => findChannel(em, key));
    const provided = this.targets.provided(channel.notifier);
    const kept = this.secrets.open(channel.id, channel.secrets);
    return this.render(provided, this.targets.check(provided.notifier, target ?? channel.target, kept), event);
  }

  private async render(provided: ProvidedNotifier, { whole, secrets }: CheckedTarget, event: NotificationEvent): Promise<ChannelPreview> {
    const message = sampleMessage(event, this.config.publicUrl, Date.now());
    const text = redacted(await this.textOf(provided, message, whole), Object.values(secrets)).slice(0, LONGEST_TEXT);
    return { contentType: isJson(text) ? 'application/json' : 'text/plain', text };
  }

  private async textOf({ notifier, pluginId }: ProvidedNotifier, message: NotificationMessage, target: unknown): Promise<string> {
    if (!notifier.preview) return renderTemplate(defaultTemplate, message);
    return this.plugins.call(pluginId, 'preview', PREVIEW_MS, async () => notifier.preview?.(message, target) ?? '');
  }
}

/** A notifier should leave secrets out of its preview; here is made sure that none comes through. */
function redacted(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .reduce((clean, secret) => clean.replaceAll(secret, '••••••••'), text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
