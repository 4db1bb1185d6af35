import type { Signature } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { EventBus } from '../platform/events/event-bus.js';
import type { ModelBinding } from './runtime/model-binding.js';

/** Everything that a lane needs to know of a version. */
export interface ServableVersion {
  readonly id: string;
  readonly model: string;
  readonly modelId: string;
  readonly version: number;
  readonly state: 'pending' | 'admitted' | 'refused' | 'quarantined';
  readonly lane: 'inline' | 'isolated';
  readonly signature: Signature;
  /** Null until admitted. */
  readonly file: { readonly key: string; readonly sha256: string; readonly binding: ModelBinding; readonly chunkRows: number } | null;
}

interface Row {
  id: string;
  model: string;
  model_id: string;
  number: number;
  state: ServableVersion['state'];
  lane: 'inline' | 'isolated' | null;
  signature: Signature;
  serving_key: string | null;
  serving_sha256: string | null;
  binding: ModelBinding | null;
  chunk_rows: number | null;
}

const columns = `v.id, m.name as model, m.id as model_id, v.number, a.state, a.lane, v.signature, a.serving_key, a.serving_sha256, a.binding, a.chunk_rows
  from model_version v join model m on m.id = v.model_id and m.deleted_at is null
  join admission a on a.version_id = v.id and v.deleted_at is null and v.signature is not null`;

/** Versions as the serving room sees them. */
@Injectable()
export class ServableVersions {
  constructor(private readonly events: EventBus) {}

  /** The version that a number or an alias of a model (id or name) names now; null when there is none. */
  async find(
    em: EntityManager,
    model: string,
    named: { readonly version?: number | undefined; readonly alias?: string | undefined },
  ): Promise<ServableVersion | null> {
    const rows =
      named.alias !== undefined
        ? await em.execute<Row[]>(
            `select ${columns} join alias l on l.version_id = v.id where (m.id = ? or m.name = ?) and l.model_id = m.id and l.alias = ?`,
            [model, model, named.alias],
          )
        : await em.execute<Row[]>(`select ${columns} where (m.id = ? or m.name = ?) and v.number = ?`, [model, model, named.version ?? 0]);
    const row = rows[0];
    return row ? toServable(row) : null;
  }

  /** The model with this id or name; null when there is none. */
  async model(em: EntityManager, model: string): Promise<{ id: string; name: string } | null> {
    const [row] = await em.execute<{ id: string; name: string }[]>(
      'select id, name from model where (id = ? or name = ?) and deleted_at is null',
      [model, model],
    );
    return row ?? null;
  }

  /** Takes a version out of service for good, until it is admitted again. */
  async quarantine(em: EntityManager, version: ServableVersion, reason: string): Promise<void> {
    const changed = await em.execute<{ version_id: string }[]>(
      `update admission set state = 'quarantined', revision = revision + 1,
         report = jsonb_set(report, '{reasons}', coalesce(report -> 'reasons', '[]') || jsonb_build_array(jsonb_build_object('rule', 'crashed', 'message', ?::text)))
       where version_id = ? and state = 'admitted' returning version_id`,
      [reason, version.id],
    );
    if (changed.length === 0) return;
    await this.events.record(em, {
      topic: 'models',
      type: 'model_version.quarantined',
      data: { id: version.id, model: version.model, version: version.version, reason },
    });
  }
}

function toServable(row: Row): ServableVersion {
  const { serving_key: key, serving_sha256: sha256, binding } = row;
  return {
    id: row.id,
    model: row.model,
    modelId: row.model_id,
    version: row.number,
    state: row.state,
    lane: row.lane ?? 'isolated',
    signature: row.signature,
    file: key !== null && sha256 !== null && binding !== null ? { key, sha256, binding, chunkRows: row.chunk_rows ?? 64 } : null,
  };
}
