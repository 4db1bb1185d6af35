-- Fills the tables of the real server as populate.sql fills ours: :runs runs with five metrics, three parameters and two tags each.
insert into runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version,
                  lifecycle_stage, artifact_uri, experiment_id)
select md5('bench' || i), 'run ' || i, 'UNKNOWN', '', '', 'bench', 'FINISHED', 1700000000000 + i, 1700000000000 + i, '', 'active',
       'mlflow-artifacts:/' || :experiment || '/' || md5('bench' || i) || '/artifacts', :experiment
from generate_series(1, :runs) i;

insert into metrics (key, value, timestamp, run_uuid, step, is_nan)
select 'm' || j, (hashtextextended(i || ':' || j, 0) & 16777215) / 16777216.0, 1, md5('bench' || i), 0, false
from generate_series(1, :runs) i, generate_series(0, 4) j;

insert into latest_metrics (key, value, timestamp, run_uuid, step, is_nan)
select key, value, timestamp, run_uuid, step, is_nan from metrics where run_uuid in (select run_uuid from runs where experiment_id = :experiment);

insert into params (key, value, run_uuid)
select 'p' || j, ((hashtextextended(i || ';' || j, 0) & 16777215) % 100)::text, md5('bench' || i)
from generate_series(1, :runs) i, generate_series(0, 2) j;

insert into tags (key, value, run_uuid)
select t.key, t.value, md5('bench' || i)
from generate_series(1, :runs) i, lateral (values ('grp', 'g' || i % 10), ('team', 't' || i % 7), ('mlflow.runName', 'run ' || i)) t (key, value);
