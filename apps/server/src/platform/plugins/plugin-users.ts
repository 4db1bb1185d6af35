import { Injectable } from '@nestjs/common';
import type { Plugin, PluginUser } from '@crisol/contracts';

/** What a plugin is to those who may use it. */
export interface UsedPlugin {
  readonly id: string;
  readonly provides: Plugin['provides'];
}
/** Finds what uses a plugin, such as the channels that go through one of its notifiers. At most about a hundred are worth naming. */
export type FindPluginUsers = (plugin: UsedPlugin) => Promise<readonly PluginUser[]>;

/** Who uses a plugin. Rooms say how to find out: the platform knows nothing of suites, channels or models. */
@Injectable()
export class PluginUsers {
  private readonly sources: FindPluginUsers[] = [];

  register(find: FindPluginUsers): void {
    this.sources.push(find);
  }

  async of(plugin: UsedPlugin): Promise<PluginUser[]> {
    const found = await Promise.all(this.sources.map((find) => find(plugin)));
    return found.flat();
  }
}

/** Names that a plugin brings of one kind. */
export function namesOf(plugin: UsedPlugin, kind: Plugin['kinds'][number]): string[] {
  return plugin.provides.flatMap((own) => (own.kind === kind ? [own.name] : []));
}
