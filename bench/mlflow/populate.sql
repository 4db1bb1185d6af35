-- Fills our tables as populate-mlflow.sql fills those of the real server: :runs runs with five metrics, three parameters and three
-- tags each, in the experiment of number :experiment.
insert into run (id, experiment_number, experiment_id, name, state, source, params, tags, user_name, start_time, end_time,
                 created_at, updated_at, revision)
select 'run_0' || substr(md5('bench' || e.number || '/' || i), 1, 25), e.number, e.id, 'run ' || i, 'succeeded', 'client',
       jsonb_build_object('p0', ((hashtextextended(i || '/0', 0) & 16777215) % 100)::text,
                          'p1', ((hashtextextended(i || '/1', 0) & 16777215) % 100)::text,
                          'p2', ((hashtextextended(i || '/2', 0) & 16777215) % 100)::text),
       jsonb_build_object('grp', 'g' || i % 10, 'team', 't' || i % 7, 'mlflow.runName', 'run ' || i),
       'bench', 1700000000000 + i, 1700000000000 + i, now(), now(), 1
from generate_series(1, :runs) i, experiment e where e.number = :experiment;

insert into metric_series (run_num, experiment_number, name, last, last_step, last_at, min, max, count)
select r.num, r.experiment_number, 'm' || j, v.value, 0, 1, v.value, v.value, 1
from run r, generate_series(0, 4) j,
     lateral (select (hashtextextended(substr(r.name, 5) || ':' || j, 0) & 16777215) / 16777216.0 as value) v
where r.experiment_number = :experiment order by r.num, j;

insert into metric_point (series, at, step, value)
select id, 1, 0, last from metric_series where experiment_number = :experiment order by id;
