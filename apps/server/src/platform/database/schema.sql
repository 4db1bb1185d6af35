-- Made from the migrations by scripts/check-drift.mjs; not run by anything.

CREATE OR REPLACE FUNCTION public.audit_event_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
      begin
        raise exception 'audit_event is append-only';
      end
    $function$;

CREATE OR REPLACE FUNCTION public.mlflow_run_id(id text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
      select string_agg(to_hex(substr(bits.text, 3 + 4 * place, 4)::bit(4)::int), '' order by place)
      from (select string_agg((strpos('0123456789abcdefghjkmnpqrstvwxyz', substr(id, 4 + n, 1)) - 1)::bit(5)::text, '' order by n) as text
            from generate_series(1, 26) as n) as bits, generate_series(0, 31) as place
    $function$;

CREATE OR REPLACE FUNCTION public.refuse_registry_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end $function$;

create table admission (
  version_id text not null,
  state text not null,
  lane text,
  report jsonb not null,
  binding jsonb,
  serving_key text,
  serving_sha256 text,
  chunk_rows integer,
  alias_when_admitted text,
  job_id text,
  finished_at timestamp with time zone,
  revision integer not null,
  constraint admission_pkey PRIMARY KEY (version_id),
  constraint admission_version_id_fkey FOREIGN KEY (version_id) REFERENCES model_version(id),
  constraint admission_lane_check CHECK ((lane = ANY (ARRAY['inline'::text, 'isolated'::text]))),
  constraint admission_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'admitted'::text, 'refused'::text, 'quarantined'::text, 'stored'::text])))
);

create table alias (
  model_id text not null,
  alias text not null,
  version_id text not null,
  number integer not null,
  moved_at timestamp with time zone not null,
  moved_by text,
  revision integer not null,
  constraint alias_pkey PRIMARY KEY (model_id, alias),
  constraint alias_model_id_fkey FOREIGN KEY (model_id) REFERENCES model(id),
  constraint alias_version_id_fkey FOREIGN KEY (version_id) REFERENCES model_version(id)
);

create table alias_event (
  id text not null,
  model_id text not null,
  alias text not null,
  revision integer not null,
  from_version integer,
  to_version integer,
  actor text,
  actor_name text not null,
  comment text not null,
  evidence jsonb not null,
  at timestamp with time zone not null,
  kind text not null default 'moved'::text,
  under_revision integer,
  constraint alias_event_pkey PRIMARY KEY (id),
  constraint alias_event_model_id_alias_revision_key UNIQUE (model_id, alias, revision),
  constraint alias_event_model_id_fkey FOREIGN KEY (model_id) REFERENCES model(id),
  constraint alias_event_kind_check CHECK ((kind = ANY (ARRAY['moved'::text, 'removed'::text, 'demoted'::text])))
);
CREATE INDEX alias_event_by_time ON alias_event USING btree (model_id, at DESC, id DESC);
CREATE TRIGGER alias_event_append_only BEFORE DELETE OR UPDATE ON alias_event FOR EACH ROW EXECUTE FUNCTION refuse_registry_change();

create table alias_policy (
  model_id text not null,
  alias text not null,
  approvals integer not null,
  approvers jsonb not null,
  self_approval boolean not null,
  cool_down_minutes integer not null,
  auto_promote boolean not null,
  guardrail jsonb,
  removed boolean not null,
  updated_at timestamp with time zone not null,
  updated_by text,
  revision integer not null,
  constraint alias_policy_pkey PRIMARY KEY (model_id, alias),
  constraint alias_policy_model_id_fkey FOREIGN KEY (model_id) REFERENCES model(id) ON DELETE CASCADE,
  constraint alias_policy_approvals_check CHECK (((approvals >= 0) AND (approvals <= 10))),
  constraint alias_policy_cool_down_minutes_check CHECK ((cool_down_minutes >= 0)),
  constraint alias_policy_revision_check CHECK ((revision > 0))
);

create table api_key (
  id text not null,
  public_id text not null,
  name text not null,
  kind text not null,
  user_id text,
  secret_hash bytea not null,
  previous_secret_hash bytea,
  previous_until timestamp with time zone,
  last_four text not null,
  scopes jsonb not null,
  endpoints jsonb,
  networks jsonb,
  requests_per_minute integer,
  predictions_per_minute integer,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  revision integer not null default 1,
  last_used_at timestamp with time zone,
  last_used_address text,
  last_used_route text,
  constraint api_key_pkey PRIMARY KEY (id),
  constraint api_key_public_id_key UNIQUE (public_id),
  constraint api_key_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account(id) ON DELETE CASCADE,
  constraint api_key_check CHECK (((kind = 'personal'::text) = (user_id IS NOT NULL))),
  constraint api_key_kind_check CHECK ((kind = ANY (ARRAY['personal'::text, 'service'::text])))
);
CREATE UNIQUE INDEX api_key_name ON api_key USING btree (name) WHERE (revoked_at IS NULL);
CREATE INDEX api_key_user ON api_key USING btree (user_id);

create table approval (
  id text not null,
  model_id text not null,
  version_id text not null,
  version integer not null,
  alias text not null,
  alias_revision integer not null,
  incumbent integer,
  decision text not null,
  comment text not null,
  by text,
  person text not null,
  by_name text not null,
  at timestamp with time zone not null,
  constraint approval_pkey PRIMARY KEY (id),
  constraint approval_decision_check CHECK ((decision = ANY (ARRAY['approved'::text, 'rejected'::text, 'withdrawn'::text])))
);
CREATE INDEX approval_by_time ON approval USING btree (model_id, at DESC, id DESC);
CREATE INDEX approval_by_version ON approval USING btree (version_id, alias, id);
CREATE TRIGGER approval_append_only BEFORE DELETE OR UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION refuse_registry_change();

create table artifact_file (
  path text not null,
  object_key text not null,
  size_bytes bigint not null,
  sha256 text not null,
  updated_at timestamp with time zone not null,
  constraint artifact_file_pkey PRIMARY KEY (path)
);
CREATE INDEX artifact_file_object ON artifact_file USING btree (object_key);

create table audit_event (
  seq bigint not null,
  id text not null,
  at timestamp with time zone not null,
  actor_kind text not null,
  actor_id text,
  actor_name text not null,
  action text not null,
  target_kind text not null,
  target_id text,
  target_name text not null,
  outcome text not null,
  request_id text,
  change text,
  previous_hash text not null,
  hash text not null,
  constraint audit_event_pkey PRIMARY KEY (seq),
  constraint audit_event_id_key UNIQUE (id),
  constraint audit_event_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'refused'::text])))
);
CREATE INDEX audit_event_target ON audit_event USING btree (target_id, seq);
CREATE TRIGGER audit_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_event_is_append_only();

create table caller_shape (
  model_id text not null,
  caller_id text not null,
  shape text not null,
  day date not null,
  caller_name text not null,
  columns jsonb not null,
  requests bigint not null,
  last_seen timestamp with time zone not null,
  constraint caller_shape_pkey PRIMARY KEY (model_id, caller_id, shape, day),
  constraint caller_shape_model_id_fkey FOREIGN KEY (model_id) REFERENCES model(id)
);
CREATE INDEX caller_shape_by_day ON caller_shape USING btree (day);

create table channel (
  id text not null,
  name text not null,
  notifier text not null,
  events jsonb not null,
  enabled boolean not null,
  target jsonb not null,
  secrets jsonb not null,
  tags jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  revision integer not null,
  constraint channel_pkey PRIMARY KEY (id),
  constraint channel_name_key UNIQUE (name)
);

create table comparison (
  id text not null,
  state text not null,
  job_id text,
  model_ids text[] not null,
  candidates jsonb not null,
  request jsonb not null,
  result jsonb,
  error text,
  created_at timestamp with time zone not null,
  created_by text,
  constraint comparison_pkey PRIMARY KEY (id),
  constraint comparison_state_check CHECK ((state = ANY (ARRAY['running'::text, 'finished'::text, 'failed'::text])))
);
CREATE INDEX comparison_by_model ON comparison USING gin (model_ids);

create table dataset (
  id text not null,
  name text not null,
  description text not null default ''::text,
  tags jsonb not null default '{}'::jsonb,
  last_validation jsonb,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  revision integer not null default 1,
  constraint dataset_pkey PRIMARY KEY (id),
  constraint dataset_name_key UNIQUE (name)
);

create table dataset_version (
  id text not null,
  dataset_id text not null,
  number integer not null,
  rows bigint not null,
  columns jsonb not null,
  object_key text not null,
  size_bytes bigint not null,
  sha256 text not null,
  source jsonb not null,
  profile jsonb,
  job_id text,
  created_at timestamp with time zone not null,
  created_by text,
  constraint dataset_version_pkey PRIMARY KEY (id),
  constraint dataset_version_dataset_id_number_key UNIQUE (dataset_id, number),
  constraint dataset_version_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES dataset(id) ON DELETE CASCADE,
  constraint dataset_version_number_check CHECK ((number > 0))
);

create table delivery (
  id text not null,
  channel_id text not null,
  event text not null,
  state text not null,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone,
  claimed_until timestamp with time zone,
  last_error text,
  message jsonb not null,
  created_at timestamp with time zone not null,
  delivered_at timestamp with time zone,
  constraint delivery_pkey PRIMARY KEY (id),
  constraint delivery_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES channel(id) ON DELETE CASCADE,
  constraint delivery_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'retrying'::text, 'dead'::text])))
);
CREATE INDEX delivery_by_channel ON delivery USING btree (channel_id, id);
CREATE INDEX delivery_due ON delivery USING btree (next_attempt_at) WHERE (state = ANY (ARRAY['pending'::text, 'retrying'::text]));

create table endpoint (
  id text not null,
  name text not null,
  description text not null,
  variants jsonb not null,
  tags jsonb not null,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  revision integer not null,
  lookup jsonb,
  constraint endpoint_pkey PRIMARY KEY (id),
  constraint endpoint_name_key UNIQUE (name)
);

create table endpoint_minute (
  endpoint_id text not null,
  variant text not null,
  minute timestamp with time zone not null,
  requests integer not null,
  rows integer not null,
  errors integer not null,
  latencies integer[] not null,
  constraint endpoint_minute_pkey PRIMARY KEY (endpoint_id, minute, variant),
  constraint endpoint_minute_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES endpoint(id) ON DELETE CASCADE
);

create table evidence_bundle (
  event_id text not null,
  statement text not null,
  sha256 text not null,
  key_id text not null,
  signature text not null,
  constraint evidence_bundle_pkey PRIMARY KEY (event_id),
  constraint evidence_bundle_event_id_fkey FOREIGN KEY (event_id) REFERENCES alias_event(id),
  constraint evidence_bundle_key_id_fkey FOREIGN KEY (key_id) REFERENCES evidence_key(id)
);
CREATE TRIGGER evidence_bundle_append_only BEFORE DELETE OR UPDATE ON evidence_bundle FOR EACH ROW EXECUTE FUNCTION refuse_registry_change();

create table evidence_key (
  id text not null,
  public_pem text not null,
  sealed jsonb not null,
  created_at timestamp with time zone not null,
  constraint evidence_key_pkey PRIMARY KEY (id)
);
CREATE TRIGGER evidence_key_append_only BEFORE DELETE OR UPDATE ON evidence_key FOR EACH ROW EXECUTE FUNCTION refuse_registry_change();

create table experiment (
  id text not null,
  name text not null,
  tags jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  revision integer not null,
  number bigint not null generated by default as identity,
  lifecycle text not null default 'active'::text,
  deleted_at timestamp with time zone,
  artifact_location text,
  constraint experiment_pkey PRIMARY KEY (id),
  constraint experiment_name_key UNIQUE (name),
  constraint experiment_number_key UNIQUE (number),
  constraint experiment_lifecycle_check CHECK ((lifecycle = ANY (ARRAY['active'::text, 'deleted'::text])))
);

create table gate (
  id text not null,
  model_id text not null,
  name text not null,
  alias text not null,
  validator text not null,
  checks jsonb not null,
  required boolean not null,
  enabled boolean not null,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  revision integer not null,
  constraint gate_pkey PRIMARY KEY (id),
  constraint gate_model_id_name_key UNIQUE (model_id, name),
  constraint gate_model_id_fkey FOREIGN KEY (model_id) REFERENCES model(id),
  constraint gate_revision_check CHECK ((revision > 0))
);

create table idempotency_key (
  principal text not null,
  key text not null,
  digest text not null,
  status integer,
  headers jsonb,
  body jsonb,
  created_at timestamp with time zone not null default now(),
  constraint idempotency_key_pkey PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key USING btree (created_at);

create table input_dataset (
  id bigint not null generated always as identity,
  experiment_number bigint not null,
  name text not null,
  digest text not null,
  source_type text not null,
  source text not null,
  schema text,
  profile text,
  constraint input_dataset_pkey PRIMARY KEY (id),
  constraint input_dataset_experiment_number_name_digest_key UNIQUE (experiment_number, name, digest)
);

create table installation (
  single boolean not null default true,
  cursor_secret text not null,
  constraint installation_pkey PRIMARY KEY (single),
  constraint installation_single_check CHECK (single)
);

create table job (
  id text not null,
  kind text not null,
  name text not null,
  state text not null,
  attempt integer not null default 0,
  crashes integer not null default 0,
  max_attempts integer not null,
  input jsonb not null,
  notes jsonb not null default '{}'::jsonb,
  progress jsonb not null,
  outputs jsonb not null default '{}'::jsonb,
  error jsonb,
  checkpoints jsonb not null default '[]'::jsonb,
  event_seq integer not null default 0,
  cancel_requested boolean not null default false,
  worker text,
  lease_until timestamp with time zone,
  deadline timestamp with time zone,
  available_at timestamp with time zone not null default now(),
  created_at timestamp with time zone not null default now(),
  created_by text,
  started_at timestamp with time zone,
  attempt_started_at timestamp with time zone,
  finished_at timestamp with time zone,
  idempotency_principal text,
  idempotency_key text,
  idempotency_digest text,
  submit_attempt integer not null default 1,
  first_answer jsonb,
  constraint job_pkey PRIMARY KEY (id),
  constraint job_idempotency UNIQUE (idempotency_principal, idempotency_key, submit_attempt),
  constraint job_max_attempts_check CHECK ((max_attempts > 0)),
  constraint job_running_has_lease CHECK (((state <> 'running'::text) OR ((lease_until IS NOT NULL) AND (worker IS NOT NULL)))),
  constraint job_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX job_by_kind ON job USING btree (kind, id);
CREATE INDEX job_by_state ON job USING btree (state, id);
CREATE INDEX job_queued ON job USING btree (id) WHERE (state = 'queued'::text);
CREATE INDEX job_running ON job USING btree (lease_until) WHERE (state = 'running'::text);

create table job_event (
  job_id text not null,
  seq integer not null,
  at timestamp with time zone not null default clock_timestamp(),
  type text not null,
  data jsonb not null,
  constraint job_event_pkey PRIMARY KEY (job_id, seq),
  constraint job_event_job_id_fkey FOREIGN KEY (job_id) REFERENCES job(id) ON DELETE CASCADE
);

create table judgement (
  id text not null,
  model_id text not null,
  version_id text not null,
  version integer not null,
  alias text not null,
  gate_id text not null,
  gate_name text not null,
  gate_revision integer not null,
  validator text not null,
  incumbent_id text,
  incumbent integer,
  verdict text not null,
  findings jsonb not null,
  facts jsonb not null,
  job_id text,
  at timestamp with time zone not null,
  by text,
  constraint judgement_pkey PRIMARY KEY (id),
  constraint judgement_incumbent_id_fkey FOREIGN KEY (incumbent_id) REFERENCES model_version(id),
  constraint judgement_model_id_fkey FOREIGN KEY (model_id) REFERENCES model(id),
  constraint judgement_version_id_fkey FOREIGN KEY (version_id) REFERENCES model_version(id),
  constraint judgement_verdict_check CHECK ((verdict = ANY (ARRAY['passed'::text, 'failed'::text, 'errored'::text])))
);
CREATE INDEX judgement_by_version ON judgement USING btree (version_id, id);
CREATE TRIGGER judgement_append_only BEFORE DELETE OR UPDATE ON judgement FOR EACH ROW EXECUTE FUNCTION refuse_registry_change();

create table lineage_edge (
  from_id text not null,
  to_id text not null,
  label text not null,
  created_at timestamp with time zone not null default now(),
  constraint lineage_edge_pkey PRIMARY KEY (from_id, to_id, label),
  constraint lineage_edge_from_id_fkey FOREIGN KEY (from_id) REFERENCES lineage_node(id) ON DELETE CASCADE,
  constraint lineage_edge_to_id_fkey FOREIGN KEY (to_id) REFERENCES lineage_node(id) ON DELETE CASCADE
);
CREATE INDEX lineage_edge_to ON lineage_edge USING btree (to_id);

create table lineage_node (
  id text not null,
  kind text not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  constraint lineage_node_pkey PRIMARY KEY (id)
);

create table logged_model (
  id text not null,
  experiment_number bigint not null,
  name text not null,
  state text not null,
  status_message text not null default ''::text,
  model_type text not null default ''::text,
  source_run text,
  params jsonb not null,
  tags jsonb not null,
  lifecycle text not null default 'active'::text,
  deleted_at timestamp with time zone,
  created_ms bigint not null,
  updated_ms bigint not null,
  constraint logged_model_pkey PRIMARY KEY (id),
  constraint logged_model_experiment_number_fkey FOREIGN KEY (experiment_number) REFERENCES experiment(number),
  constraint logged_model_lifecycle_check CHECK ((lifecycle = ANY (ARRAY['active'::text, 'deleted'::text]))),
  constraint logged_model_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'ready'::text, 'upload_failed'::text])))
);
CREATE INDEX logged_model_deleted ON logged_model USING btree (deleted_at) WHERE (lifecycle = 'deleted'::text);
CREATE INDEX logged_model_experiment ON logged_model USING btree (experiment_number, created_ms DESC);
CREATE INDEX logged_model_run ON logged_model USING btree (source_run);

create table logged_model_metric (
  model_id text not null,
  name text not null,
  at bigint not null,
  step bigint not null,
  value double precision not null,
  run_id text not null,
  dataset_name text,
  dataset_digest text,
  constraint logged_model_metric_model_id_fkey FOREIGN KEY (model_id) REFERENCES logged_model(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX logged_model_metric_identity ON logged_model_metric USING btree (model_id, name, at, step, run_id, value, dataset_name, dataset_digest) NULLS NOT DISTINCT;

create table metric_point (
  series bigint not null,
  at bigint not null,
  step bigint not null,
  value double precision not null
);
CREATE UNIQUE INDEX metric_point_identity ON metric_point USING btree (series, at, step, value);

create table metric_series (
  id bigint not null generated always as identity,
  run_num bigint not null,
  experiment_number bigint not null,
  name text not null,
  last double precision not null,
  last_step bigint not null,
  last_at bigint not null,
  min double precision not null,
  max double precision not null,
  count bigint not null,
  constraint metric_series_pkey PRIMARY KEY (id),
  constraint metric_series_run_num_fkey FOREIGN KEY (run_num) REFERENCES run(num) ON DELETE CASCADE
);
CREATE INDEX metric_series_last ON metric_series USING btree (experiment_number, name, last) INCLUDE (run_num);
CREATE UNIQUE INDEX metric_series_name ON metric_series USING btree (run_num, name);

create table migration (
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migration_pkey PRIMARY KEY (name)
);

create table model (
  id text not null,
  name text not null,
  description text not null,
  tags jsonb not null,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  revision integer not null,
  deleted_at timestamp with time zone,
  constraint model_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX model_name ON model USING btree (name) WHERE (deleted_at IS NULL);

create table model_card (
  version_id text not null,
  model_id text not null,
  version integer not null,
  owner text not null,
  licence text not null,
  sections jsonb not null,
  updated_at timestamp with time zone not null,
  updated_by text,
  revision integer not null,
  constraint model_card_pkey PRIMARY KEY (version_id),
  constraint model_card_version_id_fkey FOREIGN KEY (version_id) REFERENCES model_version(id) ON DELETE CASCADE,
  constraint model_card_revision_check CHECK ((revision > 0))
);
CREATE INDEX model_card_by_model ON model_card USING btree (model_id, version);

create table model_version (
  id text not null,
  model_id text not null,
  number integer not null,
  description text not null,
  task text,
  signature jsonb,
  signature_hash text,
  metrics jsonb not null,
  params jsonb not null,
  model_type text not null,
  importance jsonb not null,
  object_key text,
  size_bytes bigint not null,
  sha256 text,
  run_id text,
  dataset_version jsonb,
  tags jsonb not null,
  created_at timestamp with time zone not null,
  created_by text,
  origin text not null default ''::text,
  parity jsonb,
  flavors jsonb not null default '[]'::jsonb,
  stage text not null default 'None'::text,
  source text not null default ''::text,
  source_run text not null default ''::text,
  run_link text not null default ''::text,
  logged_model text,
  location text not null default ''::text,
  user_name text not null default ''::text,
  updated_at timestamp with time zone not null,
  deleted_at timestamp with time zone,
  revision integer not null default 1,
  files_removed_at timestamp with time zone,
  constraint model_version_pkey PRIMARY KEY (id),
  constraint model_version_model_id_number_key UNIQUE (model_id, number),
  constraint model_version_model_id_fkey FOREIGN KEY (model_id) REFERENCES model(id),
  constraint model_version_number_check CHECK ((number > 0)),
  constraint model_version_stage_check CHECK ((stage = ANY (ARRAY['None'::text, 'Staging'::text, 'Production'::text, 'Archived'::text]))),
  constraint model_version_task_check CHECK ((task = ANY (ARRAY['regression'::text, 'binary'::text, 'multiclass'::text, 'anomaly'::text, 'clustering'::text])))
);
CREATE INDEX model_version_created ON model_version USING btree (created_at DESC, id);
CREATE INDEX model_version_deleted ON model_version USING btree (deleted_at) WHERE ((deleted_at IS NOT NULL) AND (files_removed_at IS NULL));
CREATE INDEX model_version_logged ON model_version USING btree (logged_model) WHERE (logged_model IS NOT NULL);
CREATE INDEX model_version_object ON model_version USING btree (object_key);
CREATE INDEX model_version_run ON model_version USING btree (run_id);
CREATE INDEX model_version_source_run ON model_version USING btree (source_run) WHERE (source_run <> ''::text);
CREATE INDEX model_version_tags ON model_version USING gin (tags jsonb_path_ops);
CREATE TRIGGER model_version_found_once BEFORE UPDATE OF task, signature, signature_hash, origin ON model_version FOR EACH ROW WHEN ((old.signature IS NOT NULL)) EXECUTE FUNCTION refuse_registry_change();
CREATE TRIGGER model_version_immutable BEFORE UPDATE OF id, model_id, number, metrics, params, importance, model_type, object_key, size_bytes, sha256, run_id, source, source_run, logged_model, location, dataset_version, parity, created_at, created_by ON model_version FOR EACH ROW EXECUTE FUNCTION refuse_registry_change();

create table orphaned_object (
  object_key text not null,
  since timestamp with time zone not null,
  constraint orphaned_object_pkey PRIMARY KEY (object_key)
);

create table plugin (
  id text not null,
  version text not null,
  kinds jsonb not null,
  description text not null,
  source jsonb not null,
  required boolean not null,
  listed boolean not null,
  api_range text not null,
  permissions jsonb not null,
  enabled boolean not null default true,
  state text not null,
  code text,
  message text,
  since timestamp with time zone not null,
  provides jsonb not null,
  settings_schema jsonb,
  settings jsonb not null default '{}'::jsonb,
  secrets jsonb not null default '{}'::jsonb,
  generation integer not null default 1,
  revision integer not null default 1,
  installed boolean not null default false,
  isolation text not null default 'in_process'::text,
  isolation_chosen boolean not null default false,
  package_sha512 text,
  installed_at timestamp with time zone,
  former_sha512 text,
  former_source jsonb,
  probation_until timestamp with time zone,
  setback jsonb,
  constraint plugin_pkey PRIMARY KEY (id),
  constraint plugin_former_sha512_fkey FOREIGN KEY (former_sha512) REFERENCES plugin_package(sha512),
  constraint plugin_package_sha512_fkey FOREIGN KEY (package_sha512) REFERENCES plugin_package(sha512),
  constraint plugin_isolation_check CHECK ((isolation = ANY (ARRAY['in_process'::text, 'isolated'::text]))),
  constraint plugin_state_check CHECK ((state = ANY (ARRAY['discovered'::text, 'incompatible'::text, 'misconfigured'::text, 'active'::text, 'degraded'::text, 'quarantined'::text, 'disabled'::text, 'failed'::text])))
);

create table plugin_artifact (
  plugin_id text not null,
  name text not null,
  object_key text not null,
  size_bytes bigint not null,
  created_at timestamp with time zone not null default now(),
  constraint plugin_artifact_pkey PRIMARY KEY (plugin_id, name)
);

create table plugin_event (
  id bigint not null generated always as identity,
  plugin_id text not null,
  at timestamp with time zone not null default clock_timestamp(),
  type text not null,
  from_state text,
  state text,
  code text,
  message text,
  version text,
  actor text,
  constraint plugin_event_pkey PRIMARY KEY (id)
);
CREATE INDEX plugin_event_plugin ON plugin_event USING btree (plugin_id, id DESC);

create table plugin_install (
  id text not null,
  state text not null,
  source jsonb not null,
  created_at timestamp with time zone not null default now(),
  created_by text,
  expires_at timestamp with time zone not null,
  plugin_id text,
  sha512 text,
  facts jsonb,
  problems jsonb not null default '[]'::jsonb,
  log jsonb not null default '[]'::jsonb,
  constraint plugin_install_pkey PRIMARY KEY (id),
  constraint plugin_install_state_check CHECK ((state = ANY (ARRAY['fetching'::text, 'staged'::text, 'failed'::text, 'installed'::text, 'discarded'::text])))
);
CREATE INDEX plugin_install_open ON plugin_install USING btree (expires_at) WHERE (state = ANY (ARRAY['fetching'::text, 'staged'::text]));

create table plugin_log (
  id bigint not null generated always as identity,
  plugin_id text not null,
  at timestamp with time zone not null,
  level text not null,
  message text not null,
  process_id text not null,
  constraint plugin_log_pkey PRIMARY KEY (id),
  constraint plugin_log_level_check CHECK ((level = ANY (ARRAY['debug'::text, 'info'::text, 'warn'::text, 'error'::text])))
);
CREATE INDEX plugin_log_plugin ON plugin_log USING btree (plugin_id, id DESC);

create table plugin_minute (
  plugin_id text not null,
  minute timestamp with time zone not null,
  process_id text not null,
  calls integer not null,
  errors integer not null,
  buckets jsonb not null,
  constraint plugin_minute_pkey PRIMARY KEY (plugin_id, minute, process_id)
);
CREATE INDEX plugin_minute_age ON plugin_minute USING btree (minute);

create table plugin_package (
  sha512 text not null,
  name text not null,
  version text not null,
  plugin_id text not null,
  size_bytes bigint not null,
  tarball_key text not null,
  lock_key text not null,
  readme text,
  created_at timestamp with time zone not null default now(),
  constraint plugin_package_pkey PRIMARY KEY (sha512)
);

create table plugin_process (
  plugin_id text not null,
  process_id text not null,
  generation integer not null,
  seen_at timestamp with time zone not null,
  role text not null default ''::text,
  state text,
  code text,
  message text,
  constraint plugin_process_pkey PRIMARY KEY (plugin_id, process_id),
  constraint plugin_process_plugin_id_fkey FOREIGN KEY (plugin_id) REFERENCES plugin(id) ON DELETE CASCADE
);

create table plugin_value (
  plugin_id text not null,
  key text not null,
  value jsonb not null,
  constraint plugin_value_pkey PRIMARY KEY (plugin_id, key)
);

create table registry_event (
  id text not null,
  model_id text not null,
  kind text not null,
  alias text,
  version integer,
  from_value text,
  to_value text,
  actor text,
  actor_name text not null,
  comment text not null,
  evidence jsonb not null,
  at timestamp with time zone not null,
  constraint registry_event_pkey PRIMARY KEY (id)
);
CREATE INDEX registry_event_by_time ON registry_event USING btree (model_id, at DESC, id DESC);
CREATE TRIGGER registry_event_append_only BEFORE DELETE OR UPDATE ON registry_event FOR EACH ROW EXECUTE FUNCTION refuse_registry_change();

create table run (
  id text not null,
  experiment_id text not null,
  name text not null,
  state text not null,
  source text not null,
  job_id text,
  dataset_version jsonb,
  model_version jsonb,
  params jsonb not null default '{}'::jsonb,
  evaluation jsonb,
  tags jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  revision integer not null,
  num bigint not null generated always as identity,
  experiment_number bigint not null,
  lifecycle text not null default 'active'::text,
  deleted_at timestamp with time zone,
  user_name text not null default ''::text,
  start_time bigint,
  end_time bigint,
  constraint run_pkey PRIMARY KEY (id),
  constraint run_num_key UNIQUE (num),
  constraint run_experiment_id_fkey FOREIGN KEY (experiment_id) REFERENCES experiment(id),
  constraint run_lifecycle_check CHECK ((lifecycle = ANY (ARRAY['active'::text, 'deleted'::text]))),
  constraint run_source_check CHECK ((source = ANY (ARRAY['training'::text, 'client'::text, 'trial'::text]))),
  constraint run_state_check CHECK ((state = ANY (ARRAY['scheduled'::text, 'running'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX run_dataset ON run USING btree (((dataset_version ->> 'dataset'::text)));
CREATE INDEX run_deleted ON run USING btree (deleted_at) WHERE (lifecycle = 'deleted'::text);
CREATE INDEX run_params ON run USING gin (params jsonb_path_ops);
CREATE INDEX run_start ON run USING btree (experiment_number, start_time DESC NULLS LAST, id);
CREATE INDEX run_tags ON run USING gin (tags jsonb_path_ops);

create table run_input (
  run_num bigint not null,
  dataset_id bigint not null,
  tags jsonb not null,
  constraint run_input_pkey PRIMARY KEY (run_num, dataset_id),
  constraint run_input_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES input_dataset(id),
  constraint run_input_run_num_fkey FOREIGN KEY (run_num) REFERENCES run(num) ON DELETE CASCADE
);
CREATE INDEX run_input_dataset ON run_input USING btree (dataset_id);

create table run_model (
  run_num bigint not null,
  model_id text not null,
  role text not null,
  step bigint not null default 0,
  constraint run_model_pkey PRIMARY KEY (run_num, role, model_id, step),
  constraint run_model_run_num_fkey FOREIGN KEY (run_num) REFERENCES run(num) ON DELETE CASCADE,
  constraint run_model_role_check CHECK ((role = ANY (ARRAY['input'::text, 'output'::text])))
);

create table saved_view (
  id text not null,
  owner text not null,
  owner_name text not null,
  page text not null,
  name text not null,
  query text not null,
  shared boolean not null,
  updated_at timestamp with time zone not null,
  constraint saved_view_pkey PRIMARY KEY (id),
  constraint saved_view_owner_page_name_key UNIQUE (owner, page, name)
);
CREATE INDEX saved_view_page ON saved_view USING btree (page);

create table sign_in_link (
  token_hash text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint sign_in_link_pkey PRIMARY KEY (token_hash)
);

create table stage_event (
  id text not null,
  model_id text not null,
  version_id text not null,
  version integer not null,
  from_stage text not null,
  to_stage text not null,
  actor text,
  actor_name text not null,
  comment text not null,
  evidence jsonb not null,
  at timestamp with time zone not null,
  constraint stage_event_pkey PRIMARY KEY (id),
  constraint stage_event_model_id_fkey FOREIGN KEY (model_id) REFERENCES model(id)
);
CREATE INDEX stage_event_by_time ON stage_event USING btree (model_id, at DESC, id DESC);
CREATE TRIGGER stage_event_append_only BEFORE DELETE OR UPDATE ON stage_event FOR EACH ROW EXECUTE FUNCTION refuse_registry_change();

create table suite (
  id text not null,
  name text not null,
  dataset_id text not null,
  validator text not null,
  checks jsonb not null,
  tags jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  revision integer not null default 1,
  constraint suite_pkey PRIMARY KEY (id),
  constraint suite_name_key UNIQUE (name),
  constraint suite_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES dataset(id)
);
CREATE INDEX suite_dataset ON suite USING btree (dataset_id, id);

create table trained_model (
  run_id text not null,
  object_key text not null,
  size_bytes bigint not null,
  sha256 text not null,
  model_type text not null,
  signature jsonb not null,
  importance jsonb not null,
  created_at timestamp with time zone not null default now(),
  constraint trained_model_pkey PRIMARY KEY (run_id),
  constraint trained_model_run_id_fkey FOREIGN KEY (run_id) REFERENCES run(id) ON DELETE CASCADE
);
CREATE INDEX trained_model_object ON trained_model USING btree (object_key);

create table upload (
  id text not null,
  name text not null,
  file_name text not null,
  size_bytes bigint not null,
  part_size_bytes bigint not null,
  sha256 text,
  read_options jsonb not null default '{}'::jsonb,
  state text not null,
  object_key text,
  created_at timestamp with time zone not null,
  created_by text,
  expires_at timestamp with time zone not null,
  constraint upload_pkey PRIMARY KEY (id),
  constraint upload_state_check CHECK ((state = ANY (ARRAY['open'::text, 'complete'::text, 'expired'::text])))
);
CREATE INDEX upload_expiry ON upload USING btree (expires_at);

create table upload_part (
  upload_id text not null,
  number integer not null,
  object_key text not null,
  size_bytes bigint not null,
  constraint upload_part_pkey PRIMARY KEY (upload_id, number),
  constraint upload_part_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES upload(id) ON DELETE CASCADE,
  constraint upload_part_number_check CHECK ((number > 0))
);

create table user_account (
  id text not null,
  username text not null,
  password_hash text not null,
  role text not null,
  disabled boolean not null default false,
  auth_epoch integer not null default 0,
  created_at timestamp with time zone not null,
  created_by text,
  updated_at timestamp with time zone not null,
  last_seen_at timestamp with time zone,
  revision integer not null default 1,
  constraint user_account_pkey PRIMARY KEY (id),
  constraint user_account_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'editor'::text, 'viewer'::text])))
);
CREATE UNIQUE INDEX user_account_username ON user_account USING btree (lower(username));

create table user_session (
  id_hash text not null,
  user_id text not null,
  auth_epoch integer not null,
  created_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  address text not null,
  constraint user_session_pkey PRIMARY KEY (id_hash),
  constraint user_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account(id) ON DELETE CASCADE
);
CREATE INDEX user_session_expiry ON user_session USING btree (expires_at);
CREATE INDEX user_session_user ON user_session USING btree (user_id);

create table validation (
  id text not null,
  suite_id text not null,
  suite_name text not null,
  dataset_id text not null,
  version_id text not null,
  version integer not null,
  outcome text not null,
  results jsonb not null,
  job_id text,
  created_at timestamp with time zone not null,
  created_by text,
  constraint validation_pkey PRIMARY KEY (id),
  constraint validation_dataset_id_fkey FOREIGN KEY (dataset_id) REFERENCES dataset(id) ON DELETE CASCADE,
  constraint validation_outcome_check CHECK ((outcome = ANY (ARRAY['passed'::text, 'warned'::text, 'failed'::text, 'errored'::text])))
);
CREATE INDEX validation_dataset ON validation USING btree (dataset_id, id);
CREATE INDEX validation_suite ON validation USING btree (suite_id, id);

create table validation_failing_rows (
  validation_id text not null,
  check_index integer not null,
  numbers jsonb not null,
  constraint validation_failing_rows_pkey PRIMARY KEY (validation_id, check_index),
  constraint validation_failing_rows_validation_id_fkey FOREIGN KEY (validation_id) REFERENCES validation(id) ON DELETE CASCADE
);

create table worker (
  id text not null,
  host text not null,
  role text not null,
  capacity integer not null,
  running integer not null,
  started_at timestamp with time zone not null default now(),
  last_heartbeat_at timestamp with time zone not null default now(),
  constraint worker_pkey PRIMARY KEY (id),
  constraint worker_role_check CHECK ((role = ANY (ARRAY['all'::text, 'worker'::text])))
);
