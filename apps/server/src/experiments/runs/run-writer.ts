import type { RunState } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../platform/auth/actor.js';
import { newId } from '../../platform/database/new-id.js';
import { sqlArray, Statements, type RunStatement } from '../../platform/database/statements.js';
import { EventBus } from '../../platform/events/event-bus.js';
import { RunNews } from './run-news.js';
import type { RunRecord } from './run-record.js';

const nameTag = 'mlflow.runName';

/** Why nothing was written. */
export type Refusal =
  | { readonly kind: 'missing' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'param_fixed'; readonly params: readonly { readonly key: string; readonly old: string; readonly new: string }[] };

export interface NewRun {
  readonly experiment: string;
  readonly name: string;
  readonly user: string;
  readonly startTime: string;
  readonly tags: Readonly<Record<string, string>>;
}
export interface RunInfoChange {
  readonly state?: RunState | undefined;
  readonly endTime?: string | undefined;
  readonly name?: string | undefined;
}

const create = {
  name: 'run-create',
  text: `with home as (select id, number, name, lifecycle, artifact_location from experiment where number = $2::bigint),
    made as (
      insert into run (id, experiment_number, experiment_id, name, state, source, params, tags, user_name, start_time,
        created_at, created_by, updated_at, revision)
      select $1, number, id, $3, 'running', 'client', '{}', $4::jsonb, $5, $6::bigint, now(), $7, now(), 1 from home where lifecycle = 'active'
      returning num
    )
    select number as experiment_number, id as experiment_id, lifecycle, artifact_location, (select num from made) as num from home`,
};
const setTag = {
  name: 'run-set-tags',
  text: `update run set tags = tags || $2::jsonb, name = coalesce($3, name), updated_at = now(), revision = revision + 1
    where id = $1 and lifecycle = 'active' returning num`,
};
const removeTag = {
  name: 'run-remove-tag',
  text: `with held as (select num, jsonb_exists(tags, $2) as there from run where id = $1 and lifecycle = 'active' for no key update),
    changed as (
      update run set tags = run.tags - $2::text, updated_at = now(), revision = revision + 1 from held where run.num = held.num and held.there
    )
    select there from held`,
};
const setInfo = {
  name: 'run-set-info',
  text: `update run set state = coalesce($2, state), end_time = coalesce($3::bigint, end_time), name = coalesce($4, name),
      tags = case when $4::text is null then tags else tags || jsonb_build_object('${nameTag}', $4::text) end,
      updated_at = now(), revision = revision + 1
    where id = $1 and lifecycle = 'active' returning num`,
};
const holdParams = {
  name: 'run-hold-params',
  text: `select lifecycle, (select jsonb_object_agg(key, params -> key) from unnest($2::text[]) as key where jsonb_exists(params, key)) as old
    from run where id = $1 for no key update`,
};
const addParams = {
  name: 'run-add-params',
  text: `update run set params = params || $2::jsonb, tags = tags || $3::jsonb, name = coalesce($4, name), updated_at = now(),
    revision = revision + 1 where id = $1`,
};
const lifecycleOf = { name: 'run-lifecycle', text: 'select lifecycle from run where id = $1' };

/** Writes runs the short way: one statement a call, for clients that log all day. */
@Injectable()
export class RunWriter {
  constructor(
    private readonly statements: Statements,
    private readonly events: EventBus,
    private readonly news: RunNews,
  ) {}

  /** A new run; null when there is no such experiment, or what stands in the way. */
  async create(actor: Actor, given: NewRun): Promise<Pick<RunRecord, 'id' | 'experiment_number' | 'artifact_location'> | Refusal> {
    const id = newId('run');
    const [home] = await this.statements.run<{
      experiment_number: string;
      experiment_id: string;
      artifact_location: string | null;
      num: string | null;
    }>(create, [id, given.experiment, given.name, JSON.stringify(given.tags), given.user, given.startTime, actor.id]);
    if (!home) return { kind: 'missing' };
    if (home.num === null) return { kind: 'deleted' };
    this.events.publish({ topic: `runs.${id}`, type: 'run.started', data: { id, experiment: home.experiment_id } });
    return { id, experiment_number: home.experiment_number, artifact_location: home.artifact_location };
  }

  async setTags(id: string, tags: Readonly<Record<string, string>>): Promise<Refusal | null> {
    const changed = await this.statements.run(setTag, [id, JSON.stringify(tags), tags[nameTag] || null]);
    return this.changed(id, changed);
  }

  /** Whether the tag was there, or why it could not be taken away. */
  async removeTag(id: string, key: string): Promise<boolean | Refusal> {
    const [held] = await this.statements.run<{ there: boolean }>(removeTag, [id, key]);
    if (!held) return this.whyNot(id);
    if (held.there) this.news.changed(id);
    return held.there;
  }

  async setInfo(id: string, change: RunInfoChange): Promise<Refusal | null> {
    const changed = await this.statements.run(setInfo, [id, change.state ?? null, change.endTime ?? null, change.name || null]);
    const refusal = await this.changed(id, changed);
    if (!refusal && change.state && change.state !== 'running' && change.state !== 'scheduled')
      this.events.publish({ topic: `runs.${id}`, type: 'run.finished', data: { id, state: change.state } });
    return refusal;
  }

  /** Parameters keep their first value: another one for the same name is refused, and with it the whole call. */
  async addParams(
    run: RunStatement,
    id: string,
    params: Readonly<Record<string, string>>,
    tags: Readonly<Record<string, string>>,
  ): Promise<Refusal | null> {
    const keys = Object.keys(params);
    const [held] = await run<{ lifecycle: string; old: Record<string, string> | null }>(holdParams, [id, sqlArray(keys)]);
    if (!held) return { kind: 'missing' };
    if (held.lifecycle !== 'active') return { kind: 'deleted' };
    const conflicts = keys.flatMap((key) => {
      const old = held.old?.[key];
      const value = params[key] ?? '';
      return old === undefined || old === value ? [] : [{ key, old, new: value }];
    });
    if (conflicts.length > 0) return { kind: 'param_fixed', params: conflicts };
    if (keys.length > 0 && Object.keys(tags).length === 0 && keys.every((key) => held.old?.[key] !== undefined)) return null;
    await run(addParams, [id, JSON.stringify(params), JSON.stringify(tags), tags[nameTag] || null]);
    return null;
  }

  /** Why a run could not be written to. */
  async whyNot(id: string): Promise<Refusal> {
    const [row] = await this.statements.run<{ lifecycle: string }>(lifecycleOf, [id]);
    return { kind: row ? 'deleted' : 'missing' };
  }

  private async changed(id: string, rows: readonly object[]): Promise<Refusal | null> {
    if (rows.length === 0) return this.whyNot(id);
    this.news.changed(id);
    return null;
  }
}
