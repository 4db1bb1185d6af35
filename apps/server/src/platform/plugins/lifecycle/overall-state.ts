import type { PluginState } from '@crisol/contracts';

export interface ProcessState {
  readonly state: PluginState;
  readonly code: string | null;
  readonly message: string | null;
}

/** From the one that says most about the plugin to the one that says least. */
const worstFirst: readonly PluginState[] = [
  'failed',
  'quarantined',
  'misconfigured',
  'incompatible',
  'degraded',
  'discovered',
  'active',
  'disabled',
];
const worst = (states: readonly ProcessState[]): ProcessState | undefined =>
  [...states].sort((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state))[0];
const isDown = ({ state }: ProcessState): boolean => ['failed', 'quarantined', 'misconfigured', 'incompatible'].includes(state);
const isUp = ({ state }: ProcessState): boolean => state === 'active' || state === 'degraded';

/**
 * One state out of those of the living processes: where it runs in some and not in others it is degraded, and the message
 * says in how many. A process that was started in safe mode does not count while others run the plugin.
 */
export function overallState(mine: ProcessState, others: readonly ProcessState[]): ProcessState {
  const all = [mine, ...others];
  const down = all.filter(isDown);
  const first = worst(down);
  if (!all.some(isUp) || !first) return worst(all.some(isUp) ? all.filter((one) => one.state !== 'disabled') : all) ?? mine;
  return { state: 'degraded', code: first.code, message: `In ${down.length} of ${all.length} processes: ${first.message ?? first.state}` };
}
