/**
 * Makes the tables. Several processes may come at once: the lock lets one after the other through, since even
 * `if not exists` can fail when two make the same table in the same moment.
 */
export const makeTables = `
do $$
begin
  perform pg_advisory_xact_lock(hashtext(current_schema() || '.feature-store-postgres'));
  create table if not exists feature_view (
    name text primary key,
    definition jsonb not null
  );
  create table if not exists feature_history (
    view text not null,
    entity text not null,
    at bigint not null,
    cells jsonb not null,
    primary key (view, entity, at)
  );
  create table if not exists feature_online (
    view text not null,
    entity text not null,
    feature text not null,
    at bigint not null,
    value jsonb,
    primary key (view, entity, feature)
  ) with (fillfactor = 80);
end
$$`;

export const listViews = `select definition::text from feature_view order by name`;

export const putView = `
insert into feature_view (name, definition) values ($1, $2::jsonb)
on conflict (name) do update set definition = excluded.definition`;

/**
 * $1 view; $2 rows of the history `[{ entity, at, cells }]`, each entity and time once; $3 newest cells
 * `[{ entity, feature, at, value }]`, each entity and feature once. Sorted, so that two writers never wait for each other in a circle.
 */
export const writeRows = `
with kept as (
  insert into feature_history (view, entity, at, cells)
  select $1, entity, at, cells
  from jsonb_to_recordset($2::jsonb) as given(entity text, at bigint, cells jsonb)
  order by entity, at
  on conflict (view, entity, at) do update set cells = feature_history.cells || excluded.cells
)
insert into feature_online (view, entity, feature, at, value)
select $1, entity, feature, at, value
from jsonb_to_recordset($3::jsonb) as given(entity text, feature text, at bigint, value jsonb)
order by entity, feature
on conflict (view, entity, feature) do update set at = excluded.at, value = excluded.value
where feature_online.at <= excluded.at`;

/** $1 `[{ n, view, entity, features }]`; gives what is there, one row a value. */
export const readOnline = `
select wanted.n, online.feature, online.value::text as value, online.at::float8 as at
from jsonb_to_recordset($1::jsonb) as wanted(n int, view text, entity text, features jsonb)
cross join lateral jsonb_array_elements_text(wanted.features) as asked(feature)
join feature_online online using (view, entity, feature)`;

/** $1 `[{ n, view, entity, at, features }]`; gives of each the newest value at or before its time. */
export const readAsOf = `
select wanted.n, asked.feature, found.value, found.at
from jsonb_to_recordset($1::jsonb) as wanted(n int, view text, entity text, at bigint, features jsonb)
cross join lateral jsonb_array_elements_text(wanted.features) as asked(feature)
cross join lateral (
  select (history.cells -> asked.feature)::text as value, history.at::float8 as at
  from feature_history history
  where history.view = wanted.view and history.entity = wanted.entity and history.at <= wanted.at
    and history.cells -> asked.feature is not null
  order by history.at desc
  limit 1
) as found`;
