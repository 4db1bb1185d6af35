import type { HistoryEvent, HistoryEventPage, HistoryQuery, ModelAsOf } from '@crisol/contracts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { Database } from '../../platform/database/database.js';
import { problem } from '../../platform/http/problem.js';
import { AliasesService } from '../aliases/aliases.service.js';
import { ModelsService } from '../models/models.service.js';
import { timeLine, type TimeLineRow } from './time-line.sql.js';

const Cursor = z.tuple([z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/), z.string().regex(/^evt_/)]);

/** Everything that happened to a model, in one line of time, and what held at an instant of it. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly database: Database,
    private readonly models: ModelsService,
    private readonly aliases: AliasesService,
  ) {}

  /** Newest first. */
  page(model: string, query: HistoryQuery): Promise<HistoryEventPage> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const rows = await timeLine(em, target.id, {
        limit: query.limit + 1,
        version: query.version ?? null,
        alias: query.alias ?? null,
        after: query.cursor === undefined ? null : readCursor(query.cursor),
      });
      const shown = rows.slice(0, query.limit);
      const last = shown.at(-1);
      return {
        data: shown.map(toHistoryEvent),
        nextCursor: rows.length > query.limit && last ? writeCursor(last) : null,
        totalEstimate: null,
      };
    });
  }

  /** What held at an instant: aliases, stages, versions. */
  asOf(model: string, asOf: string): Promise<ModelAsOf> {
    return this.database.read(async (em) => {
      const target = await this.models.find(em, model);
      const at = new Date(asOf);
      const aliases = await this.aliases.asOf(em, target.id, at);
      return {
        id: target.id,
        name: target.name,
        asOf: at.toISOString(),
        aliases: aliases.flatMap((event) =>
          event.toVersion == null
            ? []
            : [{ alias: event.alias, version: event.toVersion, event: event.id, since: event.at.toISOString(), movedBy: event.actorName }],
        ),
        stages: await stagesAt(em, target.id, at),
        versions: await versionsAt(em, target.id, at),
      };
    });
  }
}

/** Versions that stood in a stage; None is the absence of one. */
async function stagesAt(em: EntityManager, modelId: string, at: Date): Promise<ModelAsOf['stages']> {
  const rows = await em.execute<{ version: number; to_stage: string; at: Date | string }[]>(
    `select version, to_stage, at from (
       select distinct on (version_id) version, to_stage, at from stage_event where model_id = ? and at <= ? order by version_id, at desc, id desc) held
     where to_stage <> 'None' order by to_stage, version`,
    [modelId, at],
  );
  return rows.map((row) => ({ stage: row.to_stage, version: row.version, since: new Date(row.at).toISOString() }));
}

/** Versions that had been made and were not deleted. */
async function versionsAt(em: EntityManager, modelId: string, at: Date): Promise<number[]> {
  const rows = await em.execute<{ version: number }[]>(
    `select version from (
       select distinct on (version) version, kind from registry_event
       where model_id = ? and at <= ? and kind in ('version_created', 'version_deleted', 'version_restored')
       order by version, at desc, id desc) held
     where kind <> 'version_deleted' order by version`,
    [modelId, at],
  );
  return rows.map(({ version }) => version);
}

function toHistoryEvent(row: TimeLineRow): HistoryEvent {
  return {
    id: row.id,
    kind: row.kind,
    alias: row.alias,
    version: row.version,
    from: row.from_value,
    to: row.to_value,
    actor: row.actor,
    actorName: row.actor_name,
    comment: row.comment,
    at: new Date(row.at).toISOString(),
    evidence: row.evidence,
    hasBundle: row.has_bundle,
  };
}

function writeCursor(row: TimeLineRow): string {
  return Buffer.from(JSON.stringify([row.at_key, row.id])).toString('base64url');
}

function readCursor(cursor: string): { atKey: string; id: string } {
  const parsed = Cursor.safeParse(textOf(cursor));
  if (!parsed.success) throw problem('invalid_cursor', { detail: 'Take the cursor from nextCursor of the page before.' });
  return { atKey: parsed.data[0], id: parsed.data[1] };
}

function textOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
