import type { HistoryEvent } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';

export interface TimeLineRow {
  readonly id: string;
  readonly kind: HistoryEvent['kind'];
  readonly alias: string | null;
  readonly version: number | null;
  readonly from_value: string | null;
  readonly to_value: string | null;
  readonly actor: string | null;
  readonly actor_name: string;
  readonly comment: string;
  readonly at: Date | string;
  /** To the microsecond, which a Date does not hold. */
  readonly at_key: string;
  readonly evidence: HistoryEvent['evidence'];
  readonly has_bundle: boolean;
}
export interface TimeLineRequest {
  readonly limit: number;
  readonly version: number | null;
  readonly alias: string | null;
  /** The last event of the page before. */
  readonly after: { readonly atKey: string; readonly id: string } | null;
}

/** The tables that hold events of models, each in the form of a time line; every one has an index on (model_id, at desc, id desc). */
const sources = [
  `select e.id, case when e.kind = 'demoted' then 'demoted' when e.to_version is null then 'alias_removed' else 'alias_moved' end as kind,
     e.alias, coalesce(e.to_version, e.from_version) as version, e.from_version::text as from_value, e.to_version::text as to_value,
     e.actor, e.actor_name, e.comment, e.at, e.evidence, e.model_id,
     e.to_version is not null and exists (select from evidence_bundle b where b.event_id = e.id) as has_bundle
   from alias_event e`,
  `select r.id, r.kind, r.alias, r.version, r.from_value, r.to_value, r.actor, r.actor_name, r.comment, r.at, r.evidence, r.model_id, false as has_bundle
   from registry_event r`,
  `select s.id, 'stage_moved' as kind, null as alias, s.version, s.from_stage as from_value, s.to_stage as to_value,
     s.actor, s.actor_name, s.comment, s.at, s.evidence, s.model_id, false as has_bundle
   from stage_event s`,
  `select 'evt_' || substr(a.id, 5) as id, a.decision as kind, a.alias, a.version, null as from_value, null as to_value,
     a.by as actor, a.by_name as actor_name, a.comment, a.at, jsonb_build_object('approval', a.id, 'incumbent', a.incumbent) as evidence, a.model_id, false as has_bundle
   from approval a`,
];

/** One page of everything that happened to a model, newest first. */
export function timeLine(em: EntityManager, modelId: string, request: TimeLineRequest): Promise<TimeLineRow[]> {
  const { limit, version, alias, after } = request;
  const parameters: unknown[] = [];
  const parts = sources.map((source) => {
    const conditions = ['model_id = ?'];
    parameters.push(modelId);
    if (version !== null) {
      conditions.push('(version = ? or from_value = ?)');
      parameters.push(version, String(version));
    }
    if (alias !== null) {
      conditions.push('alias = ?');
      parameters.push(alias);
    }
    if (after) {
      conditions.push('(at, id) < (?::timestamptz, ?)');
      parameters.push(after.atKey, after.id);
    }
    return `(select * from (${source}) part where ${conditions.join(' and ')} order by at desc, id desc limit ${limit})`;
  });
  return em.execute(
    `select line.*, at::text as at_key from (${parts.join(' union all ')}) line order by at desc, id desc limit ${limit}`,
    parameters,
  );
}
