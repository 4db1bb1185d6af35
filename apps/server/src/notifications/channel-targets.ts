import { Injectable } from '@nestjs/common';
import type { Channel, ProblemIssue } from '@crisol/contracts';
import type { Notifier } from '@crisol/plugin-api';
import { problem } from '../platform/http/problem.js';
import { PluginHost, type ProvidedNotifier } from '../platform/plugins/plugin-host.js';
import { inWords, parseSettings, secretNames, splitSecrets } from '../platform/plugins/settings/plugin-settings.js';

/** A target that its notifier takes. */
export interface CheckedTarget {
  readonly open: Channel['target'];
  readonly secrets: Record<string, string>;
  /** Open values, secrets and defaults, as the notifier gets them. */
  readonly whole: Record<string, unknown>;
}

/** Checks what a channel says about its receiver, by the schema of the notifier that is active now. */
@Injectable()
export class ChannelTargets {
  constructor(private readonly plugins: PluginHost) {}

  provided(name: string): ProvidedNotifier {
    const notifiers = this.plugins.notifiers();
    const found = notifiers.find(({ notifier }) => notifier.name === name);
    if (found) return found;
    const names = notifiers.map(({ notifier }) => notifier.name).join(', ') || 'none';
    throw refused([{ pointer: '/notifier', code: 'unknown', message: `There is no active notifier ${name}. There are: ${names}.` }]);
  }

  /** @param kept - the secrets stored until now, in clear; those that `target` leaves out keep their value */
  check(notifier: Notifier, target: Channel['target'], kept: Readonly<Record<string, string>>): CheckedTarget {
    const split = splitSecrets(target, secretNames(notifier.target, []), kept);
    const parsed = parseSettings(notifier.target, { ...split.open, ...split.secrets });
    if (parsed.ok) return { ...split, whole: parsed.value };
    throw refused(parsed.issues.map((issue) => ({ ...issue, pointer: `/target${issue.pointer}` })));
  }
}

function refused(issues: readonly ProblemIssue[]) {
  return problem('validation_failed', { detail: inWords(issues), errors: issues });
}
