import type { EntityManager } from '@mikro-orm/postgresql';
import { AliasEventEntity, type AliasEventRow } from './alias-event.entity.js';

/**
 * The moves of one alias as a pile: a move forward lays a version on top, a move back takes the topmost away. So a version
 * that was taken back is not "the former one" again: to have it once more is a move forward, with all that one asks for.
 */
export interface AliasLine {
  /** Of the last event, 0 before the first. */
  readonly revision: number;
  readonly lastAt: Date | null;
  readonly last: AliasEventRow | null;
  /** The version on top: the one that the alias names, or named last. */
  readonly top: AliasEventRow | null;
  /** The one beneath: where the alias comes to by going back. */
  readonly former: { readonly version: number; readonly underRevision: number | null } | null;
}

export async function aliasLine(em: EntityManager, modelId: string, alias: string): Promise<AliasLine> {
  const [last = null] = await em.find(AliasEventEntity, { modelId, alias }, { orderBy: { revision: 'desc' }, limit: 1 });
  if (!last) return { revision: 0, lastAt: null, last: null, top: null, former: null };
  const [top = null] =
    last.toVersion == null
      ? await em.find(AliasEventEntity, { modelId, alias, toVersion: { $ne: null } }, { orderBy: { revision: 'desc' }, limit: 1 })
      : [last];
  return { revision: last.revision, lastAt: last.at, last, top, former: top && (await formerOf(em, top)) };
}

async function formerOf(em: EntityManager, top: AliasEventRow): Promise<AliasLine['former']> {
  const under = top.underRevision ?? null;
  if (under === null) return top.fromVersion == null ? null : { version: top.fromVersion, underRevision: null };
  if (under === 0) return null;
  const event = await em.findOneOrFail(AliasEventEntity, { modelId: top.modelId, alias: top.alias, revision: under });
  return event.toVersion == null ? null : { version: event.toVersion, underRevision: event.underRevision ?? null };
}

/** How a move to the version changes the pile: whether it goes back, and what lies beneath afterwards. */
export function step(line: AliasLine, version: number): { readonly back: boolean; readonly underRevision: number | null } {
  const { top, former, last } = line;
  if (!top) return { back: false, underRevision: 0 };
  // Taken away and put back where it was.
  if (last !== top && top.toVersion === version) return { back: true, underRevision: top.underRevision ?? null };
  if (former?.version === version) return { back: true, underRevision: former.underRevision };
  return { back: false, underRevision: top.revision };
}

/** When an event after the last one happens: later by at least a millisecond, whatever the clocks of the processes say. */
export function instantAfter(line: AliasLine, now = Date.now()): Date {
  return new Date(Math.max(now, (line.lastAt?.getTime() ?? 0) + 1));
}
