import type { HistoryEvent } from '@crisol/contracts';
import { versionNumber } from './version-numbers';

/** A time in which an alias named one version. */
export interface Reign {
  readonly version: number;
  readonly from: string;
  /** Null: it still does. */
  readonly to: string | null;
  readonly event: string;
}

/** When which version held the alias, oldest first. */
export function reignsOf(events: readonly HistoryEvent[], alias: string): Reign[] {
  const moves = events
    .filter((event) => event.alias === alias && ['alias_moved', 'alias_removed', 'demoted'].includes(event.kind))
    // Ids are made in the order of time, which parts events of the same instant.
    .toSorted((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id));
  const reigns: Reign[] = [];
  moves.forEach((move, index) => {
    const version = move.kind === 'alias_removed' ? null : versionNumber(move.to);
    if (version === null) return;
    const last = reigns.at(-1);
    const next = moves[index + 1]?.at ?? null;
    // A demotion is written beside the move that it made.
    if (last && last.version === version && last.to === move.at) reigns[reigns.length - 1] = { ...last, to: next };
    else reigns.push({ version, from: move.at, to: next, event: move.id });
  });
  return reigns;
}

/** Which version held the alias at an instant. */
export const reignAt = (reigns: readonly Reign[], instant: string): Reign | null =>
  reigns.findLast((reign) => reign.from <= instant && (reign.to === null || instant < reign.to)) ?? null;
