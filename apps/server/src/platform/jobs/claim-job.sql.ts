/**
 * The only way to own a job. Rows that another worker is looking at are skipped, so two claims never meet; the attempt
 * grows with each claim, and every later effect has to name it. Time is the database's own.
 *
 * Parameters: worker, lease in milliseconds, kinds that this process can do.
 */
export const claimJob = `
update job
   set state = 'running',
       attempt = attempt + 1,
       worker = ?,
       lease_until = clock_timestamp() + ? * interval '1 millisecond',
       started_at = coalesce(started_at, clock_timestamp()),
       attempt_started_at = clock_timestamp()
 where id = (
         select id
           from job
          where state = 'queued'
            and available_at <= clock_timestamp()
            and kind = any(array[?]::text[])
          order by id
            for update skip locked
          limit 1
       )
returning id`;
