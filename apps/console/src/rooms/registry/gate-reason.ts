import type { GateStanding } from '@crisol/contracts';
import { list } from '../../shared/i18n/format';
import { t } from '../../shared/i18n/messages';

/** Why the gates of an alias keep it where it is; nothing when they let it move. Gates that only report never do. */
export function gateReason(standings: readonly GateStanding[], alias: string): string | undefined {
  const holding = standings.filter((entry) => entry.alias === alias && entry.required && entry.standing !== 'passed');
  if (!holding.length) return undefined;
  return t('registry.gatesHold', { gates: list(holding.map((entry) => `${entry.gate} (${t(`registry.standing_${entry.standing}`)})`)) });
}
