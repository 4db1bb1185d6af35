/**
 * Takes due deliveries, oldest first; the only way to own one. Rows that another sender holds are skipped, and a row whose
 * sender died is free again when its claim runs out. Parameters: seconds of the claim, how many.
 */
export const claimDeliveries = `
  update delivery set claimed_until = clock_timestamp() + make_interval(secs => ?), attempts = attempts + 1
  where id in (
    select id from delivery
    where state in ('pending', 'retrying') and next_attempt_at <= clock_timestamp()
      and (claimed_until is null or claimed_until < clock_timestamp())
    order by next_attempt_at
    limit ?
    for update skip locked
  )
  returning id, channel_id as "channelId", attempts, message`;
