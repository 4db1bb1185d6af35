export type Tone = 'success' | 'warning' | 'danger' | 'info' | 'neutral' | 'accent';

/** Icon and tone of every state that the console shows; the word comes from the messages. */
const looks: Record<string, readonly [string, Tone]> = {
  running: ['●', 'info'],
  loading: ['●', 'info'],
  succeeded: ['✓', 'success'],
  passed: ['✓', 'success'],
  admitted: ['✓', 'success'],
  active: ['✓', 'success'],
  ready: ['✓', 'success'],
  delivered: ['✓', 'success'],
  applied: ['✓', 'success'],
  warned: ['▲', 'warning'],
  degraded: ['▲', 'warning'],
  misconfigured: ['▲', 'warning'],
  rotating: ['▲', 'warning'],
  retrying: ['▲', 'warning'],
  failed: ['✕', 'danger'],
  errored: ['✕', 'danger'],
  refused: ['✕', 'danger'],
  quarantined: ['✕', 'danger'],
  unavailable: ['✕', 'danger'],
  incompatible: ['✕', 'danger'],
  dead: ['✕', 'danger'],
  queued: ['◌', 'neutral'],
  scheduled: ['◌', 'neutral'],
  pending: ['◌', 'neutral'],
  discovered: ['◌', 'neutral'],
  cold: ['◌', 'neutral'],
  cancelled: ['⊘', 'neutral'],
  disabled: ['⊘', 'neutral'],
  revoked: ['⊘', 'neutral'],
  skipped: ['⊘', 'neutral'],
  stored: ['▣', 'neutral'],
  deleted: ['⊘', 'warning'],
  expired: ['⏱', 'warning'],
  stale: ['⏱', 'warning'],
};
export function lookOf(state: string): readonly [string, Tone] {
  return looks[state] ?? ['·', 'neutral'];
}
export const toneClass: Record<Tone, string> = {
  success: 'bg-success-tint text-success',
  warning: 'bg-warning-tint text-warning',
  danger: 'bg-danger-tint text-danger',
  info: 'bg-info-tint text-info',
  accent: 'bg-accent-tint text-accent',
  neutral: 'bg-surface text-text-2',
};
