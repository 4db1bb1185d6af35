import type { HistoryEventPage, PromotionCheck, PutAliasPolicy, Scope, Signature, UserRole } from '@crisol/contracts';
import { CreateApiKey, scopes as allScopes } from '@crisol/contracts';
import type { z } from 'zod';
import { systemActor } from '../../../src/platform/auth/actor.js';
import { KeysService } from '../../../src/platform/auth/keys/keys.service.js';
import { Database } from '../../../src/platform/database/database.js';
import { newId } from '../../../src/platform/database/new-id.js';
import { EventBus } from '../../../src/platform/events/event-bus.js';
import { AdmissionEntity } from '../../../src/registry/admission/admission.entity.js';
import { HistoryWriter } from '../../../src/registry/history/history-writer.js';
import { ModelsService } from '../../../src/registry/models/models.service.js';
import { VersionsService, type VersionDraft } from '../../../src/registry/versions/versions.service.js';
import { createTestServer, type TestServer } from '../../create-test-server.js';

export interface Caller {
  readonly id: string;
  readonly name: string;
  readonly key: string;
}
export interface Told<Body> {
  readonly status: number;
  readonly etag: string | null;
  readonly retryAfter: string | null;
  readonly body: Body;
  readonly text: string;
}

const signature: Signature = {
  task: 'regression',
  inputs: [{ name: 'x', type: 'number', nullable: false }],
  target: 'y',
  labels: null,
};

/** A server without workers, people with keys of their own, and versions that are admitted by hand. */
export class PolicyWorld {
  private constructor(readonly server: TestServer) {}

  static async open(): Promise<PolicyWorld> {
    return new PolicyWorld(await createTestServer({ role: 'api' }));
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** A provider of the server. */
  part<Part>(type: abstract new (...args: never[]) => Part): Part {
    // Nest's own type asks for a class that anybody may construct.
    return this.server.app.get(type as never, { strict: false });
  }

  /** A user with a personal key. */
  async person(name: string, scopes: readonly Scope[] = allScopes, role: z.infer<typeof UserRole> = 'admin'): Promise<Caller> {
    const id = newId('usr');
    await this.part(Database).transaction((em) =>
      em.execute(
        `insert into user_account (id, username, password_hash, role, disabled, auth_epoch, created_at, updated_at, revision)
         values (?, ?, '', ?, false, 1, now(), now(), 1)`,
        [id, name, role],
      ),
    );
    const actor = { ...systemActor, kind: 'user' as const, id, name, scopes: new Set(scopes) };
    return { id, name, key: await this.key(actor, id, { kind: 'personal', name: `of-${name}`, scopes }) };
  }

  /** A service key that a person made, or nobody. */
  async service(name: string, by: Caller | null): Promise<Caller> {
    const actor = by ? { ...systemActor, kind: 'user' as const, id: by.id, name: by.name, scopes: new Set(allScopes) } : systemActor;
    const key = await this.key({ ...actor, scopes: new Set(allScopes) }, null, { kind: 'service', name, scopes: allScopes });
    const [row] = await this.part(Database).read((em) => em.execute<{ id: string }[]>('select id from api_key where name = ?', [name]));
    return { id: row?.id ?? '', name, key };
  }

  /** An admitted version, or one in another state. Gives its number. */
  async version(
    model: string,
    more: { state?: 'admitted' | 'pending' | 'refused' | 'stored'; by?: string | null; draft?: Partial<VersionDraft> } = {},
  ): Promise<number> {
    const { state = 'admitted', by = null, draft = {} } = more;
    return this.part(Database).transaction(async (em) => {
      const actor = { ...systemActor, id: by };
      const target = await this.part(ModelsService).lockOrCreate(em, actor, model);
      const row = await this.part(VersionsService).write(em, actor, target, {
        description: '',
        task: 'regression',
        signature,
        signatureHash: 'a'.repeat(64),
        metrics: { rmse: 1.5 },
        params: {},
        modelType: 'by-hand',
        importance: [],
        objectKey: 'models/none',
        sizeBytes: 10,
        sha256: 'b'.repeat(64),
        runId: null,
        datasetVersion: null,
        tags: {},
        origin: '',
        parity: null,
        flavors: [],
        source: '',
        sourceRun: '',
        runLink: '',
        loggedModel: null,
        location: '',
        userName: '',
        ...draft,
      });
      await em.insert(AdmissionEntity, {
        versionId: row.id,
        state,
        lane: 'inline',
        report: {
          steps: [{ name: 'load', outcome: 'passed', durationMs: 1, detail: '' }],
          reasons: [],
          latency: [],
          operators: [],
          memoryBytes: null,
        },
        finishedAt: new Date(),
        revision: 1,
      });
      if (state === 'admitted') {
        await this.part(HistoryWriter).record(em, systemActor, target.id, { kind: 'version_admitted', version: row.number });
        await this.part(EventBus).record(em, {
          topic: 'models',
          type: 'model_version.admitted',
          data: { id: row.id, model: target.name, modelId: target.id, version: row.number },
        });
      }
      return row.number;
    });
  }

  async ask<Body>(
    who: Caller,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Told<Body>> {
    const response = await fetch(`${this.server.url}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${who.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      retryAfter: response.headers.get('retry-after'),
      // What the contract says of this path; the tests look at its fields.
      body: (isJson && text !== '' ? JSON.parse(text) : null) as Body,
      text,
    };
  }

  move<Body>(who: Caller, model: string, version: number, alias = 'champion'): Promise<Told<Body>> {
    return this.ask<Body>(who, 'PUT', `models/${model}/aliases/${alias}`, { version, comment: 'why not' }, { 'if-match': '*' });
  }

  /** Moves an alias that is not there yet. */
  make<Body>(who: Caller, model: string, version: number, alias = 'champion'): Promise<Told<Body>> {
    return this.ask<Body>(who, 'PUT', `models/${model}/aliases/${alias}`, { version }, { 'if-none-match': '*' });
  }

  async say(who: Caller, model: string, version: number, decision: string, comment = ''): Promise<Told<unknown>> {
    return this.ask(who, 'POST', `models/${model}/versions/${version}/approvals`, { alias: 'champion', decision, comment });
  }

  async check(who: Caller, model: string, version: number): Promise<PromotionCheck> {
    return (await this.ask<PromotionCheck>(who, 'GET', `models/${model}/versions/${version}/promotion?alias=champion`)).body;
  }

  policy(who: Caller, model: string, policy: Partial<PutAliasPolicy>): Promise<Told<unknown>> {
    return this.ask(who, 'PUT', `models/${model}/policies/champion`, policy);
  }

  async history(who: Caller, model: string, query = ''): Promise<HistoryEventPage> {
    return (await this.ask<HistoryEventPage>(who, 'GET', `models/${model}/history${query}`)).body;
  }

  /** Makes every move of a model's aliases so many minutes older. */
  async age(model: string, minutes: number): Promise<void> {
    await this.part(Database).transaction(async (em) => {
      await em.execute('alter table alias_event disable trigger alias_event_append_only');
      await em.execute(`update alias_event set at = at - make_interval(mins => ?) where model_id = (select id from model where name = ?)`, [
        minutes,
        model,
      ]);
      await em.execute('alter table alias_event enable trigger alias_event_append_only');
      await em.execute(
        `update alias set moved_at = moved_at - make_interval(mins => ?) where model_id = (select id from model where name = ?)`,
        [minutes, model],
      );
    });
  }

  sql<Rows>(text: string, parameters: unknown[] = []): Promise<Rows> {
    return this.part(Database).transaction((em) => em.execute(text, parameters) as Promise<Rows>);
  }

  /** As a client of MLflow moves a version from stage to stage. */
  async stage(model: string, version: number, stage: 'Staging' | 'Production' | 'Archived'): Promise<void> {
    await this.sql(
      `insert into stage_event (id, model_id, version_id, version, from_stage, to_stage, actor, actor_name, comment, evidence, at)
       select ?, model_id, id, number, 'None', ?, null, 'system', '', '{}', now() from model_version
       where number = ? and model_id = (select id from model where name = ?)`,
      [newId('evt'), stage, version, model],
    );
  }

  /** What a gate of fairness found, without any gate. */
  async verdict(model: string, version: number): Promise<void> {
    const findings = [
      {
        check: { type: 'group_parity', kwargs: {}, severity: 'critical' },
        outcome: 'failed',
        message: 'F is below M.',
        slices: [{ name: 'F', rows: 12, value: 0.5, passed: false }],
      },
    ];
    await this.sql(
      `insert into judgement (id, model_id, version_id, version, alias, gate_id, gate_name, gate_revision, validator, verdict, findings, facts, at)
       select ?, model_id, id, number, 'champion', ?, 'fair', 1, 'fairness', 'failed', ?::jsonb, '{}', now() from model_version
       where number = ? and model_id = (select id from model where name = ?)`,
      [newId('jdg'), newId('gat'), JSON.stringify(findings), version, model],
    );
  }

  /** An endpoint that answers with the model's champion, without ever having loaded it. */
  async endpoint(model: string, name: string): Promise<string> {
    const id = newId('ep');
    await this.sql(
      `insert into endpoint (id, name, description, variants, tags, created_at, updated_at, revision)
       select ?, ?, '', jsonb_build_array(jsonb_build_object('name', 'main', 'model', m.id, 'alias', 'champion', 'share', 100, 'role', 'live')), '{}',
         now() - interval '1 day', now() - interval '1 day', 1 from model m where m.name = ?`,
      [id, name, model],
    );
    return id;
  }

  private async key(actor: typeof systemActor, userId: string | null, body: object): Promise<string> {
    const identity = { actor, userId, session: null, expiresAt: null, requestsPerMinute: null, predictionsPerMinute: null };
    return (await this.part(KeysService).create(identity, CreateApiKey.parse(body))).secret;
  }
}
