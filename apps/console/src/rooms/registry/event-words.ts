import type { HistoryEvent } from '@crisol/contracts';
import { t } from '../../shared/i18n/messages';
import { versionNumber } from './version-numbers';

/** Kinds of events, in the groups that the filter offers. */
export const eventKinds = [
  'alias_moved',
  'alias_removed',
  'demoted',
  'stage_moved',
  'version_created',
  'version_admitted',
  'version_refused',
  'version_deleted',
  'version_restored',
  'approved',
  'rejected',
  'withdrawn',
  'policy_changed',
  'renamed',
  'deleted',
  'restored',
] as const satisfies readonly HistoryEvent['kind'][];

const named = (text: string | null): string => {
  const version = versionNumber(text);
  return version === null ? (text ?? '—') : `v${version}`;
};

/** What happened, as one sentence. */
export function eventWords(event: HistoryEvent): string {
  const words = {
    alias: `@${event.alias ?? ''}`,
    version: event.version === null ? '' : `v${event.version}`,
    from: named(event.from),
    to: named(event.to),
  };
  if (event.kind === 'alias_moved' && event.from === null) return t('governance.event_alias_made', words);
  // Stages are words; so are names of models, which may look like a number.
  if (event.kind === 'stage_moved' || event.kind === 'renamed')
    return t(`governance.event_${event.kind}`, { ...words, from: event.from ?? '—', to: event.to ?? '—' });
  return t(`governance.event_${event.kind}`, words);
}

export type EventTone = 'accent' | 'success' | 'danger' | 'neutral' | 'warning';
/** Icon and tone of an event on the time line. */
export function eventLook(kind: HistoryEvent['kind']): readonly [string, EventTone] {
  if (kind === 'alias_moved' || kind === 'stage_moved') return ['→', 'accent'];
  if (kind === 'alias_removed' || kind === 'deleted' || kind === 'version_deleted') return ['⊘', 'neutral'];
  if (kind === 'demoted') return ['▼', 'warning'];
  if (kind === 'approved' || kind === 'version_admitted') return ['✓', 'success'];
  if (kind === 'rejected' || kind === 'version_refused') return ['✕', 'danger'];
  if (kind === 'version_created') return ['+', 'neutral'];
  return kind === 'restored' || kind === 'version_restored' ? ['↺', 'neutral'] : ['·', 'neutral'];
}
